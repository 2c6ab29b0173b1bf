import type { Condition } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import type { AnyPath } from "../../src/expr/path.js";
import type { AnyModel } from "../../src/model/model.js";
import type { AttributeValue } from "../../src/schema/wire.js";
import {
  filteredModel,
  keyTypeNames,
  keyTypes,
  places,
  storeMatrix,
} from "../support/key-matrix.js";
import { expectRequests } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";

describe.each(keyTypeNames)("values of type %s", (type) => {
  const { values, wire, prefix } = keyTypes[type];
  const [v0, partition, v2, v3] = values;
  const Thing = filteredModel(type);
  // The three types' paths differ in type alone; this one takes what any of them does.
  const value = Thing.c.value as unknown as AnyPath;
  const twin = Thing.c.twin as unknown as AnyPath;
  let bed: Bed;

  beforeAll(async () => {
    bed = await makeBed([Thing as AnyModel]);
    await storeMatrix(bed, Thing, type, (at) => ({
      // The last item has none.
      value: at === 4 ? undefined : values[at],
      twin: v2,
    }));
  });

  /** What is said, how it is sent, the values beside the key's, and `at` of what it lets through. */
  const operators: [string, Condition, string, readonly AttributeValue[], readonly number[]][] = [
    ["eq", value.eq(v2), "#n1 = :v1", [wire(v2)], [2]],
    ["eq of nothing", value.eq(undefined), "attribute_not_exists(#n1)", [], [4]],
    ["ne", value.ne(v2), "#n1 <> :v1", [wire(v2)], [0, 1, 3, 4]],
    ["lt", value.lt(v2), "#n1 < :v1", [wire(v2)], [0, 1]],
    ["lte", value.lte(v2), "#n1 <= :v1", [wire(v2)], [0, 1, 2]],
    ["gt", value.gt(v2), "#n1 > :v1", [wire(v2)], [3]],
    ["gte", value.gte(v2), "#n1 >= :v1", [wire(v2)], [2, 3]],
    ["between", value.between(v0, v2), "#n1 BETWEEN :v1 AND :v2", [wire(v0), wire(v2)], [0, 1, 2]],
    ["in", value.in(v0, v3), "#n1 IN (:v1, :v2)", [wire(v0), wire(v3)], [0, 3]],
    ["exists", value.exists(), "attribute_exists(#n1)", [], [0, 1, 2, 3]],
    ["missing", value.missing(), "attribute_not_exists(#n1)", [], [4]],
    ["isType", value.isType(type), "attribute_type(#n1, :v1)", [{ S: type }], [0, 1, 2, 3]],
    ["isType of another", value.isType("L"), "attribute_type(#n1, :v1)", [{ S: "L" }], []],
    ["a column, by eq", value.eq(twin), "#n1 = #n2", [], [2]],
    ["a column, by gt", value.gt(twin), "#n1 > #n2", [], [3]],
    [
      "a column, by between",
      value.between(v0, twin),
      "#n1 BETWEEN :v1 AND #n2",
      [wire(v0)],
      [0, 1, 2],
    ],
    ["a column, by in", value.in(twin, v0), "#n1 IN (#n2, :v1)", [wire(v0)], [0, 2]],
    ["the key's own value", value.eq(partition), "#n1 = :v0", [], [1]],
    ["and", value.gte(v2).and(twin.eq(v2)), "#n1 >= :v1 AND #n2 = :v1", [wire(v2)], [2, 3]],
    [
      "or",
      value.eq(v0).or(value.missing()),
      "#n1 = :v1 OR attribute_not_exists(#n1)",
      [wire(v0)],
      [0, 4],
    ],
    ["not", value.eq(v2).not(), "NOT #n1 = :v1", [wire(v2)], [0, 1, 3, 4]],
  ];
  if (prefix !== undefined) {
    operators.push(
      ["beginsWith", value.beginsWith(prefix), "begins_with(#n1, :v1)", [wire(prefix)], [0, 1]],
      ["size", value.size().gte(1), "size(#n1) >= :v1", [{ N: "1" }], [0, 1, 2, 3]],
      ["size of two", value.size().lte(twin.size()), "size(#n1) <= size(#n2)", [], [0, 2, 3]],
    );
  }

  // Part of binary is asked for only of a document without a schema.
  if (type === "S") {
    operators.push(["contains", value.contains("a"), "contains(#n1, :v1)", [wire("a")], [0, 1]]);
  }

  describe.each(places)("in a query of $what", ({ index, hash }) => {
    const order = index === undefined ? [0, 1, 2, 3, 4] : [4, 3, 2, 1, 0];

    it.each(operators)(
      "are found by %s, by exactly one request",
      async (_, condition, text, more, found) => {
        const key = { [hash]: partition } as never;
        const start = bed.engine.query(Thing);
        const query = index === undefined ? start.key(key) : start.index(index).key(key);
        const all = await query.filter(condition).all();
        expect(all.map(({ at }) => at)).toEqual(order.filter((at) => found.includes(at)));
        const names = { "#n1": "value", ...(text.includes("#n2") && { "#n2": "twin" }) };
        expectRequests(bed.recorder, [
          {
            operation: "Query",
            input: {
              TableName: bed.tableName(Thing),
              ...(index !== undefined && { IndexName: index }),
              KeyConditionExpression: "#n0 = :v0",
              FilterExpression: text,
              ExpressionAttributeNames: { "#n0": hash, ...names },
              ExpressionAttributeValues: {
                ":v0": wire(partition),
                ...Object.fromEntries(more.map((each, at) => [`:v${at + 1}`, each])),
              },
            },
          },
        ]);
      },
    );
  });
});
