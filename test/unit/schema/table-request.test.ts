import { describe, expect, it } from "vitest";
import { globalIndex, localIndex } from "../../../src/schema/index-spec.js";
import { declareTable } from "../../../src/schema/table.js";
import { createTableInput } from "../../../src/schema/table-request.js";
import { t } from "../../../src/schema/types.js";

describe("the CreateTable input", () => {
  it("is that of bloop's README for the same model", () => {
    const table = declareTable(
      "Model",
      {
        name: t.uuid().hashKey(),
        date: t.datetime().rangeKey(),
        email: t.string(),
        joined: t.string(),
        not_projected: t.integer(),
      },
      {
        tableName: "CustomTableName",
        writeUnits: 2,
        readUnits: 3,
        indexes: {
          by_email: globalIndex({
            hashKey: "email",
            readUnits: 4,
            projection: "all",
            writeUnits: 5,
          }),
          by_joined: localIndex({ rangeKey: "joined", projection: ["email"] }),
        },
      },
    );
    expect(createTableInput(table)).toStrictEqual({
      TableName: "CustomTableName",
      GlobalSecondaryIndexes: [
        {
          KeySchema: [{ KeyType: "HASH", AttributeName: "email" }],
          IndexName: "by_email",
          Projection: { ProjectionType: "ALL" },
          ProvisionedThroughput: { WriteCapacityUnits: 5, ReadCapacityUnits: 4 },
        },
      ],
      LocalSecondaryIndexes: [
        {
          KeySchema: [
            { KeyType: "HASH", AttributeName: "name" },
            { KeyType: "RANGE", AttributeName: "joined" },
          ],
          IndexName: "by_joined",
          Projection: {
            ProjectionType: "INCLUDE",
            NonKeyAttributes: ["joined", "email", "name", "date"],
          },
        },
      ],
      ProvisionedThroughput: { WriteCapacityUnits: 2, ReadCapacityUnits: 3 },
      KeySchema: [
        { KeyType: "HASH", AttributeName: "name" },
        { KeyType: "RANGE", AttributeName: "date" },
      ],
      AttributeDefinitions: [
        { AttributeType: "S", AttributeName: "name" },
        { AttributeType: "S", AttributeName: "date" },
        { AttributeType: "S", AttributeName: "email" },
        { AttributeType: "S", AttributeName: "joined" },
      ],
    });
  });

  it("is of a key alone on demand, under the name that the engine gives it", () => {
    const table = declareTable("User", { id: t.uuid().hashKey(), admin: t.boolean() });
    expect(createTableInput(table, "dev-User")).toStrictEqual({
      TableName: "dev-User",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    });
  });

  it("names attributes, not columns, each once and with its type", () => {
    const table = declareTable(
      "Post",
      {
        forum: t.string().hashKey().as("f"),
        id: t.binary().rangeKey().as("i"),
        views: t.integer().as("v"),
        note: t.string().as("n"),
        version: t.version().as("x"),
      },
      {
        indexes: {
          byViews: localIndex({ rangeKey: "views", projection: ["note"] }),
          byViewsToo: globalIndex({ hashKey: "views", rangeKey: "forum", projection: "keys" }),
        },
      },
    );
    const input = createTableInput(table);
    expect(input.AttributeDefinitions).toEqual([
      { AttributeName: "f", AttributeType: "S" },
      { AttributeName: "i", AttributeType: "B" },
      { AttributeName: "v", AttributeType: "N" },
    ]);
    expect(input.LocalSecondaryIndexes?.[0]?.Projection).toEqual({
      ProjectionType: "INCLUDE",
      NonKeyAttributes: ["v", "n", "x", "f", "i"],
    });
    expect(input.GlobalSecondaryIndexes?.[0]).toStrictEqual({
      IndexName: "byViewsToo",
      KeySchema: [
        { AttributeName: "v", KeyType: "HASH" },
        { AttributeName: "f", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["v", "f", "x", "i"] },
    });
  });

  it("gives a global index the table's units where it states none, a local one none", () => {
    const table = declareTable(
      "Post",
      { forum: t.string().hashKey(), id: t.integer().rangeKey(), user: t.string() },
      {
        readUnits: 7,
        writeUnits: 8,
        indexes: {
          byUser: globalIndex({ hashKey: "user", projection: "keys" }),
          byUserHere: localIndex({ rangeKey: "user", projection: "keys" }),
        },
      },
    );
    const input = createTableInput(table);
    expect(input.GlobalSecondaryIndexes?.[0]?.ProvisionedThroughput).toEqual({
      ReadCapacityUnits: 7,
      WriteCapacityUnits: 8,
    });
    expect(input.GlobalSecondaryIndexes?.[0]?.Projection).toEqual({ ProjectionType: "KEYS_ONLY" });
    expect(input.LocalSecondaryIndexes?.[0]).not.toHaveProperty("ProvisionedThroughput");
    expect(input).not.toHaveProperty("BillingMode");
  });
});
