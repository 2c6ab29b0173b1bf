import { type Condition, type Engine, globalIndex, localIndex, model, t } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import type { OrderedPath, Path } from "../../src/expr/path.js";
import { infoOf } from "../../src/model/metadata.js";
import type { AnyModel } from "../../src/model/model.js";
import { encodeItem } from "../../src/schema/item-codec.js";
import type { AttributeValue } from "../../src/schema/wire.js";
import { expectRequests } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";

/** Values of one key type in their order, and how a request has them. */
const types = {
  S: {
    make: () => t.string(),
    values: ["a", "aa", "b", "é", "\u{1F600}"],
    wire: (value: unknown): AttributeValue => ({ S: value as string }),
    prefix: "a",
  },
  N: {
    make: () => t.number(),
    values: [-1.5, 0, 2, 10, 1e20],
    wire: (value: unknown): AttributeValue => ({
      N: value === 1e20 ? "100000000000000000000" : String(value),
    }),
    prefix: undefined,
  },
  B: {
    make: () => t.binary(),
    values: [[0], [0, 1], [1], [127], [255]].map((bytes) => Uint8Array.from(bytes)),
    wire: (value: unknown): AttributeValue => ({ B: value as Uint8Array }),
    prefix: Uint8Array.of(0),
  },
} as const;

/** Where a query reads, with the columns of its key. */
const places = [
  { what: "the table", index: undefined, hash: "hash", range: "range" },
  { what: "a local index", index: "byRank", hash: "hash", range: "rank" },
  { what: "a global index", index: "byOther", hash: "other", range: "rank" },
] as const;

function modelOf(name: keyof typeof types) {
  // One of the three makers; the columns' types don't matter here.
  const make = types[name].make as () => ReturnType<typeof t.string>;
  return model(
    "Thing",
    {
      hash: make().hashKey(),
      range: make().rangeKey(),
      other: make().optional(),
      rank: make().optional(),
      at: t.integer(),
    },
    {
      indexes: {
        byRank: localIndex({ rangeKey: "rank" }),
        byOther: globalIndex({ hashKey: "other", rangeKey: "rank" }),
      },
    },
  );
}

interface Row {
  readonly at: number;
}

describe.each(Object.keys(types) as (keyof typeof types)[])("keys of type %s", (name) => {
  const { values, wire, prefix } = types[name];
  const Thing = modelOf(name);
  let bed: Bed;
  let engine: Engine;

  beforeAll(async () => {
    bed = await makeBed([Thing as AnyModel]);
    engine = bed.engine;
    const { table } = infoOf(Thing);
    for (const [at, value] of values.entries()) {
      for (const hash of [values[1], values[2]]) {
        const row: Record<string, unknown> = {
          hash,
          range: value,
          other: hash,
          // The other way round, so that the index has an order of its own.
          rank: values[values.length - 1 - at],
          at,
        };
        await bed.store(
          Thing,
          encodeItem(table, (column) => row[column.name]),
        );
      }
    }
    bed.recorder.clear();
  });

  describe.each(places)("of $what", ({ index, hash, range }) => {
    const paths = Thing.c as unknown as Record<string, Path<string> & OrderedPath<unknown>>;
    const path = paths[range] as OrderedPath<unknown> & Path<string>;
    const [v0, v1, v2, v3, v4] = values;
    const isIndex = index !== undefined;
    /** The rows by the rank of their range key. */
    const rowAt = (at: number) => (isIndex ? values.length - 1 - at : at);

    const operators: [
      string,
      Condition | undefined,
      string,
      readonly unknown[],
      readonly number[],
    ][] = [
      ["no condition", undefined, "", [], [0, 1, 2, 3, 4]],
      ["eq", path.eq(v2 as never), " AND #n1 = :v1", [v2], [2]],
      ["lt", path.lt(v2), " AND #n1 < :v1", [v2], [0, 1]],
      ["lte", path.lte(v2), " AND #n1 <= :v1", [v2], [0, 1, 2]],
      ["gt", path.gt(v2), " AND #n1 > :v1", [v2], [3, 4]],
      ["gte", path.gte(v2), " AND #n1 >= :v1", [v2], [2, 3, 4]],
      ["between", path.between(v0, v3), " AND #n1 BETWEEN :v1 AND :v2", [v0, v3], [0, 1, 2, 3]],
      ["between of one", path.between(v4, v4), " AND #n1 BETWEEN :v1 AND :v1", [v4], [4]],
    ];
    if (prefix !== undefined) {
      const begins = path.beginsWith(prefix as never);
      operators.push(["beginsWith", begins, " AND begins_with(#n1, :v1)", [prefix], [0, 1]]);
    }

    it.each(operators)(
      "finds by %s what it should, by exactly one request",
      async (_, condition, text, used, found) => {
        const hashPath = paths[hash] as Path<string>;
        const equal = hashPath.eq(v1 as never);
        const start = isIndex ? engine.query(Thing).index(index) : engine.query(Thing);
        const query = start.key(condition === undefined ? equal : equal.and(condition));
        const request = {
          TableName: bed.tableName(Thing),
          ...(isIndex && { IndexName: index }),
          KeyConditionExpression: `#n0 = :v0${text}`,
          ExpressionAttributeNames: { "#n0": hash, ...(condition && { "#n1": range }) },
          ExpressionAttributeValues: {
            ":v0": wire(v1),
            ...Object.fromEntries(used.map((value, at) => [`:v${at + 1}`, wire(value)])),
          },
        };
        const rows = found.map(rowAt);
        expect((await query.all()).map(({ at }: Row) => at)).toEqual(rows);
        expectRequests(bed.recorder, [{ operation: "Query", input: request }]);
        expect((await query.descending().all()).map(({ at }: Row) => at)).toEqual(
          [...rows].reverse(),
        );
        expectRequests(bed.recorder, [
          { operation: "Query", input: { ...request, ScanIndexForward: false } },
        ]);
        expect(await query.count()).toBe(rows.length);
        expectRequests(bed.recorder, [
          { operation: "Query", input: { ...request, Select: "COUNT" } },
        ]);
      },
    );

    it("goes on after a cursor, to and fro", async () => {
      const start = isIndex ? engine.query(Thing).index(index) : engine.query(Thing);
      const query = start.key({ [hash]: v1 }).limit(2);
      for (const [each, order] of [
        [query, [0, 1, 2, 3, 4]],
        [query.descending(), [4, 3, 2, 1, 0]],
      ] as const) {
        const first = await each.page();
        const second = await each.after(first.cursor).page();
        const third = await each.after(second.cursor).page();
        const found = [first, second, third].map(({ items }) => items.map(({ at }: Row) => at));
        const [a, b, c, d, e] = order.map(rowAt);
        expect(found).toEqual([[a, b], [c, d], [e]]);
        expect(third.cursor).toBeUndefined();
      }
      bed.recorder.clear();
    });
  });
});
