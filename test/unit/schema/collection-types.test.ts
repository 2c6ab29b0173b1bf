import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidModel } from "../../../src/schema/errors.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { bytes, decimals } from "./documents.js";
import { thrownBy } from "./thrown-by.js";
import { typeOf } from "./type-of.js";

describe("a list", () => {
  const list = typeOf(t.list(t.string()));
  const dates = typeOf(t.list(t.datetime()));

  it("is stored element by element", () => {
    expect(list.encode(["a", ""])).toEqual({ L: [{ S: "a" }, { S: "" }] });
    expect(list.encode([])).toEqual({ L: [] });
    expect(list.decode({ L: [{ S: "a" }] })).toEqual(["a"]);
    expect(list.name).toBe("list(string)");
    expect(list.element?.name).toBe("string");
  });

  it("has an order", () => {
    expect(list.equals(["a", "b"], ["a", "b"])).toBe(true);
    expect(list.equals(["a", "b"], ["b", "a"])).toBe(false);
    expect(list.equals(["a"], ["a", "b"])).toBe(false);
    expect(list.equals(["a", "b"], ["a"])).toBe(false);
  });

  it("finds a hole different from a value", () => {
    // biome-ignore lint/suspicious/noSparseArray: a list with a hole is what is tested.
    const holed = [, "b"] as string[];
    expect(list.equals(holed, ["a", "b"])).toBe(false);
    expect(list.equals(["a", "b"], holed)).toBe(false);
    expect(() => list.encode(holed)).toThrow(/undefined/);
    expect(() => list.encode(list.copy(holed))).toThrow(/undefined/);
  });

  it.each([
    [["a", 1], [1]],
    [[undefined], [0]],
    [[null], [0]],
  ])("refuses %o, saying where", (value, path) => {
    const error = thrownBy(() => list.encode(value as string[]));
    expect(error).toBeInstanceOf(Misfit);
    expect(error).toMatchObject({ path });
  });

  it.each([["a"], [{ length: 1, 0: "a" }], [new Set(["a"])], [null]])("refuses %o", (value) => {
    expect(() => list.encode(value as never)).toThrow(Misfit);
    expect(list.copy(value as never)).toBe(value);
    expect(list.equals(value as never, ["a"])).toBe(false);
  });

  it("reads elements of its type only, saying where", () => {
    const error = thrownBy(() => list.decode({ L: [{ S: "a" }, { N: "1" }] }));
    expect(error).toMatchObject({ path: [1] });
    expect(() => list.decode({ SS: ["a"] })).toThrow(/list in the table/);
  });

  it("copies deeply", () => {
    const value = [new Date(0)];
    const copy = dates.copy(value);
    value[0]?.setTime(5);
    value.push(new Date(1));
    expect(copy).toEqual([new Date(0)]);
    expect(dates.equals(value, copy)).toBe(false);
  });

  it("of sets has no empty one, which couldn't be stored", () => {
    const sets = typeOf(t.list(t.set(t.string())));
    expect(() => sets.encode([new Set()])).toThrow(/empty set/);
  });
});

describe("a set", () => {
  const texts = typeOf(t.set(t.string()));
  const numbers = typeOf(t.set(t.number()));
  const exact = typeOf(t.set(t.decimal()));
  const binaries = typeOf(t.set(t.binary()));

  it.each<
    [
      string,
      { type: { encode(value: never): unknown; decode(wire: never): unknown } },
      Set<unknown>,
      AttributeValue,
    ]
  >([
    ["string", t.set(t.string()).settings, new Set(["a", ""]), { SS: ["a", ""] }],
    [
      "uuid",
      t.set(t.uuid()).settings,
      new Set(["123e4567-e89b-12d3-a456-426614174000"]),
      { SS: ["123e4567-e89b-12d3-a456-426614174000"] },
    ],
    ["enum", t.set(t.enum("x", "y")).settings, new Set(["y"]), { SS: ["y"] }],
    ["integer", t.set(t.integer()).settings, new Set([3, 1]), { NS: ["3", "1"] }],
    ["number", t.set(t.number()).settings, new Set([0.5]), { NS: ["0.5"] }],
    ["bigint", t.set(t.bigint()).settings, new Set([5n]), { NS: ["5"] }],
    ["decimal", t.set(t.decimal()).settings, new Set([NumberValue.from("1.5")]), { NS: ["1.5"] }],
    ["binary", t.set(t.binary()).settings, new Set([Uint8Array.of(1)]), { BS: [Uint8Array.of(1)] }],
    [
      "datetime",
      t.set(t.datetime()).settings,
      new Set([new Date(0)]),
      { SS: ["1970-01-01T00:00:00.000Z"] },
    ],
    ["timestamp", t.set(t.timestamp()).settings, new Set([new Date(0)]), { NS: ["0"] }],
  ])("of %s is stored as a set", (_, { type }, value, wire) => {
    expect(type.encode(value as never)).toEqual(wire);
    expect(type.decode(wire as never)).toEqual(value);
  });

  it("that is empty is stored as nothing", () => {
    expect(texts.encode(new Set())).toBeUndefined();
  });

  it("has each value once, however it is written", () => {
    const twice = new Set([NumberValue.from("1"), NumberValue.from("1.0"), NumberValue.from("2")]);
    expect(exact.encode(twice)).toEqual({ NS: ["1", "2"] });
    expect(binaries.encode(new Set([Uint8Array.of(1), Uint8Array.of(1)]))).toEqual({
      BS: [Uint8Array.of(1)],
    });
    expect(numbers.encode(new Set([0, -0]))).toEqual({ NS: ["0"] });
  });

  it("is equal whatever its order", () => {
    expect(texts.equals(new Set(["a", "b"]), new Set(["b", "a"]))).toBe(true);
    expect(texts.equals(new Set(["a", "b"]), new Set(["a", "c"]))).toBe(false);
    expect(texts.equals(new Set(["a"]), new Set(["a", "b"]))).toBe(false);
    expect(texts.equals(new Set(["a", "b"]), new Set(["a"]))).toBe(false);
    expect(
      binaries.equals(
        new Set([Uint8Array.of(1), Uint8Array.of(2)]),
        new Set([Uint8Array.of(2), Uint8Array.of(1)]),
      ),
    ).toBe(true);
    expect(exact.equals(new Set([NumberValue.from("1.0")]), new Set([NumberValue.from("1")]))).toBe(
      true,
    );
    expect(
      exact.equals(
        new Set([NumberValue.from("1.0"), NumberValue.from("1")]),
        new Set([NumberValue.from("1"), NumberValue.from("2")]),
      ),
    ).toBe(false);
  });

  it.each([[new Set([1])], [new Set([undefined])], [new Set([null])], [["a"]], ["a"], [null]])(
    "refuses %o",
    (value) => {
      expect(() => texts.encode(value as never)).toThrow(Misfit);
      expect(texts.equals(value as never, new Set(["a"]))).toBe(false);
      expect(() => texts.encode(texts.copy(value as never))).toThrow(Misfit);
    },
  );

  it("reads sets of its own type only", () => {
    expect(() => texts.decode({ NS: ["1"] })).toThrow(/set of string in the table/);
    expect(() => texts.decode({ L: [] })).toThrow(Misfit);
    expect(() => typeOf(t.set(t.enum("x"))).decode({ SS: ["y"] })).toThrow(Misfit);
    expect(() => typeOf(t.set(t.integer())).decode({ NS: ["1.5"] })).toThrow(Misfit);
  });

  it("shares nothing with its copy", () => {
    const [member] = [Uint8Array.of(1)];
    const copy = binaries.copy(new Set([member as Uint8Array]));
    (member as Uint8Array)[0] = 9;
    expect(copy).toEqual(new Set([Uint8Array.of(1)]));
  });

  property("survives", [fc.uniqueArray(bytes, { minLength: 1, selector: String })], (members) => {
    const wire = binaries.encode(new Set(members)) as AttributeValue;
    expect(binaries.decode(wire)).toEqual(new Set(members));
  });

  property(
    "is equal to itself written otherwise",
    [fc.array(decimals, { minLength: 1 })],
    (members) => {
      const again = members.map((each) =>
        NumberValue.from(`${each.toString()}`.replace("E", "0E")),
      );
      const scaled = members.map((each) => {
        const [digits, exponent] = each.toString().split("E");
        return NumberValue.from(`${digits}0E${Number(exponent) - 1}`);
      });
      expect(exact.equals(new Set(members), new Set(scaled.reverse()))).toBe(true);
      const sameValues = again.every(({ value }) => /^-?0+E/.test(value));
      expect(exact.equals(new Set(members), new Set(again))).toBe(sameValues);
    },
  );

  it.each([
    t.boolean(),
    t.any(),
    t.list(t.string()),
    t.set(t.string()),
    t.map({ a: t.string() }),
    t.record(t.string()),
  ])("can't be of $settings.type.name", (element) => {
    expect(() => t.set(element as never)).toThrow(InvalidModel);
  });
});
