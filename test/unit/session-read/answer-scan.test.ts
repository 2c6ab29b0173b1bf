import { model, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { infoOf } from "../../../src/model/metadata.js";
import { keyOfStored, type ScannedItem, type StoredItem } from "../../../src/model/scanned-item.js";
import { scanOfPages } from "../../../src/session/read/answer-scan.js";
import { property } from "../../support/property.js";
import { expectSame, info, key, one, pages, scanned, texts, write } from "./scanned-answers.js";

describe("a scanned answer gives the same as JSON.parse", () => {
  property(
    "for whatever items",
    [pages],
    (page) => {
      expectSame(write(page));
    },
    { numRuns: 600 },
  );

  property(
    "for bodies that were cut, changed or doubled anywhere",
    [
      pages,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(fc.constantFrom(...'{}[],:"\\0 n\u0000\n'), texts),
      fc.nat(3),
    ],
    (page, where, put, cut) => {
      const body = write(page);
      const at = Math.floor(where * body.length);
      const changed = Buffer.concat([
        body.subarray(0, at),
        Buffer.from(put),
        body.subarray(at + cut),
      ]);
      expectSame(changed);
      expectSame(body.subarray(0, at));
      expectSame(Buffer.concat([body, body]));
    },
  );

  property("for bytes that aren't UTF-8", [fc.uint8Array({ maxLength: 6 })], (bytes) => {
    const [head = "", tail = ""] = '{"Items":[{"forum":{"S":"a|"},"id":{"N":"1"}}]}'.split("|");
    expectSame(Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]));
  });
});

/** JSON in so many lists and maps, in turns that a pattern gives. */
function nested(levels: number, isMap: readonly boolean[], innermost: string): string {
  const kinds = Array.from({ length: levels }, (_, level) => isMap[level % isMap.length]);
  const open = kinds.map((each) => (each ? '{"x":' : "["));
  const close = kinds.map((each) => (each ? "}" : "]")).reverse();
  return `${open.join("")}${innermost}${close.join("")}`;
}

/** The same as attribute values, each of which is two levels of JSON. */
function nestedValue(levels: number, isMap: readonly boolean[]): string {
  const kinds = Array.from({ length: levels }, (_, level) => isMap[level % isMap.length]);
  const open = kinds.map((each) => (each ? '{"M":{"x":' : '{"L":['));
  const close = kinds.map((each) => (each ? "}}" : "]}")).reverse();
  return `${open.join("")}{"S":"a"}${close.join("")}`;
}

/** How deep an attribute's value may be, or a member of the answer. */
const deepest = 100;

describe("JSON of any depth", () => {
  const around = (edge: number) =>
    fc.oneof(fc.integer({ min: edge - 3, max: edge + 3 }), fc.nat(3 * edge));
  const patterns = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 });
  const keys = '"forum":{"S":"cats"},"id":{"N":"1"}';
  const places = fc.constantFrom<(json: string) => string>(
    (json) => `{"Items":[{${keys},"unknown":${json}}]}`,
    (json) => `{"Items":[{"unknown":${json},${keys}},{${keys}}]}`,
    (json) => `{"Items":[{${keys}}],"ConsumedCapacity":${json}}`,
    (json) => `{"Items":[{${keys}}],"LastEvaluatedKey":{"forum":${json}}}`,
    // An item with a misfit is read anew, as a whole.
    (json) => `{"Items":[{${keys},"count":{"S":"x"},"unknown":${json}}]}`,
  );

  property(
    "is scanned as long as it isn't too deep, and else left to JSON.parse",
    [places, around(deepest), patterns, fc.constantFrom("1", '"a"', "true")],
    (place, levels, isMap, innermost) => {
      const body = Buffer.from(place(nested(levels, isMap, innermost)));
      expect(expectSame(body)).toBe(levels <= deepest ? "scanned" : "left to JSON.parse");
    },
  );

  property(
    "is scanned as deep as DynamoDB lets values be, whatever column they are for",
    [
      fc.constantFrom("any", "text", "meta", "lines", "grid", "scores", "unknown"),
      around(deepest / 2),
      patterns,
    ],
    (attribute, levels, isMap) => {
      const value = nestedValue(levels, isMap);
      const found = expectSame(Buffer.from(`{"Items":[{${keys},"${attribute}":${value}}]}`));
      if (levels <= 32) expect(found).toBe("scanned");
      if (2 * levels > deepest) expect(found).toBe("left to JSON.parse");
    },
  );
});

describe("a scan", () => {
  it.each<[string, object | string]>([
    ["in the columns' order", { ...key, text: { S: "a" }, flag: { BOOL: true } }],
    ["in another order", { flag: { BOOL: false }, id: { N: "1" }, forum: { S: "cats" } }],
    ["with what the model doesn't know", { ...key, other: { M: { a: { L: [{ NULL: true }] } } } }],
    ["with escapes", '{"forum":{"S":"\\u0063\\n\\""},"id":{"N":"1"},"\\u0074ext":{"S":"x"}}'],
    ["with more than ASCII", { ...key, text: { S: "Café 😀" }, 'é"n': { S: "ü" } }],
    [
      "with an attribute twice",
      '{"forum":{"S":"a"},"id":{"N":"1"},"text":{"S":"b"},"text":{"S":"c"}}',
    ],
    [
      "with types that it leaves to decoding",
      { ...key, raw: { B: "AAE=" }, words: { SS: ["a"] }, any: { NS: ["1"] } },
    ],
    ["with a value that doesn't fit", { ...key, count: { S: "many" } }],
    [
      "with an undeclared member",
      { ...key, meta: { M: { author: { S: "a" }, more: { S: "b" } } } },
    ],
    ["with a member missing", { ...key, meta: { M: {} } }],
    ["with a negative zero", { ...key, count: { N: "-0" } }],
    ["with a fraction", { ...key, ratio: { N: "2.5" } }],
    ["of an empty text", { forum: { S: "" }, id: { N: "0" } }],
  ])("takes an item %s", (_, item) => {
    expect(expectSame(one(item))).toBe("scanned");
  });

  it.each([
    ["spaces", '{"Items": []}'],
    ["null", '{"Items":[],"LastEvaluatedKey":null}'],
    ["a null inside an item", '{"Items":[{"forum":{"S":"a"},"id":{"N":"1"},"text":null}]}'],
    ["what isn't JSON", '{"Items":[{"forum":{"S":"a"},"id":{"N":"1"},"text":{"S":"\\x"}}]}'],
    ["a control sign in a text", '{"Items":[{"forum":{"S":"\t"},"id":{"N":"1"}}]}'],
    ["more behind it", '{"Items":[]}{}'],
    ["no end", '{"Items":[{"forum":{"S":"a'],
    ["an escape at the end", '{"Items":[{"forum":{"S":"a\\'],
    ["nothing", ""],
    ["another answer", "[]"],
    ["a number that JSON doesn't have", '{"Count":01,"Items":[]}'],
    ["JSON of great depth", `{"Items":[{"x":${"[".repeat(200)}${"]".repeat(200)}}]}`],
  ])("leaves a body with %s to JSON.parse", (_, body) => {
    expect(scanned(Buffer.from(body))).toBeUndefined();
  });

  it("gives one string for texts that repeat themselves, and another for others", () => {
    const texts = ["same", "same", "Same", "", "same-but-longer-than-a-few", "same"];
    const written = texts.map((text, at) =>
      JSON.stringify({ forum: { S: text }, id: { N: `${at}` } }),
    );
    const { Items = [] } = scanned(Buffer.from(`{"Items":[${written.join()}]}`)) ?? {};
    expect(Items.map((item) => (item as ScannedItem).flat[0])).toEqual(texts);
  });

  it("knows a key as JSON's objects do", () => {
    const { Items = [] } = scanned(one({ forum: { S: "a" }, id: { N: "10" } })) ?? {};
    const key = keyOfStored(info, Items[0] as StoredItem);
    expect(key.wire).toEqual({ forum: { S: "a" }, id: { N: "10" } });
    expect(() =>
      keyOfStored(info, scanned(one({ forum: { S: "a" } }))?.Items?.[0] as StoredItem),
    ).toThrow("An item of Doc came without its key.");
  });

  it("isn't tried where stored values must be kept, or names need care", () => {
    const Custom = model("Custom", {
      id: t.string().hashKey(),
      own: t.custom({ wire: "S", encode: (value: number) => String(value), decode: Number }),
    });
    const Odd = model("Odd", { id: t.string().hashKey(), toString: t.string().optional() });
    expect(scanOfPages(infoOf(Custom))).toBeUndefined();
    expect(scanOfPages(infoOf(Odd))).toBeUndefined();
  });
});
