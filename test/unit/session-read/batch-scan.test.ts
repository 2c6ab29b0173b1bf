import { model, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { infoOf } from "../../../src/model/metadata.js";
import type { StoredItem } from "../../../src/model/scanned-item.js";
import { scanOfBatch } from "../../../src/session/read/answer-scan.js";
import { property } from "../../support/property.js";
import {
  bytesOf,
  decode,
  info as docInfo,
  items,
  parsed,
  shown,
  texts,
  values,
  writeItems,
} from "./scanned-answers.js";

const Tag = model("Tag", {
  forum: t.string().hashKey(),
  count: t.number().optional(),
  meta: t.map({ author: t.string() }).optional(),
  any: t.any().optional(),
});
const Sealed = model("Sealed", {
  forum: t.string().hashKey(),
  own: t.custom({ wire: "S", encode: (value: number) => String(value), decode: Number }),
});
const infos = new Map([
  ["Docs", docInfo],
  ['Tags "é"', infoOf(Tag)],
  ["Sealed", infoOf(Sealed)],
]);
const scan = scanOfBatch(infos);

type Answer = { readonly Responses?: Readonly<Record<string, readonly StoredItem[]>> };

/** That both ways to read a body give the same. */
function expectSame(body: Uint8Array): "scanned" | "left to JSON.parse" {
  const answer = scan?.(body, decode) as Answer | undefined;
  if (answer === undefined) return "left to JSON.parse";
  const { Responses: expected = {}, ...others } = parsed(body) as Answer;
  const { Responses: found = {}, ...facts } = answer;
  expect(facts).toEqual(others);
  expect(Object.keys(answer).sort()).toEqual(Object.keys(parsed(body)).sort());
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [table, stored] of Object.entries(found)) {
    const info = infos.get(table);
    expect(shown(stored, info)).toBe(shown(expected[table] ?? [], info));
  }
  return "scanned";
}

/** Tables with their items, as a list, so that one may come twice. */
const answers = fc.record({
  tables: fc.array(
    fc.tuple(
      fc.constantFrom("Docs", "Docs", 'Tags "é"', 'Tags "é"', "Sealed", "unknown", "__proto__"),
      fc.array(items, { maxLength: 3 }),
    ),
    { maxLength: 3 },
  ),
  unprocessed: fc.option(
    fc.dictionary(
      fc.constantFrom("Docs", 'Tags "é"', "unknown"),
      fc.record({ Keys: fc.array(fc.record({ forum: values }), { minLength: 1, maxLength: 2 }) }),
      { maxKeys: 2 },
    ),
    { nil: undefined },
  ),
  isUnprocessedFirst: fc.boolean(),
  isEscaped: fc.boolean(),
});
type Written = typeof answers extends fc.Arbitrary<infer A> ? A : never;

function write({ tables, unprocessed, isUnprocessedFirst, isEscaped }: Written): Buffer {
  const responses = tables.map(([table, each]) => `${JSON.stringify(table)}:${writeItems(each)}`);
  const members = [`"Responses":{${responses.join()}}`];
  if (unprocessed !== undefined) members.push(`"UnprocessedKeys":${JSON.stringify(unprocessed)}`);
  if (isUnprocessedFirst) members.reverse();
  members.push('"ConsumedCapacity":[{"TableName":"Docs","CapacityUnits":0.5}]');
  return bytesOf(`{${members.join()}}`, isEscaped);
}

describe("a scanned answer of a batch gives the same as JSON.parse", () => {
  property(
    "for whatever items of whatever tables, and is scanned where it has them of known ones alone",
    [answers],
    (answer) => {
      const isKnown = answer.tables.every(([table]) => table === "Docs" || table === 'Tags "é"');
      const isWhole = Object.keys(answer.unprocessed ?? {}).length === 0;
      const expected = isKnown && isWhole ? "scanned" : "left to JSON.parse";
      expect(expectSame(write(answer))).toBe(expected);
    },
    { numRuns: 400 },
  );

  property(
    "for bodies that were cut, changed or doubled anywhere",
    [
      answers,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(fc.constantFrom(...'{}[],:"\\0 n\u0000\n'), texts),
      fc.nat(3),
    ],
    (answer, where, put, cut) => {
      const body = write(answer);
      const at = Math.floor(where * body.length);
      expectSame(Buffer.concat([body.subarray(0, at), Buffer.from(put), body.subarray(at + cut)]));
      expectSame(body.subarray(0, at));
      expectSame(Buffer.concat([body, body]));
    },
    { numRuns: 400 },
  );
});

describe("a batch's answer", () => {
  it.each([
    ["no tables", '{"Responses":{},"UnprocessedKeys":{}}'],
    ["nothing", "{}"],
    [
      "items of two tables",
      '{"Responses":{"Docs":[{"forum":{"S":"a"},"id":{"N":"1"}}],"Tags \\"é\\"":[{"forum":{"S":"a"}}]}}',
    ],
    ["a table without items", '{"Responses":{"Docs":[]},"UnprocessedKeys":{}}'],
  ])("with %s is scanned", (_, body) => {
    expect(expectSame(Buffer.from(body))).toBe("scanned");
  });

  it.each([
    ["an unknown table", '{"Responses":{"Docs":[],"Others":[]}}'],
    ["a table whose items can't be scanned", '{"Responses":{"Sealed":[]}}'],
    ["a table with a name that objects inherit", '{"Responses":{"constructor":[]}}'],
    ["keys that came unprocessed", '{"Responses":{},"UnprocessedKeys":{"Docs":{"Keys":[]}}}'],
    ["no list of items", '{"Responses":{"Docs":{}}}'],
    ["a list of tables", '{"Responses":[]}'],
    ["null", '{"Responses":{"Docs":null}}'],
  ])("with %s is left to JSON.parse", (_, body) => {
    expect(scan?.(Buffer.from(body), decode)).toBeUndefined();
  });

  it("isn't tried where no table's items can be scanned", () => {
    expect(scanOfBatch(new Map([["Sealed", infoOf(Sealed)]]))).toBeUndefined();
  });
});
