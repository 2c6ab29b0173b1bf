import type { Condition, Engine } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import type { OrderedPath, Path } from "../../src/expr/path.js";
import type { AnyModel } from "../../src/model/model.js";
import { keyTypeNames, keyTypes, places, storeMatrix, wholeModel } from "../support/key-matrix.js";
import { expectRequests } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";

interface Row {
  readonly at: number;
}

describe.each(keyTypeNames)("keys of type %s", (name) => {
  const { values, wire, prefix } = keyTypes[name];
  const Thing = wholeModel(name);
  let bed: Bed;
  let engine: Engine;

  beforeAll(async () => {
    bed = await makeBed([Thing as AnyModel]);
    engine = bed.engine;
    await storeMatrix(bed, Thing, name);
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
      const query = start.key({ [hash]: v1 } as never).limit(2);
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
