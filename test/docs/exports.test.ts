import * as dynalchemy from "dynalchemy";
import { expect, it } from "vitest";

/** Whoever changes this list decides what users can import. */
it("exports these names at run time", () => {
  expect(Object.keys(dynalchemy).sort()).toMatchInlineSnapshot(`
    [
      "AttributeInvalid",
      "AttributeMissing",
      "AttributeNotLoaded",
      "ConstraintViolation",
      "DynalchemyError",
      "Engine",
      "FlushError",
      "IdentityConflict",
      "InvalidCursor",
      "InvalidExpression",
      "InvalidKeyCondition",
      "InvalidModel",
      "InvalidState",
      "InvalidValue",
      "ItemNotFound",
      "KeyChanged",
      "MissingItems",
      "ModelMismatch",
      "MultipleResults",
      "NoResult",
      "NumberValue",
      "ReentrantFlush",
      "RequestAborted",
      "RequestFailed",
      "SessionClosed",
      "TableMismatch",
      "TableNotActive",
      "TableNotFound",
      "Throttled",
      "TooManyRequests",
      "TransactionCancelled",
      "TransactionTooLarge",
      "and",
      "createTableRequest",
      "globalIndex",
      "localIndex",
      "model",
      "not",
      "or",
      "plain",
      "t",
    ]
  `);
});
