import { describe, expect, it } from "vitest";
import { InvalidValue } from "../../../src/schema/errors.js";
import { globalIndex } from "../../../src/schema/index-spec.js";
import { decodeColumn, encodeColumn, encodeItem } from "../../../src/schema/item-codec.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { type ColumnSpec, declareTable } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";
import { nested } from "./documents.js";
import { thrownBy } from "./thrown-by.js";

const failure = new Error("no such money");
const table = declareTable(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string().optional(),
    date: t.binary().optional(),
    views: t.integer(),
    content: t.string().optional().as("c"),
    tags: t.set(t.string()),
    meta: t.map({ refs: t.list(t.string()), rest: t.any().optional() }).optional(),
    any: t.any().optional(),
    money: t
      .custom({
        wire: "N",
        encode: (_: number): string => {
          throw failure;
        },
        decode: (): number => {
          throw failure;
        },
      })
      .optional(),
    version: t.version(),
  },
  {
    indexes: { byUser: globalIndex({ hashKey: "user", rangeKey: "date" }) },
  },
);
const column = (name: string) => table.byName.get(name) as ColumnSpec;
const encode = (name: string, value: unknown) =>
  encodeColumn(table, column(name), value, { values: { id: 1 } });

describe("an item", () => {
  it("is stored by attribute, without what is absent", () => {
    const values: Record<string, unknown> = {
      forum: "a",
      id: 1,
      views: 0,
      content: "x",
      tags: new Set(),
    };
    expect(encodeItem(table, ({ name }) => values[name])).toEqual({
      forum: { S: "a" },
      id: { N: "1" },
      views: { N: "0" },
      c: { S: "x" },
    });
  });

  it("may have attributes of any name", () => {
    const odd = declareTable("Odd", {
      id: t.string().hashKey(),
      a: t.string().as("__proto__"),
      b: t.string().as("constructor"),
    });
    const item = encodeItem(odd, ({ name }) => name);
    expect(Object.entries(item)).toEqual([
      ["id", { S: "id" }],
      ["__proto__", { S: "a" }],
      ["constructor", { S: "b" }],
    ]);
  });
});

describe("a value that can't be stored", () => {
  it.each<[string, string, unknown, string, RegExp]>([
    ["a required one that is missing", "views", undefined, "views", /required.*\.optional\(\)/],
    ["null", "views", null, "views", /undefined/],
    ["null in an optional column", "content", null, "content", /undefined/],
    ["a value of another type", "views", "1", "views", /safe integer but got "1"/],
    ["a value deep inside", "meta", { refs: ["a", 1] }, "meta.refs[1]", /a string but got 1/],
    ["undefined in a list", "meta", { refs: [undefined] }, "meta.refs[0]", /undefined/],
    ["an unknown member", "meta", { refs: [], x: 1 }, "meta.x", /declared/],
    ["a document that is too deep", "any", nested(32, 1), "any", /32 levels/],
    ["one too deep within a map", "meta", { refs: [], rest: nested(31, 1) }, "meta", /32 levels/],
    ["an empty key of an index", "user", "", "user", /key of an index.*empty/],
    ["empty bytes as key of an index", "date", new Uint8Array(), "date", /empty/],
    ["a key of an index too long", "user", "x".repeat(2049), "user", /2049 bytes of at most 2048/],
    ["a range key of an index too long", "date", new Uint8Array(1025), "date", /1025 bytes/],
    ["an empty key", "forum", "", "forum", /key and can't be empty/],
    ["a key too long", "forum", "x".repeat(2049), "forum", /2049 bytes/],
  ])("is %s", (_, name, value, attribute, problem) => {
    const error = thrownBy(() => encode(name, value));
    expect(error).toBeInstanceOf(InvalidValue);
    expect(error).toMatchObject({ model: "Post", key: "{ id: 1 }", attribute });
    expect((error as Error).message).toMatch(problem);
    expect((error as Error).message).toContain("Post.");
    expect((error as Error).message).toContain("{ id: 1 }");
    expect((error as InvalidValue).reason).toMatch(problem);
    expect((error as InvalidValue).reason).not.toContain("{ id: 1 }");
  });

  it("has what a custom type threw as its cause", () => {
    expect(thrownBy(() => encode("money", 1))).toMatchObject({
      code: "INVALID_VALUE",
      message: /no such money/,
      cause: failure,
    });
  });

  it("isn't the one that is just within the limits", () => {
    expect(() => encode("any", nested(31, 1))).not.toThrow();
    expect(() => encode("meta", { refs: [], rest: nested(30, 1) })).not.toThrow();
    expect(() => encode("user", "x".repeat(2048))).not.toThrow();
    expect(() => encode("date", new Uint8Array(1024))).not.toThrow();
  });
});

describe("an absent value", () => {
  it("is stored as nothing where it may be", () => {
    expect(encode("content", undefined)).toBeUndefined();
    expect(encode("version", undefined)).toBeUndefined();
    expect(encode("tags", new Set())).toBeUndefined();
    expect(encode("any", null)).toEqual({ NULL: true });
  });
});

describe("a stored value", () => {
  it("is a misfit where it doesn't fit its column, also by a custom type's word", () => {
    expect(() => decodeColumn(column("views"), { NULL: true })).toThrow(Misfit);
    expect(decodeColumn(column("any"), { NULL: true })).toBeNull();
    const error = thrownBy(() => decodeColumn(column("money"), { N: "1" }));
    expect(error).toBeInstanceOf(Misfit);
    expect(error).toMatchObject({ cause: failure });
  });
});
