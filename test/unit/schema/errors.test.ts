import { describe, expect, it } from "vitest";
import {
  DynalchemyError,
  describePath,
  describeValue,
  InvalidModel,
  InvalidValue,
} from "../../../src/schema/errors.js";
import { NumberValue } from "../../../src/schema/number-value.js";

describe("an error", () => {
  it("has a stable code, its class's name and its facts", () => {
    const cause = new Error("cause");
    const error = new InvalidValue("No.", { model: "Post", attribute: "meta.refs[0]" }, { cause });
    expect(error).toBeInstanceOf(DynalchemyError);
    expect(error).toMatchObject({
      name: "InvalidValue",
      code: "INVALID_VALUE",
      model: "Post",
      key: undefined,
      attribute: "meta.refs[0]",
      cause,
    });
    expect(new InvalidModel("No.", { model: "Post" })).toMatchObject({
      name: "InvalidModel",
      code: "INVALID_MODEL",
      column: undefined,
    });
  });
});

describe("a value in a message", () => {
  it.each([
    ["text", '"text"'],
    ["x".repeat(100), `"${"x".repeat(60)}…"`],
    ['a"b\n', '"a\\"b\\n"'],
    [1, "1"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [12n, "12n"],
    [10n ** 500n, `1${"0".repeat(59)}…`],
    [true, "true"],
    [undefined, "undefined"],
    [null, "null"],
    [["secret"], "a list of 1"],
    [new Set(["secret"]), "a set of 1"],
    [{ secret: 1 }, "an object"],
    [Object.create(null), "an object"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "an invalid Date"],
    [NumberValue.from("12.50"), "12.50"],
    [new Uint8Array(), "0 bytes"],
    [Uint8Array.of(1, 255), "2 bytes 0x01ff"],
    [new Uint8Array(100), `100 bytes 0x${"00".repeat(16)}…`],
    [new Map(), "an instance of Map"],
    [new (class Money {})(), "an instance of Money"],
    [new (class {})(), "an instance of a class"],
    [() => 1, "a function"],
    [Symbol("s"), "a symbol"],
  ])("%o is short and safe", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});

describe("a path in a message", () => {
  it.each([
    [[], ""],
    [["meta"], "meta"],
    [["meta", "refs", 2, "url"], "meta.refs[2].url"],
    [[0, 1], "[0][1]"],
    [["counts", "b.c"], 'counts["b.c"]'],
    [["counts", ""], 'counts[""]'],
    [["a-b", "c"], '"a-b".c'],
  ])("%j is %s", (path, text) => {
    expect(describePath(path)).toBe(text);
  });
});
