import { model, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { hydrate } from "../../../src/model/hydrate.js";
import { infoOf } from "../../../src/model/metadata.js";
import type { AnyModel } from "../../../src/model/model.js";
import { keyOfStored, ScannedItem, type StoredItem } from "../../../src/model/scanned-item.js";
import { keyFromWire } from "../../../src/schema/key.js";
import type { WireItem } from "../../../src/schema/wire.js";
import type { AnswerScan } from "../../../src/session/aws/answer-body.js";
import { decodeBinary } from "../../../src/session/aws/wire-binary.js";
import { identityAt, identityOf, placeOf, tableNameOf } from "../../../src/session/identity.js";
import { scanOfPages } from "../../../src/session/read/answer-scan.js";
import { RowIdentities } from "../../../src/session/row-identities.js";
import { property } from "../../support/property.js";

/** Types of keys, and what is stored of them: texts that are numbers, and numbers written in other ways. */
const kinds = [
  [() => t.string(), fc.constantFrom("1", "a", "S1:1", "é😀", "T/a", "\0a", "\0S1:1").map(text)],
  [() => t.enum("1", "a"), fc.constantFrom("1", "a").map(text)],
  [() => t.uuid(), fc.uuid().map((uuid) => text(uuid.toUpperCase()))],
  [
    () => t.datetime(),
    fc
      .constantFrom("2026-01-01", "2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00+01:00")
      .map(text),
  ],
  [() => t.integer(), fc.constantFrom("-1", "0", "-0", "1", "10", "1E+2").map(number)],
  [() => t.number(), fc.constantFrom("1", "1.0", "0.10", "-0.5", "1E-9").map(number)],
  [() => t.bigint(), fc.constantFrom("1", "12345678901234567890", "1E+30").map(number)],
  [() => t.decimal(), fc.constantFrom("1", "1.50", "0.1", "12345678901234567890.5").map(number)],
  [() => t.timestamp(), fc.constantFrom("0", "1", "1.5", "-1").map(number)],
  [() => t.binary(), fc.constantFrom("AA==", "MQ==", "AAE=").map((B) => ({ B }))],
] as const;

function text(S: string) {
  return { S };
}

function number(N: string) {
  return { N };
}

/** Models that share a table's name, with each type of key, hash keys alone among them. */
const models = kinds.flatMap(([hash, hashes]) => [
  { info: infoOf(model("Alone", { h: hash().hashKey() }) as AnyModel), hashes, ranges: undefined },
  ...kinds.map(([range, ranges]) => ({
    info: infoOf(
      model("Both", { r: range().rangeKey(), x: t.string().optional(), h: hash().hashKey() }),
    ),
    hashes,
    ranges,
  })),
]);

const rowsOf = ({ info, hashes, ranges }: (typeof models)[number]) =>
  fc.record({
    info: fc.constant(info),
    tableName: fc.constantFrom("T", "T2", "arn:aws:dynamodb:us-east-1:123456789012:table/S1"),
    keys: fc.array(fc.record({ h: hashes, ...(ranges && { r: ranges }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  });

const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

describe("the identity of a row", () => {
  property(
    "is that of its key, whatever rows came before",
    [fc.array(fc.constantFrom(...models).chain(rowsOf), { minLength: 1, maxLength: 4 })],
    (pages) => {
      const identities = new RowIdentities();
      for (const { info, tableName, keys } of pages) {
        const body = JSON.stringify({ Items: keys });
        const scan = scanOfPages(info) as AnswerScan;
        const { Items: items } = scan(Buffer.from(body), decode) as { Items: StoredItem[] };
        const parsed = JSON.parse(body) as { Items: WireItem[] };
        decodeBinary(parsed, decode);
        for (const [at, item] of items.entries()) {
          expect(item).toBeInstanceOf(ScannedItem);
          const wire = parsed.Items[at] as WireItem;
          const identity = identityOf(tableName, keyFromWire(info.table, wire));
          const place = placeOf(identity);
          expect(identities.of(tableName, info, item)).toEqual(place);
          expect(identities.of(tableName, info, wire)).toEqual(place);
          expect(identityAt(place)).toBe(identity);
          expect(tableNameOf(place)).toBe(tableName);
          expect(identityOf(tableName, keyOfStored(info, item))).toBe(identity);
          expect(hydrate(info, item).key?.id).toBe(hydrate(info, wire).key?.id);
        }
      }
    },
    { numRuns: 1000 },
  );
});
