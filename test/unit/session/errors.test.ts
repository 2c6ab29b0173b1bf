import { describe, expect, it } from "vitest";
import { TransactionCancelled } from "../../../src/session/aws/request-errors.js";
import {
  ConstraintViolation,
  FlushError,
  type FlushFailure,
  ItemNotFound,
  KeyChanged,
  MissingItems,
} from "../../../src/session/errors.js";
import { TableMismatch } from "../../../src/session/tables/errors.js";

function failed(facts: Partial<FlushFailure> = {}): FlushFailure {
  return {
    entity: {},
    model: "Post",
    key: { forum: "a", id: 1n },
    patches: [],
    cause: new Error("secret text of the service"),
    isUnmet: false,
    isCancelled: false,
    isUncertain: false,
    base: undefined,
    current: undefined,
    diff: {},
    ...facts,
  };
}

describe("a flush's error", () => {
  it("is a ConstraintViolation as well as a FlushError where conditions weren't met", () => {
    const error = new ConstraintViolation([failed({ isUnmet: true })], []);
    expect(error).toBeInstanceOf(FlushError);
    expect([error.code, error.name]).toEqual(["CONSTRAINT_VIOLATION", "ConstraintViolation"]);
    expect(new FlushError([failed()], []).code).toBe("FLUSH_ERROR");
  });

  it("has the first failure's cause", () => {
    const cause = new Error("first");
    expect(new FlushError([failed({ cause }), failed()], []).cause).toBe(cause);
  });

  it("names the items by model and key, at most three of them", () => {
    const many = ["a", "b", "c", "d", "e"].map((id) => failed({ key: { id } }));
    const { message } = new FlushError(many, [{}]);
    expect(message).toContain("5 changes were not written");
    expect(message).toContain('Post { id: "c" }');
    expect(message).not.toContain('"d"');
    expect(message).toContain("2 more");
    expect(message).toContain("1 other was written");
  });

  it("tells the objects of which nobody knows", () => {
    const entity = { id: "a" };
    const failures = [
      failed({ entity, isUncertain: true }),
      failed(),
      failed({ entity: undefined }),
    ];
    expect(new FlushError(failures, []).uncertain).toEqual([entity]);
  });

  it("is JSON that a response can carry: keys, codes and what is in conflict", () => {
    const error = new ConstraintViolation(
      [
        failed({
          isUnmet: true,
          base: { views: 1, secret: "base" },
          current: { views: 2, secret: "theirs" },
          diff: {
            views: { base: 1, mine: 2n, theirs: undefined },
            tags: {
              base: new Set(["a"]),
              mine: new Uint8Array([1, 2, 255]),
              theirs: new Date("2024-02-29T12:00:00Z"),
            },
          },
        }),
      ],
      [],
    );
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "CONSTRAINT_VIOLATION",
      message: "1 change was not written.",
      failures: [
        {
          code: "CONSTRAINT_VIOLATION",
          model: "Post",
          key: { forum: "a", id: "1" },
          diff: {
            views: { base: 1, mine: "2", theirs: null },
            tags: { base: ["a"], mine: "AQL/", theirs: "2024-02-29T12:00:00.000Z" },
          },
        },
      ],
    });
  });

  it("keeps the service's texts, and other attributes, out of its JSON", () => {
    const text = JSON.stringify(
      new FlushError([failed({ base: { secret: 1 }, current: { secret: 2 } })], []),
    );
    expect(text).not.toContain("secret");
  });

  it("tells each failure's own code", () => {
    const cancelled = new TransactionCancelled(
      { operation: "TransactWriteItems", attempts: 1 },
      [],
    );
    const error = new FlushError(
      [
        failed({ isUnmet: true }),
        failed({ cause: cancelled, isCancelled: true }),
        failed({ isUncertain: true }),
      ],
      [],
    );
    expect(JSON.parse(JSON.stringify(error)).failures).toMatchObject([
      { code: "CONSTRAINT_VIOLATION" },
      { code: "TRANSACTION_CANCELLED" },
      { code: "ERROR", uncertain: true },
    ]);
  });
});

describe("errors", () => {
  it("name items by model and key", () => {
    expect(new ItemNotFound("Post", { id: "a" })).toMatchObject({
      code: "ITEM_NOT_FOUND",
      message: 'There is no Post { id: "a" }.',
      model: "Post",
      key: { id: "a" },
    });
    const missing = new MissingItems([{}, {}], ["Post a", "User b"]);
    expect(missing.message).toBe("2 items don't exist: Post a, User b.");
    expect(missing.items).toHaveLength(2);
    expect(new KeyChanged("Post", "{ id: 1 }", "{ id: 2 }")).toMatchObject({
      key: "{ id: 1 }",
      newKey: "{ id: 2 }",
    });
  });

  it("list every difference of every table", () => {
    const error = new TableMismatch([
      { model: "Post", tableName: "dev-Posts", differences: ["one", "two"] },
      { model: "User", tableName: "dev-Users", differences: ["three"] },
    ]);
    expect(error).toMatchObject({
      code: "TABLE_MISMATCH",
      model: "Post",
      tableName: "dev-Posts",
      differences: ["one", "two", "three"],
    });
    for (const part of ["dev-Posts (Post): one; two", "dev-Users (User): three"]) {
      expect(error.message).toContain(part);
    }
  });
});
