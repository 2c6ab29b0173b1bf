import { marshall } from "@aws-sdk/util-dynamodb";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wireEquals } from "../../../src/schema/canonical.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { documents, nested, objectOf } from "./documents.js";
import { thrownBy } from "./thrown-by.js";
import { typeOf } from "./type-of.js";

const any = typeOf(t.any());

/** A document that holds itself twice: walking it to any depth takes for ever. */
function knot(): unknown {
  const map: Record<string, unknown> = {};
  map["a"] = map;
  map["b"] = [map, map];
  return map;
}

describe("a document without a schema", () => {
  it("is marshalled as lib-dynamodb does", () => {
    const document = {
      text: "",
      yes: true,
      nothing: null,
      integer: -5,
      real: 1.5,
      big: 12345678901234567890n,
      exact: NumberValue.from("12.5"),
      bytes: Uint8Array.of(1, 2),
      list: [1, "a", [], {}],
      map: { deep: { deeper: [] } },
      texts: new Set(["a", "b"]),
      numbers: new Set([1, 2n]),
      binaries: new Set([Uint8Array.of(1)]),
      absent: undefined,
    };
    expect(any.encode(document)).toEqual({
      M: marshall(document, { removeUndefinedValues: true }),
    });
  });

  property("survives, and is equal to what is read back", [documents], (document) => {
    const wire = any.encode(document) as AttributeValue;
    const read = any.decode(wire);
    expect(wireEquals(any.encode(read) as AttributeValue, wire)).toBe(true);
    expect(any.equals(document, read)).toBe(true);
    expect(any.equals(read, document)).toBe(true);
  });

  property("is equal to its copy, which shares nothing with it", [documents], (document) => {
    const copy = any.copy(document);
    expect(any.equals(document, copy)).toBe(true);
    expect(sharedWith(document, copy)).toEqual([]);
  });

  property("is equal exactly where it is stored alike", [documents, documents], (a, b) => {
    const stored = wireEquals(any.encode(a) as AttributeValue, any.encode(b) as AttributeValue);
    expect(any.equals(a, b)).toBe(stored);
    expect(any.equals(b, a)).toBe(stored);
  });

  property(
    "is another once something in it was changed",
    [fc.array(documents, { minLength: 1, maxLength: 5 }), fc.nat()],
    (list, at) => {
      const copy = any.copy(list) as unknown[];
      copy[at % copy.length] = { changed: copy[at % copy.length] };
      expect(any.equals(list, copy)).toBe(false);
    },
  );

  it("keeps names that objects inherit as data of its own", () => {
    const document = objectOf<unknown>([
      ["__proto__", { a: 1 }],
      ["constructor", "c"],
      ["hasOwnProperty", null],
    ]);
    const read = any.decode(any.encode(document) as AttributeValue) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.entries(read)).toEqual(Object.entries(document));
    expect(Object.entries(any.copy(document) as object)).toEqual(Object.entries(document));
    expect(any.equals({}, document)).toBe(false);
    expect(any.equals({ toString: undefined }, {})).toBe(true);
    expect(any.equals({}, objectOf([["constructor", Object]]))).toBe(false);
  });

  it("holds numbers in whatever holds them exactly", () => {
    expect(any.decode({ N: "1.0" })).toBe(1);
    expect(any.decode({ N: "12345678901234567890" })).toBe(12345678901234567890n);
    expect(any.decode({ N: "0.12345678901234567890" })).toEqual(
      NumberValue.from("0.12345678901234567890"),
    );
    expect(any.decode({ NS: ["1", "9007199254740993"] })).toEqual(new Set([1, 9007199254740993n]));
  });

  it("is equal by the value of its numbers, whatever holds them", () => {
    expect(any.equals(1, 1n)).toBe(true);
    expect(any.equals(NumberValue.from("1.0"), 1)).toBe(true);
    expect(any.equals(-0, 0)).toBe(true);
    expect(any.equals(new Set([1, 2]), new Set([NumberValue.from("2.0"), 1n]))).toBe(true);
    expect(any.equals(1, "1")).toBe(false);
    expect(any.equals("1", 1)).toBe(false);
    expect(any.equals(1, true)).toBe(false);
    expect(any.equals(new Set(["1"]), new Set([1]))).toBe(false);
    expect(any.equals(null, undefined)).toBe(false);
    expect(any.equals(0, null)).toBe(false);
    expect(any.equals([], {})).toBe(false);
    expect(any.equals([1, 2], [2, 1])).toBe(false);
  });

  it("has no place for what is stored as nothing", () => {
    expect(any.encode(undefined)).toBeUndefined();
    expect(any.encode(new Set())).toBeUndefined();
    expect(any.encode({ a: undefined, b: new Set(), c: 1 })).toEqual({ M: { c: { N: "1" } } });
    expect(any.equals({ a: undefined, b: new Set() }, {})).toBe(true);
    expect(any.equals({}, { a: undefined })).toBe(true);
  });

  it.each([
    [[1, undefined], [1]],
    // biome-ignore lint/suspicious/noSparseArray: a list with a hole is what is tested.
    [[1, , 3], [1]],
    [[new Set()], [0]],
    [{ a: [{ b: undefined }, undefined] }, ["a", 1]],
  ])("refuses a list that holds nothing somewhere: %o", (document, path) => {
    const error = thrownBy(() => any.encode(document));
    expect(error).toBeInstanceOf(Misfit);
    expect(error).toMatchObject({ path });
  });

  it("finds a hole in a list different from a value", () => {
    // biome-ignore lint/suspicious/noSparseArray: a list with a hole is what is tested.
    expect(any.equals([1, , 3], [1, 2, 3])).toBe(false);
    expect(any.equals([undefined], [undefined])).toBe(false);
  });

  it.each([
    ["a Date", new Date()],
    ["a Map", new Map()],
    ["a class's instance", new URL("https://example.com")],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a number too large", 1e300],
    ["a bigint too long", 10n ** 38n + 1n],
    ["an exact number too long", NumberValue.from("1".repeat(39))],
    ["an ArrayBuffer", new ArrayBuffer(1)],
    ["a boxed number", new Number(1)],
    ["a set of two kinds", new Set(["a", 1])],
    ["a set of lists", new Set([[1]])],
    ["a set of nothing", new Set([undefined])],
  ])("refuses %s, also deep inside, and finds it different from what is stored", (_, value) => {
    expect(() => any.encode(value)).toThrow(Misfit);
    const error = thrownBy(() => any.encode({ list: [0, value] }));
    expect(error).toMatchObject({ path: ["list", 1] });
    for (const stored of [1, "a", {}, [], new Set(["a"]), null]) {
      expect(any.equals(value, stored)).toBe(false);
      expect(any.equals(stored, value)).toBe(false);
    }
    expect(() => any.encode(any.copy([value]))).toThrow(Misfit);
  });

  it("refuses a member without a name, as DynamoDB does", () => {
    expect(() => any.encode({ "": 1 })).toThrow(Misfit);
    expect(any.encode({ "": undefined })).toEqual({ M: {} });
  });

  it("takes objects without a prototype", () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    expect(any.encode(bare)).toEqual({ M: { a: { N: "1" } } });
    expect(any.equals(bare, { a: 1 })).toBe(true);
  });

  it("stores the same bytes in a set once, as DynamoDB demands", () => {
    const set = new Set([Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(2)]);
    expect(any.encode(set)).toEqual({ BS: [Uint8Array.of(1), Uint8Array.of(2)] });
    expect(any.encode(new Set([1, 1n, NumberValue.from("1.0")]))).toEqual({ NS: ["1"] });
  });

  it("has 32 levels, the item being the first", () => {
    expect(() => any.encode(nested(31, "x"))).not.toThrow();
    expect(() => any.encode(nested(32, "x"))).toThrow(/32 levels/);
    expect(() => any.encode(nested(31, []))).toThrow(/32 levels/);
    expect(any.equals(nested(31, "x"), nested(31, "x"))).toBe(true);
    expect(any.equals(nested(31, "x"), nested(31, "y"))).toBe(false);
  });

  it("is refused where it contains itself, without walking for ever", () => {
    const document = knot();
    expect(() => any.encode(document)).toThrow(/contains itself/);
    expect(() => any.encode(any.copy(document))).toThrow(/contains itself/);
    expect(any.equals(document, knot())).toBe(false);
    expect(any.equals(document, { a: 1 })).toBe(false);
  });

  it("is refused at any depth without a stack overflow", () => {
    const document = nested(100_000, "x");
    expect(() => any.encode(document)).toThrow(Misfit);
    expect(() => any.copy(document)).not.toThrow();
    expect(any.equals(document, nested(100_000, "x"))).toBe(false);
  });
});

/** The mutable objects that stand in both of two documents. */
function sharedWith(a: unknown, b: unknown): unknown[] {
  const inA = new Set(objectsIn(a));
  return objectsIn(b).filter((each) => inA.has(each));
}

function objectsIn(document: unknown): unknown[] {
  if (typeof document !== "object" || document === null) return [];
  const parts = document instanceof Set ? [...document] : Object.values(document);
  return [document, ...parts.flatMap(objectsIn)];
}
