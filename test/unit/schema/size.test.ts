import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  itemBytes,
  scalarBytes,
  utf8Bytes,
  valueAtMost,
  valueBytes,
  wireJsonAtMost,
  wireJsonBytes,
} from "../../../src/schema/size.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue, WireItem } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { documents } from "./documents.js";
import { typeOf } from "./type-of.js";

const encoder = new TextEncoder();

describe("the bytes of a text", () => {
  property("are those of its UTF-8", [fc.string({ unit: "binary" })], (text) => {
    expect(utf8Bytes(text)).toBe(encoder.encode(text).byteLength);
  });
});

describe("the size of a value, as the AWS guide counts it", () => {
  it.each<[AttributeValue, number]>([
    [{ S: "" }, 0],
    [{ S: "é" }, 2],
    [{ N: "0" }, 1],
    [{ N: "1" }, 2],
    [{ N: "-1" }, 3],
    [{ N: "123" }, 3],
    [{ N: "100" }, 2],
    [{ N: "0.01" }, 2],
    [{ N: "9".repeat(38) }, 20],
    [{ B: new Uint8Array(5) }, 5],
    [{ BOOL: true }, 1],
    [{ NULL: true }, 1],
    [{ SS: ["a", "bc"] }, 3],
    [{ NS: ["1", "100"] }, 4],
    [{ BS: [new Uint8Array(2)] }, 2],
    [{ L: [] }, 3],
    [{ L: [{ S: "a" }] }, 5],
    [{ M: {} }, 3],
    [{ M: { ab: { S: "c" } } }, 7],
  ])("of %o is %i", (value, bytes) => {
    expect(valueBytes(value)).toBe(bytes);
  });

  it("of an item is that of its names and values", () => {
    expect(itemBytes({ id: { S: "abc" }, é: { N: "1" } })).toBe(2 + 3 + 2 + 2);
    expect(itemBytes({})).toBe(0);
  });

  it("of a key is that of its value", () => {
    expect(scalarBytes({ S: "é" })).toBe(2);
    expect(scalarBytes({ B: new Uint8Array(3) })).toBe(3);
    expect(scalarBytes({ N: "12" })).toBe(2);
  });
});

describe("the size of an item on the wire", () => {
  property("is never less than that of its JSON", [documents], (document) => {
    const item: WireItem = { value: t.any().settings.type.encode(document) as AttributeValue };
    const json = JSON.stringify(item, (_, part: unknown) =>
      part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part,
    );
    expect(wireJsonBytes(item)).toBeGreaterThanOrEqual(encoder.encode(json).byteLength - 2);
  });

  property("is never more than at most", [documents], (document) => {
    const item: WireItem = { value: t.any().settings.type.encode(document) as AttributeValue };
    expect(wireJsonAtMost(item)).toBeGreaterThanOrEqual(wireJsonBytes(item));
    expect(wireJsonAtMost(item)).toBeGreaterThanOrEqual(itemBytes(item));
  });
});

describe("the most that a value can take", () => {
  const any = typeOf(t.any());

  property("is never less than what it takes", [documents], (document) => {
    const wire = any.encode(document);
    const bytes = wire === undefined ? 0 : valueBytes(wire);
    expect(valueAtMost(any, document)).toBeGreaterThanOrEqual(bytes);
  });

  it("is told of dates, and near what plain text takes", () => {
    const date = new Date(0);
    const stored = typeOf(t.datetime()).encode(date) as AttributeValue;
    expect(valueAtMost(typeOf(t.datetime()), date)).toBeGreaterThanOrEqual(valueBytes(stored));
    expect(valueAtMost(typeOf(t.string()), "x".repeat(100))).toBe(300);
  });

  it("isn't told of what only encoding knows: custom types and undeclared members", () => {
    const custom = t.custom<number, "S">({
      wire: "S",
      encode: (length) => "x".repeat(length),
      decode: (text) => text.length,
    });
    expect(valueAtMost(typeOf(custom), 5)).toBe(Number.POSITIVE_INFINITY);
    expect(valueAtMost(typeOf(t.list(custom)), [5])).toBe(Number.POSITIVE_INFINITY);
    const map = typeOf(t.map({ a: t.string() }));
    const carrying = map.decode({ M: { a: { S: "" }, b: { S: "x".repeat(1000) } } });
    expect(valueAtMost(map, { a: "" })).toBeLessThan(100);
    expect(valueAtMost(map, carrying)).toBe(Number.POSITIVE_INFINITY);
    expect(valueAtMost(map, map.copy(carrying))).toBe(Number.POSITIVE_INFINITY);
  });
});
