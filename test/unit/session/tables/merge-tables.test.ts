import { describe, expect, it } from "vitest";
import { globalIndex, localIndex } from "../../../../src/schema/index-spec.js";
import { declareTable, type TableOptions } from "../../../../src/schema/table.js";
import { createTableInput } from "../../../../src/schema/table-request.js";
import { t } from "../../../../src/schema/types.js";
import { mergeTables } from "../../../../src/session/tables/merge-tables.js";

const columns = { pk: t.string().hashKey(), sk: t.string().rangeKey() };
const declare = (model: string, options: TableOptions = {}, more = {}) =>
  declareTable(model, { ...columns, ...more }, { tableName: "Shared", ...options });

describe("a table of one model", () => {
  it("is requested as its model says", () => {
    const post = declare("Post", { readUnits: 3, writeUnits: 2 });
    const { request, conflicts, ttl } = mergeTables([post], "dev-Shared");
    expect(request).toEqual(createTableInput(post, "dev-Shared"));
    expect(conflicts.size).toBe(0);
    expect(ttl).toBe(undefined);
  });
});

describe("a table of several models", () => {
  it("has the indexes and attributes of all", () => {
    const post = declare(
      "Post",
      { indexes: { byDate: globalIndex({ hashKey: "date" }) } },
      { date: t.datetime() },
    );
    const user = declare(
      "User",
      {
        indexes: {
          byDate: globalIndex({ hashKey: "date" }),
          byAge: localIndex({ rangeKey: "age", projection: "keys" }),
        },
      },
      { date: t.datetime(), age: t.integer(), expires: t.timestamp().ttl().optional() },
    );
    const { request, ttl, conflicts } = mergeTables([post, user], "Shared");
    expect(conflicts.size).toBe(0);
    expect(request.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(["byDate"]);
    expect(request.LocalSecondaryIndexes?.map(({ IndexName }) => IndexName)).toEqual(["byAge"]);
    expect(request.AttributeDefinitions).toEqual([
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
      { AttributeName: "date", AttributeType: "S" },
      { AttributeName: "age", AttributeType: "N" },
    ]);
    expect(ttl).toBe("expires");
  });

  it("has the units of the one that is provisioned, on the others' indexes too", () => {
    const post = declare(
      "Post",
      { indexes: { byDate: globalIndex({ hashKey: "date" }) } },
      { date: t.datetime() },
    );
    const user = declare("User", { readUnits: 3, writeUnits: 2 });
    const { request, conflicts } = mergeTables([post, user], "Shared");
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 2 };
    expect(conflicts.size).toBe(0);
    expect(request).toMatchObject({
      ProvisionedThroughput: units,
      GlobalSecondaryIndexes: [{ ProvisionedThroughput: units }],
    });
    expect(request.BillingMode).toBe(undefined);
  });

  it("is refused where keys, types, capacity, indexes or TTL disagree, by model", () => {
    const post = declare(
      "Post",
      {
        readUnits: 1,
        writeUnits: 1,
        indexes: { byDate: globalIndex({ hashKey: "date" }) },
      },
      { date: t.datetime(), expires: t.timestamp().ttl() },
    );
    const fine = declare("Fine");
    const user = declareTable(
      "User",
      { pk: t.string().hashKey(), date: t.timestamp(), ends: t.timestamp().ttl() },
      {
        readUnits: 2,
        writeUnits: 1,
        indexes: { byDate: globalIndex({ hashKey: "date", projection: "keys" }) },
      },
    );
    const { conflicts } = mergeTables([post, fine, user], "Shared");
    expect([...conflicts.keys()]).toEqual(["User"]);
    for (const what of ["the table's key", "capacity", "type of date", "index byDate", "TTL"]) {
      expect(conflicts.get("User")?.join("\n")).toContain(what);
    }
  });

  it("is refused where one has a global index and another a local one of the same name", () => {
    const indexed = (model: string, index: "global" | "local") =>
      declare(
        model,
        {
          indexes: {
            byAge:
              index === "global"
                ? globalIndex({ hashKey: "pk", rangeKey: "age" })
                : localIndex({ rangeKey: "age" }),
          },
        },
        { age: t.integer() },
      );
    const { conflicts } = mergeTables([indexed("A", "global"), indexed("B", "local")], "Shared");
    expect(conflicts.get("B")?.join()).toContain("the index byAge");
  });
});
