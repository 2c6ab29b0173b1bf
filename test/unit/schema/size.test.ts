import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  itemBytes,
  scalarBytes,
  utf8Bytes,
  valueBytes,
  wireJsonAtMost,
  wireJsonBytes,
} from "../../../src/schema/size.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue, WireItem } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { documents } from "./documents.js";

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
