import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidValue } from "../../../src/schema/errors.js";
import { describeKey, keyFromWire, keyOf } from "../../../src/schema/key.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { declareTable } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";
import { property } from "../../support/property.js";
import { bytes, decimals } from "./documents.js";
import { thrownBy } from "./thrown-by.js";

const posts = declareTable("Post", {
  forum: t.string().hashKey(),
  id: t.integer().rangeKey().as("i"),
  views: t.integer().default(0),
});
const pairs = declareTable("Pair", { a: t.string().hashKey(), b: t.string().rangeKey() });
const numbers = declareTable("Number", { n: t.decimal().hashKey() });
const mixed = declareTable("Mixed", { a: t.binary().hashKey(), b: t.decimal().rangeKey() });
const blobs = declareTable("Blob", { b: t.binary().hashKey() });

describe("a key", () => {
  it("is by column as values, by attribute as requests have it", () => {
    const key = keyOf(posts, { forum: "a", id: 1 });
    expect(key.values).toEqual({ forum: "a", id: 1 });
    expect(key.wire).toEqual({ forum: { S: "a" }, i: { N: "1" } });
    expect(Object.isFrozen(key)).toBe(true);
    expect(Object.isFrozen(key.values)).toBe(true);
  });

  it("is the same from an object, from an instance and from an item", () => {
    const key = keyOf(posts, { id: 1, forum: "a" });
    const picked = keyOf(posts, { forum: "a", id: 1, views: 3 }, "pick");
    const read = keyFromWire(posts, { i: { N: "1.0" }, views: { N: "3" }, forum: { S: "a" } });
    expect(picked).toEqual(key);
    expect(read.id).toBe(key.id);
    expect(read.values).toEqual(key.values);
  });

  property(
    "is one for equal parts only, wherever a text is cut in two",
    [fc.string({ minLength: 2, maxLength: 12 }), fc.nat(), fc.nat()],
    (text, at, other) => {
      const cut = (position: number) => {
        const place = 1 + (position % (text.length - 1));
        return { a: text.slice(0, place), b: text.slice(place) };
      };
      const [one, two] = [cut(at), cut(other)];
      expect(keyOf(pairs, one).id === keyOf(pairs, two).id).toBe(one.a === two.a);
    },
    { numRuns: 300 },
  );

  it.each(["|", "#", ":", ",", "-", "/", "\u0000", "S1:", "1:S1:", '"', "\\"])(
    "doesn't take %j for a border",
    (border) => {
      const halves = [
        { a: `x${border}`, b: "y" },
        { a: "x", b: `${border}y` },
        { a: `x${border}y`, b: border },
        { a: border, b: `x${border}y` },
        { a: "y", b: `x${border}` },
        { a: "x", b: "y" },
      ];
      const ids = new Set(halves.map((half) => keyOf(pairs, half).id));
      expect(ids.size).toBe(halves.length);
    },
  );

  it("tells its parts apart: a and b aren't b and a", () => {
    expect(keyOf(pairs, { a: "x", b: "y" }).id).not.toBe(keyOf(pairs, { a: "y", b: "x" }).id);
  });

  it("is canonical in its numbers", () => {
    const ids = ["1", "1.0", "1.00", "10E-1", "0.1e1", "+1", "01"].map(
      (text) => keyOf(numbers, { n: NumberValue.from(text) }).id,
    );
    expect(new Set(ids).size).toBe(1);
    expect(keyFromWire(numbers, { n: { N: "1" } }).id).toBe(ids[0]);
    expect(keyOf(numbers, { n: NumberValue.from("-0") }).id).toBe(
      keyOf(numbers, { n: NumberValue.from("0.00") }).id,
    );
    expect(keyOf(numbers, { n: NumberValue.from("-1") }).id).not.toBe(ids[0]);
  });

  it("is another for bytes than for text or numbers that look like them", () => {
    const texts = declareTable("Text", { b: t.string().hashKey() });
    const counts = declareTable("Count", { b: t.integer().hashKey() });
    const ids = [
      keyOf(blobs, { b: Uint8Array.of(0x31) }),
      keyOf(texts, { b: "1" }),
      keyOf(texts, { b: "31" }),
      keyOf(counts, { b: 1 }),
      keyOf(counts, { b: 31 }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
  });

  property(
    "is one for equal bytes and numbers only",
    [
      fc.tuple(bytes, decimals).filter(([each]) => each.length > 0),
      fc.tuple(bytes, decimals).filter(([each]) => each.length > 0),
    ],
    ([a, b], [c, d]) => {
      const isSame =
        mixed.hashKey.type.equals(a, c) && (mixed.rangeKey?.type.equals(b, d) ?? false);
      expect(keyOf(mixed, { a, b }).id === keyOf(mixed, { a: c, b: d }).id).toBe(isSame);
      expect(keyOf(mixed, { a: Uint8Array.from(a), b }).id).toBe(keyOf(mixed, { a, b }).id);
    },
  );

  it("shares nothing mutable with what it was made of", () => {
    const b = Uint8Array.of(1);
    const key = keyOf(blobs, { b });
    const { id } = key;
    b[0] = 2;
    expect(key.values).toEqual({ b: Uint8Array.of(1) });
    expect(key.wire).toEqual({ b: { B: Uint8Array.of(1) } });
    expect(keyOf(blobs, { b }).id).not.toBe(id);
  });

  it("may be of columns called as objects' own properties", () => {
    const odd = declareTable("Odd", {
      ["__proto__"]: t.string().hashKey(),
      constructor: t.string().rangeKey(),
    });
    const key = keyOf(odd, JSON.parse('{ "__proto__": "a", "constructor": "b" }') as object);
    expect(Object.entries(key.wire)).toEqual([
      ["__proto__", { S: "a" }],
      ["constructor", { S: "b" }],
    ]);
    expect(Object.entries(key.values)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
    expect(() => keyOf(odd, {})).toThrow(InvalidValue);
    expect(() => keyFromWire(odd, {})).toThrow(InvalidValue);
    expect(keyFromWire(odd, key.wire).id).toBe(key.id);
  });
});

describe("what is no key", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["nothing", undefined, "", /{ forum, id }/],
    ["null", null, "", /{ forum, id }/],
    ["a text", "a", "", /{ forum, id }/],
    ["a list", ["a", 1], "", /{ forum, id }/],
    ["half of it", { forum: "a" }, "id", /range key/],
    ["the other half", { id: 1 }, "forum", /hash key/],
    ["an attribute too many", { forum: "a", id: 1, views: 1 }, "views", /isn't part of the key/],
    ["an attribute's name", { forum: "a", i: 1 }, "i", /isn't part of the key/],
    ["null as a part", { forum: null, id: 1 }, "forum", /give it a value/],
    ["undefined as a part", { forum: "a", id: undefined }, "id", /give it a value/],
    ["a part of another type", { forum: 1, id: 1 }, "forum", /a string but got 1/],
    ["an unsafe integer", { forum: "a", id: 2 ** 53 }, "id", /safe integer/],
    ["NaN", { forum: "a", id: Number.NaN }, "id", /NaN/],
    ["an empty text", { forum: "", id: 1 }, "forum", /empty/],
    ["a text too long", { forum: "x".repeat(2049), id: 1 }, "forum", /2049 bytes.*2048/],
    ["a text too long in UTF-8", { forum: "é".repeat(1025), id: 1 }, "forum", /2050 bytes/],
    ["half a surrogate pair", { forum: "\ud800", id: 1 }, "forum", /UTF-8/],
    ["inherited parts", Object.create({ forum: "a", id: 1 }), "forum", /give it a value/],
  ])("is %s", (_, values, attribute, problem) => {
    const error = thrownBy(() => keyOf(posts, values as object));
    expect(error).toBeInstanceOf(InvalidValue);
    expect(error).toMatchObject({ model: "Post", attribute });
    expect((error as Error).message).toMatch(problem);
  });

  it.each<[string, object, string]>([
    ["a missing part", { forum: "a" }, '{ forum: "a" }'],
    ["the other part missing", { id: 1 }, "{ id: 1 }"],
    ["null as a part", { forum: null, id: 1 }, "{ forum: null, id: 1 }"],
    ["a part of another type", { forum: 1, id: 2 }, "{ forum: 1, id: 2 }"],
    ["an empty part", { forum: "", id: 1 }, '{ forum: "", id: 1 }'],
    ["an attribute too many", { forum: "a", id: 1, views: 1 }, '{ forum: "a", id: 1 }'],
  ])("is told with all of the key that was given: %s", (_, values, key) => {
    const error = thrownBy(() => keyOf(posts, values));
    expect(error).toMatchObject({ key });
    if (!("views" in values)) expect((error as Error).message).toContain(` of ${key} `);
  });

  it("is told without a key where none was given", () => {
    expect(thrownBy(() => keyOf(posts, {}))).toMatchObject({
      key: undefined,
      message: "Post.forum is the hash key: give it a value.",
    });
  });

  it("is longer than DynamoDB takes", () => {
    expect(() => keyOf(pairs, { a: "x".repeat(2048), b: "y".repeat(1024) })).not.toThrow();
    expect(() => keyOf(pairs, { a: "x", b: "y".repeat(1025) })).toThrow(/1025 bytes.*1024/);
    expect(() => keyOf(blobs, { b: new Uint8Array() })).toThrow(/empty/);
  });

  it("tells what a custom type threw", () => {
    const failure = new Error("no");
    const table = declareTable("Custom", {
      id: t
        .custom({
          wire: "S",
          encode: (_: string): string => {
            throw failure;
          },
          decode: String,
        })
        .hashKey(),
    });
    expect(thrownBy(() => keyOf(table, { id: "x" }))).toMatchObject({
      code: "INVALID_VALUE",
      attribute: "id",
      cause: failure,
    });
  });

  it("is an item that came without it", () => {
    expect(thrownBy(() => keyFromWire(posts, { forum: { S: "a" } }))).toMatchObject({
      code: "INVALID_VALUE",
      attribute: "id",
      key: '{ forum: "a" }',
    });
  });
});

describe("the key of an item that doesn't fit its column", () => {
  it("is shown as it is stored", () => {
    const key = keyFromWire(posts, { forum: { S: "a" }, i: { N: "1.5" } });
    expect(key.values).toEqual({ forum: "a", id: "1.5" });
    expect(key.wire).toEqual({ forum: { S: "a" }, i: { N: "1.5" } });
  });
});

describe("a key in a message", () => {
  it("is short", () => {
    expect(describeKey(keyOf(posts, { forum: "a", id: 1 }))).toBe('{ forum: "a", id: 1 }');
    expect(describeKey(keyOf(pairs, { a: "x".repeat(100), b: "y" }))).toBe(
      `{ a: "${"x".repeat(60)}…", b: "y" }`,
    );
    expect(describeKey(keyOf(mixed, { a: Uint8Array.of(255), b: NumberValue.from("1.50") }))).toBe(
      "{ a: 1 bytes 0xff, b: 1.50 }",
    );
  });
});
