import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttributeType } from "../../../src/schema/attribute-type.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { exactNumber } from "../../../src/schema/scalar-types.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { typeOf } from "./type-of.js";

const types = {
  string: typeOf(t.string()),
  uuid: typeOf(t.uuid()),
  boolean: typeOf(t.boolean()),
  integer: typeOf(t.integer()),
  number: typeOf(t.number()),
  bigint: typeOf(t.bigint()),
  decimal: typeOf(t.decimal()),
  binary: typeOf(t.binary()),
  enum: typeOf(t.enum("draft", "shown")),
  version: typeOf(t.version()),
};

const uuid = "123e4567-e89b-12d3-a456-426614174000";

/** One value of each type, and how it is stored. */
const samples: [keyof typeof types, unknown, AttributeValue][] = [
  ["string", "Hello", { S: "Hello" }],
  ["string", "", { S: "" }],
  ["string", "a\u0000😀", { S: "a\u0000😀" }],
  ["uuid", uuid, { S: uuid }],
  ["uuid", uuid.toUpperCase(), { S: uuid.toUpperCase() }],
  ["boolean", true, { BOOL: true }],
  ["boolean", false, { BOOL: false }],
  ["integer", 0, { N: "0" }],
  ["integer", Number.MAX_SAFE_INTEGER, { N: "9007199254740991" }],
  ["integer", Number.MIN_SAFE_INTEGER, { N: "-9007199254740991" }],
  ["number", 0.1, { N: "0.1" }],
  ["number", 1e21, { N: "1000000000000000000000" }],
  ["number", 1e-130, { N: "1E-130" }],
  ["number", 9.99e125, { N: "999E123" }],
  ["bigint", 12n, { N: "12" }],
  ["bigint", -(10n ** 38n - 1n), { N: `-${"9".repeat(38)}` }],
  ["bigint", 10n ** 125n, { N: "1E125" }],
  ["decimal", NumberValue.from("12.50"), { N: "12.5" }],
  ["binary", Uint8Array.of(0, 255), { B: Uint8Array.of(0, 255) }],
  ["binary", new Uint8Array(), { B: new Uint8Array() }],
  ["enum", "shown", { S: "shown" }],
  ["version", 3, { N: "3" }],
];

describe.each(samples)("%s %o", (name, value, wire) => {
  const type = types[name] as AttributeType;

  it("is stored in its form", () => {
    expect(type.encode(value)).toEqual(wire);
  });

  it("is equal to its copy and to what is read back", () => {
    const read = type.decode(wire);
    expect(type.equals(value, read)).toBe(true);
    expect(type.equals(value, type.copy(value))).toBe(true);
    expect(type.encode(read)).toEqual(wire);
  });

  it("is a scalar only if it is immutable and a copy is itself", () => {
    expect(type.isScalar).toBe(typeof value !== "object");
    expect(type.copy(value) === value).toBe(type.isScalar);
  });
});

const strangers: Record<keyof typeof types, readonly unknown[]> = {
  string: [1, null, undefined, new String("a"), ["a"], {}, Symbol("a"), () => "a"],
  uuid: ["", "x", `${uuid} `, ` ${uuid}`, `${uuid}\n`, uuid.replaceAll("-", ""), 1, null],
  boolean: [0, 1, "true", null, undefined, new Boolean(true)],
  integer: [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", 1n, null, new Number(1)],
  number: [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e126,
    5e-324,
    Number.MAX_VALUE,
    "1",
    1n,
    null,
    new Date(),
  ],
  bigint: [1, "1", null, 10n ** 126n, 10n ** 38n + 1n],
  decimal: [
    1,
    "1",
    1n,
    null,
    { value: "1" },
    NumberValue.from("1x"),
    NumberValue.from("NaN"),
    NumberValue.from(""),
    NumberValue.from("1".repeat(39)),
    NumberValue.from("1E126"),
  ],
  binary: ["a", [1], new ArrayBuffer(1), new Uint16Array(1), null],
  enum: ["", "Draft", "draft ", 1, null, "toString", "__proto__"],
  version: [1.5, "1", null, -0.5],
};

describe.each(Object.entries(strangers))("a %s column", (name, values) => {
  const type = types[name as keyof typeof types] as AttributeType;

  it.each(values.map((value) => [value]))("refuses %o", (value) => {
    expect(() => type.encode(value)).toThrow(Misfit);
  });

  it("doesn't make fit what it copies", () => {
    for (const value of values) expect(() => type.encode(type.copy(value))).toThrow(Misfit);
  });

  it("finds what doesn't fit different from what does", () => {
    const [, fitting] = samples.find(([of]) => of === name) as (typeof samples)[number];
    for (const value of values) expect(type.equals(fitting, value)).toBe(false);
  });

  it("reads no value that is stored as another type", () => {
    const others: AttributeValue[] = [
      { S: "other" },
      { N: "0.5" },
      { B: new Uint8Array(1) },
      { BOOL: true },
      { NULL: true },
      { SS: ["a"] },
      { L: [] },
      { M: {} },
    ];
    for (const other of others) {
      const isOwn =
        Object.keys(other)[0] === type.wire && ["string", "boolean", "binary"].includes(name);
      const isNumber = "N" in other && ["number", "decimal"].includes(name);
      if (isOwn || isNumber) continue;
      expect(() => type.decode(other), JSON.stringify(other)).toThrow(Misfit);
    }
  });
});

describe("text", () => {
  it.each(["\ud800", "\udfff", "a\ud83d", "\ude00\ud83d"])(
    "is refused with half a surrogate pair, which the table would change: %j",
    (text) => {
      expect(() => types.string.encode(text)).toThrow(/UTF-8/);
      expect(() => typeOf(t.set(t.string())).encode(new Set([text]))).toThrow(Misfit);
      expect(() => typeOf(t.any()).encode({ a: [text] })).toThrow(Misfit);
      expect(() => typeOf(t.any()).encode({ [text]: 1 })).toThrow(Misfit);
      expect(() => typeOf(t.record(t.integer())).encode({ [text]: 1 })).toThrow(Misfit);
    },
  );
});

describe("numbers", () => {
  it("know no -0", () => {
    expect(types.number.encode(-0)).toEqual({ N: "0" });
    expect(types.integer.encode(-0)).toEqual({ N: "0" });
    expect(types.number.decode({ N: "-0" })).toBe(0);
    expect(types.integer.decode({ N: "-0.0" })).toBe(0);
    expect(types.number.equals(-0, 0)).toBe(true);
  });

  it.each(["9007199254740993", "0.1234567890123456789", "1E400", "1E-400"])(
    "that JavaScript can't hold, as %s, aren't rounded",
    (text) => {
      expect(() => types.number.decode({ N: text })).toThrow(/t\.bigint and t\.decimal/);
      expect(() => types.integer.decode({ N: text })).toThrow(Misfit);
    },
  );

  it.each(["1.5", "9007199254740992", "1E20"])("%s is no safe integer", (text) => {
    expect(() => types.integer.decode({ N: text })).toThrow(Misfit);
    expect(types.number.decode({ N: text })).toBe(Number(text));
  });

  it("in a bigint column are whole", () => {
    expect(types.bigint.decode({ N: "1E+2" })).toBe(100n);
    expect(types.bigint.decode({ N: "1.0" })).toBe(1n);
    expect(types.bigint.decode({ N: "1E125" })).toBe(10n ** 125n);
    expect(() => types.bigint.decode({ N: "1.5" })).toThrow(Misfit);
  });

  it("as decimals are equal by value", () => {
    const [a, b] = [NumberValue.from("1.50"), NumberValue.from("15E-1")];
    expect(types.decimal.equals(a, b)).toBe(true);
    expect(types.decimal.equals(a, NumberValue.from("1.51"))).toBe(false);
  });

  property(
    "survive as doubles whatever they are",
    [fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e125, max: 1e125 })],
    (value) => {
      fc.pre(value === 0 || Math.abs(value) >= 1e-130);
      const wire = types.number.encode(value) as AttributeValue;
      expect(types.number.decode(wire)).toBe(value === 0 ? 0 : value);
    },
  );

  property("are exact only if their digits are", [fc.bigInt(-(10n ** 20n), 10n ** 20n)], (big) => {
    const value = exactNumber(big.toString());
    expect(value !== undefined && BigInt(value) === big).toBe(value !== undefined);
    expect(value === undefined).toBe(
      BigInt(Number(big)) !== big && String(Number(big)) !== `${big}`,
    );
  });
});

describe("bytes", () => {
  it("are copied when they are stored: later changes don't reach the request", () => {
    const bytes = Uint8Array.of(1, 2);
    const wire = types.binary.encode(bytes) as { B: Uint8Array };
    bytes[0] = 9;
    expect([...wire.B]).toEqual([1, 2]);
  });

  it("are read into memory of their own, as the SDK's answers share a pool", () => {
    const pool = new Uint8Array(8192).fill(7);
    const read = types.binary.decode({ B: pool.subarray(10, 13) });
    expect(read).toEqual(Uint8Array.of(7, 7, 7));
    expect(read.buffer.byteLength).toBe(3);
  });

  it("of a Buffer become a plain Uint8Array", () => {
    for (const bytes of [
      types.binary.decode({ B: Buffer.from("ab") }),
      types.binary.copy(Buffer.from("ab")),
    ]) {
      expect(bytes.constructor).toBe(Uint8Array);
      expect([...bytes]).toEqual([97, 98]);
    }
  });

  it("are equal by content", () => {
    expect(types.binary.equals(Uint8Array.of(1), Uint8Array.of(1))).toBe(true);
    expect(types.binary.equals(Uint8Array.of(1), Uint8Array.of(2))).toBe(false);
    expect(types.binary.equals(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  });
});

describe("messages", () => {
  it("say what was expected and what came, also of the table", () => {
    expect(() => types.string.encode(3 as never)).toThrow("expected a string but got 3");
    expect(() => types.boolean.decode({ NULL: true })).toThrow(
      "expected a boolean in the table but found NULL",
    );
    expect(() => types.string.decode({ N: "5" })).toThrow("but found the number 5");
    expect(() => types.string.decode({ L: [] })).toThrow("but found a list");
    expect(() => types.enum.encode("x" as never)).toThrow('one of "draft", "shown" but got "x"');
    expect(() => types.string.encode(null as never)).toThrow(
      "undefined is what leaves a value out",
    );
  });
});
