import { describe, expect, it } from "vitest";
import type { WireValues } from "../../../src/schema/custom-type.js";
import { InvalidModel } from "../../../src/schema/errors.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue } from "../../../src/schema/wire.js";
import { thrownBy } from "./thrown-by.js";
import { typeOf } from "./type-of.js";

class Money {
  constructor(public cents: bigint) {}
}

const money = typeOf(
  t.custom({
    wire: "N",
    encode: (value: Money) => value.cents.toString(),
    decode: (text) => new Money(BigInt(text)),
  }),
);

/** A type that stores whatever it is given, to see what is let through. */
function raw<W extends keyof WireValues>(wire: W) {
  return t.custom<unknown, W>({
    wire,
    encode: (value) => value as WireValues[W],
    decode: (stored) => stored,
  }).settings.type;
}

describe("a custom type", () => {
  it("is stored and read by its functions", () => {
    expect(money.encode(new Money(5n))).toEqual({ N: "5" });
    expect(money.decode({ N: "5" })).toEqual(new Money(5n));
    expect(money.wire).toBe("N");
  });

  it("is equal where it is stored alike, also when it was changed in place", () => {
    const value = new Money(5n);
    const copy = money.copy(value);
    expect(copy).not.toBe(value);
    expect(money.equals(value, copy)).toBe(true);
    value.cents = 6n;
    expect(money.equals(value, copy)).toBe(false);
  });

  it("is equal as its own function says", () => {
    const folded = typeOf(
      t.custom({
        wire: "S",
        encode: (text: string) => text,
        decode: (text) => text,
        equals: (a, b) => a.toLowerCase() === b.toLowerCase(),
      }),
    );
    expect(folded.equals("A", "a")).toBe(true);
    expect(folded.equals("A", "b")).toBe(false);
    // Which gets what no type checker stopped, and throws.
    expect(folded.equals("A", 1 as never)).toBe(false);
  });

  it.each<[keyof WireValues, unknown, AttributeValue | undefined]>([
    ["S", "x", { S: "x" }],
    ["N", "1.50", { N: "1.5" }],
    ["B", Uint8Array.of(1), { B: Uint8Array.of(1) }],
    ["BOOL", false, { BOOL: false }],
    ["SS", ["a", "a", "b"], { SS: ["a", "b"] }],
    ["NS", ["1", "1.0"], { NS: ["1"] }],
    ["BS", [Uint8Array.of(1), Uint8Array.of(1)], { BS: [Uint8Array.of(1)] }],
    ["SS", [], undefined],
  ])("may be stored as %s: %o", (wire, value, stored) => {
    expect(raw(wire).encode(value)).toEqual(stored);
  });

  it.each<[keyof WireValues, unknown]>([
    ["S", 1],
    ["S", {}],
    ["S", "\ud800"],
    ["N", 1],
    ["N", "x"],
    ["N", "1E126"],
    ["B", "x"],
    ["BOOL", 1],
    ["SS", "x"],
    ["SS", [1]],
    ["SS", new Set(["a"])],
    ["NS", ["x"]],
    ["BS", ["x"]],
  ])("can't give %s the value %o", (wire, value) => {
    expect(() => raw(wire).encode(value)).toThrow(Misfit);
  });

  it("is asked for values only", () => {
    for (const nothing of [undefined, null]) {
      expect(() => money.encode(nothing as never)).toThrow(Misfit);
    }
    expect(() => money.decode({ S: "5" })).toThrow(/type N in the table/);
    expect(() => money.decode({ NULL: true })).toThrow(Misfit);
  });

  it("throws its own error, which inside a document is told with its place", () => {
    const failure = new Error("no such currency");
    const broken = t.custom({
      wire: "S",
      encode: (_: Money): string => {
        throw failure;
      },
      decode: (): Money => {
        throw failure;
      },
    });
    expect(thrownBy(() => broken.settings.type.encode(new Money(1n)))).toBe(failure);
    const list = typeOf(t.list(broken));
    for (const error of [
      thrownBy(() => list.encode([new Money(1n)])),
      thrownBy(() => list.decode({ L: [{ S: "x" }] })),
    ]) {
      expect(error).toBeInstanceOf(Misfit);
      expect(error).toMatchObject({ message: "no such currency", path: [0], cause: failure });
    }
    const value = new Money(1n);
    expect(broken.settings.type.equals(value, new Money(1n))).toBe(false);
    expect(broken.settings.type.copy(value)).toBe(value);
  });

  it("gets bytes of its own", () => {
    const pool = new Uint8Array(64).fill(1);
    const read = raw("B").decode({ B: pool.subarray(0, 2) }) as Uint8Array;
    expect(read.buffer.byteLength).toBe(2);
  });

  it("may be a member of a set where it is stored as text, number or bytes", () => {
    const set = t.set(
      t.custom({ wire: "S", encode: (url: URL) => url.href, decode: (text) => new URL(text) }),
    );
    const value = new Set([new URL("https://a.example/"), new URL("https://a.example/")]);
    expect(set.settings.type.encode(value)).toEqual({ SS: ["https://a.example/"] });
  });

  it.each([
    [{ wire: "L", encode: String, decode: String }, /wire type/],
    [{ wire: "constructor", encode: String, decode: String }, /wire type/],
    [{ wire: "S", decode: String }, /encode/],
    [{ wire: "S", encode: String }, /decode/],
    [undefined, /wire type/],
  ])("is declared in full: %o", (type, problem) => {
    expect(() => t.custom(type as never)).toThrow(InvalidModel);
    expect(() => t.custom(type as never)).toThrow(problem);
  });
});

describe("an enum", () => {
  it("has texts to choose from", () => {
    expect(() => (t.enum as () => unknown)()).toThrow(InvalidModel);
    expect(() => t.enum(1 as never)).toThrow(InvalidModel);
  });
});
