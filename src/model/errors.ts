import { DynalchemyError } from "../schema/errors.js";

/** What every error about one attribute of one instance tells. */
abstract class AttributeError extends DynalchemyError {
  readonly model: string;
  readonly attribute: string;
  /** The item's key as text, or `undefined` where it isn't known. */
  readonly key: string | undefined;

  constructor(message: string, facts: AttributeFacts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.model = facts.model;
    this.attribute = facts.attribute;
    this.key = facts.key;
  }
}

export interface AttributeFacts {
  readonly model: string;
  readonly attribute: string;
  readonly key: string | undefined;
}

function subject({ model, attribute, key }: AttributeFacts): string {
  return key === undefined ? `${model}.${attribute}` : `${model}.${attribute} of ${key}`;
}

/**
 * An attribute was read that no read of this instance has fetched, or that was expired.
 * `session.get` of its key loads what is missing and keeps edits. SQLAlchemy would load it by itself;
 * JavaScript's property access can't wait for a request.
 */
export class AttributeNotLoaded extends AttributeError {
  readonly code = "ATTRIBUTE_NOT_LOADED";

  constructor(facts: AttributeFacts, isExpired = false) {
    super(
      `${subject(facts)} ${isExpired ? "was expired" : "is not loaded"}: ` +
        "load the item by its key, with session.get() or engine.load(), or add it to what the read selects.",
      facts,
    );
  }
}

/** A required attribute was read that the stored item lacks. Assign a value, or declare the column optional. */
export class AttributeMissing extends AttributeError {
  readonly code = "ATTRIBUTE_MISSING";

  constructor(facts: AttributeFacts) {
    super(
      `${subject(facts)} is required but the stored item lacks it: ` +
        `assign a value, or declare the column with .optional().`,
      facts,
    );
  }
}

/** An attribute was read whose stored value doesn't fit its column; `cause` says how. */
export class AttributeInvalid extends AttributeError {
  readonly code = "ATTRIBUTE_INVALID";

  constructor(facts: AttributeFacts, reason: string, cause?: unknown) {
    super(
      `${subject(facts)} can't be read: ${reason}. ` +
        "Assign a value that fits, or change the column's type.",
      facts,
      cause,
    );
  }
}

/**
 * An operation that the object's, or the session's, state doesn't allow, as
 * SQLAlchemy's `InvalidRequestError`. The message names both and says what to do instead.
 */
export class InvalidState extends DynalchemyError {
  readonly code = "INVALID_STATE";
  readonly operation: string;
  readonly state: string;

  constructor(message: string, facts: { readonly operation: string; readonly state: string }) {
    super(message);
    this.operation = facts.operation;
    this.state = facts.state;
  }
}
