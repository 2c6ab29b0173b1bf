import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesEqual, canonicalWire, hex, wireEquals } from "../../../src/schema/canonical.js";
import { t } from "../../../src/schema/types.js";
import {
  type AttributeValue,
  getOwn,
  setOwn,
  type WireItem,
  wireTypeOf,
} from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { documents, objectOf } from "./documents.js";

const wires = documents.map((document) => t.any().settings.type.encode(document) as AttributeValue);

/** The same value with members of sets and maps the other way round, numbers written otherwise. */
function otherwise(wire: AttributeValue): AttributeValue {
  if ("N" in wire) return { N: longer(wire.N) };
  if ("NS" in wire) return { NS: wire.NS.map(longer).reverse() };
  if ("SS" in wire) return { SS: [...wire.SS].reverse() };
  if ("BS" in wire) return { BS: [...wire.BS].reverse() };
  if ("L" in wire) return { L: wire.L.map(otherwise) };
  if ("M" in wire) {
    const entries = Object.keys(wire.M).map(
      (name) => [name, otherwise(wire.M[name] as AttributeValue)] as const,
    );
    return { M: objectOf(entries.reverse()) };
  }
  return wire;
}

function longer(number: string): string {
  const [digits = "", exponent = "0"] = number.split("E");
  return `${digits}${digits.includes(".") ? "00" : ".0"}E${exponent}`;
}

describe("the canonical text of a stored value", () => {
  property("is one for all ways to write it", [wires], (wire) => {
    expect(canonicalWire(otherwise(wire))).toBe(canonicalWire(wire));
    expect(wireEquals(otherwise(wire), wire)).toBe(true);
  });

  property("is another for each other value", [wires, wires], (a, b) => {
    expect(canonicalWire(a) === canonicalWire(b)).toBe(wireEquals(a, b));
  });

  it("is different for all of these", () => {
    const values: AttributeValue[] = [
      { S: "" },
      { S: "1" },
      { N: "1" },
      { N: "-1" },
      { B: Uint8Array.of() },
      { B: Uint8Array.of(0x31) },
      { S: "31" },
      { BOOL: true },
      { BOOL: false },
      { S: "true" },
      { NULL: true },
      { S: "0" },
      { SS: ["1"] },
      { NS: ["1"] },
      { BS: [Uint8Array.of(1)] },
      { BS: [Uint8Array.of(0x31)] },
      { L: [] },
      { M: {} },
      { L: [{ S: "1" }] },
      { L: [{ L: [{ S: "1" }] }] },
      { L: [{ S: "1" }, { S: "" }] },
      { SS: ["a", "bc"] },
      { SS: ["ab", "c"] },
      { SS: ["abc"] },
      { SS: ["a1:m", "b"] },
      { SS: ["a", "1:mb"] },
      { L: [{ S: "a" }, { S: "bc" }] },
      { L: [{ S: "ab" }, { S: "c" }] },
      { L: [{ S: "aS1:b" }] },
      { L: [{ S: "a" }, { S: "b" }] },
      { M: { a: { S: "b" } } },
      { M: { aS1: { S: "b" } } },
      { M: { a: { S: "" }, b: { S: "" } } },
      { M: { ["__proto__"]: { S: "" } } },
    ];
    expect(new Set(values.map(canonicalWire)).size).toBe(values.length);
    for (const [at, a] of values.entries()) {
      for (const [other, b] of values.entries()) expect(wireEquals(a, b)).toBe(at === other);
    }
  });

  it("looks at own members only", () => {
    expect(wireEquals({ M: {} }, { M: { constructor: { S: "x" } } })).toBe(false);
    expect(wireEquals({ M: { toString: { S: "x" } } }, { M: { constructor: { S: "x" } } })).toBe(
      false,
    );
    expect(
      wireEquals(
        { M: objectOf([["__proto__", { S: "x" } as AttributeValue]]) },
        { M: { a: { S: "x" } } },
      ),
    ).toBe(false);
  });
});

describe("own properties", () => {
  it("are set and got whatever their names", () => {
    const target: WireItem = {};
    for (const name of ["__proto__", "constructor", "a"]) setOwn(target, name, { S: name });
    expect(Object.keys(target)).toEqual(["__proto__", "constructor", "a"]);
    expect(Object.getPrototypeOf(target)).toBe(Object.prototype);
    expect(getOwn(target, "__proto__")).toEqual({ S: "__proto__" });
    setOwn(target, "__proto__", { S: "again" });
    expect(getOwn(target, "__proto__")).toEqual({ S: "again" });
  });

  it("aren't the inherited ones", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(getOwn({}, name)).toBeUndefined();
    }
  });
});

describe("the type of a stored value", () => {
  it("is its one property that is there", () => {
    expect(wireTypeOf({ S: "" })).toBe("S");
    expect(wireTypeOf({ NULL: true })).toBe("NULL");
    expect(wireTypeOf({ S: undefined, N: "1" } as never)).toBe("N");
    expect(() => wireTypeOf({} as never)).toThrow(TypeError);
  });
});

describe("bytes", () => {
  property("are equal by content", [fc.uint8Array(), fc.uint8Array()], (a, b) => {
    expect(bytesEqual(a, b)).toBe(String(a) === String(b));
    expect(hex(a) === hex(b)).toBe(String(a) === String(b));
  });

  it("are written as hexadecimal", () => {
    expect(hex(Uint8Array.of(0, 15, 16, 255))).toBe("000f10ff");
  });
});
