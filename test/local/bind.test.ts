import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { globalIndex, localIndex } from "../../src/schema/index-spec.js";
import { declareTable, type TableOptions, type TableSpec } from "../../src/schema/table.js";
import { t } from "../../src/schema/types.js";
import { AwsClient } from "../../src/session/aws/client.js";
import { Connection } from "../../src/session/connection.js";
import { type BindOptions, bindTables } from "../../src/session/tables/bind.js";
import { TableMismatch, TableNotActive } from "../../src/session/tables/errors.js";
import { makeClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { FaultProxy } from "../support/fault-proxy.js";
import * as faults from "../support/faults.js";
import { freshNames } from "../support/tables.js";

let proxy: FaultProxy;
let nameOf: (name: string) => string;
const direct = makeClient();

beforeAll(async () => {
  proxy = await FaultProxy.start();
});
afterAll(() => proxy.close());
beforeEach(() => {
  proxy.reset();
  nameOf = freshNames();
});

const columns = {
  forum: t.string().hashKey(),
  id: t.string().rangeKey(),
  user: t.string(),
  date: t.datetime(),
  views: t.integer(),
};
const indexes = {
  byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: ["views"] }),
  byDate: localIndex({ rangeKey: "date" }),
};

function declare(model: string, options: TableOptions = {}, more = {}): TableSpec {
  return declareTable(model, { ...columns, ...more }, options);
}

function connect(): Connection {
  return new Connection(new AwsClient(makeClient({ endpoint: proxy.endpoint })));
}

function bind(tables: readonly TableSpec[], options?: BindOptions): Promise<void> {
  const bindings = tables.map((table) => ({ table, tableName: nameOf(table.tableName) }));
  return bindTables(connect(), bindings, options);
}

async function describeTable(name: string) {
  const { Table } = await direct.send(new DescribeTableCommand({ TableName: nameOf(name) }));
  return Table;
}

async function mismatch(promise: Promise<void>): Promise<TableMismatch> {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TableMismatch);
  return error as TableMismatch;
}

/** Answers `DescribeTable` with parts of the answer replaced. */
const describedAs =
  (change: object): faults.Fault =>
  async (exchange) => {
    const { status, body } = await exchange.forward();
    const answer = JSON.parse(body.toString()) as { Table?: object };
    exchange.answer(status, { ...answer, Table: { ...answer.Table, ...change } });
  };

describe("bind", () => {
  it("creates what is missing, and asks nothing more of it the second time", async () => {
    await bind([declare("Post", { indexes, readUnits: 3, writeUnits: 2 }), declare("User")]);
    expect(await describeTable("Post")).toMatchObject({
      TableStatus: "ACTIVE",
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 2 },
      GlobalSecondaryIndexes: [{ IndexName: "byUser" }],
      LocalSecondaryIndexes: [{ IndexName: "byDate" }],
    });
    expect(await describeTable("User")).toMatchObject({ TableStatus: "ACTIVE" });
    proxy.reset();
    await bind([declare("Post", { indexes, readUnits: 3, writeUnits: 2 }), declare("User")]);
    expect(proxy.operations).toEqual(["DescribeTable", "DescribeTable"]);
  });

  it("creates tables side by side", async () => {
    const held = faults.hold();
    proxy.inject({
      operation: "CreateTable",
      when: ({ TableName }) => TableName === nameOf("Post"),
      fault: held.fault,
    });
    const bound = bind([declare("Post"), declare("User")]);
    await held.arrived;
    await expect.poll(() => describeTable("User").catch(() => undefined)).toBeDefined();
    held.release();
    await bound;
  });

  it("takes a table that another process creates at the same time", async () => {
    await Promise.all([bind([declare("Post")]), bind([declare("Post")]), bind([declare("Post")])]);
    expect(await describeTable("Post")).toMatchObject({ TableStatus: "ACTIVE" });
  });

  it("takes a table whose creation was answered too late", async () => {
    proxy.inject({ operation: "CreateTable", fault: faults.dropAnswer() });
    await bind([declare("Post")]);
    expect(proxy.operations.filter((name) => name === "CreateTable")).toHaveLength(2);
  });

  it("asks again when too many tables are being created", async () => {
    const busy = faults.refuse("LimitExceededException", "too many");
    proxy.inject({ operation: "CreateTable", fault: busy, times: 5 });
    await bind([declare("Post")]);
    expect(await describeTable("Post")).toMatchObject({ TableStatus: "ACTIVE" });
  });

  it("waits until the table and its indexes are active", async () => {
    await bind([declare("Post", { indexes })]);
    proxy.reset();
    const creating = describedAs({ TableStatus: "CREATING" });
    const backfilling = describedAs({
      GlobalSecondaryIndexes: [{ IndexName: "byUser", IndexStatus: "CREATING" }],
    });
    proxy.inject({ operation: "DescribeTable", fault: creating });
    proxy.inject({ operation: "DescribeTable", fault: backfilling });
    await bind([declare("Post", { indexes })]);
    expect(proxy.operations).toEqual(["DescribeTable", "DescribeTable", "DescribeTable"]);
  });

  it("waits no longer than it may, and says what for", async () => {
    await bind([declare("Post", { indexes })]);
    const fault = describedAs({ TableStatus: "UPDATING" });
    proxy.inject({ operation: "DescribeTable", fault, times: 999 });
    const error = await bind([declare("Post", { indexes })], { waitMs: 200 }).catch((e) => e);
    expect(error).toBeInstanceOf(TableNotActive);
    expect(error).toMatchObject({
      code: "TABLE_NOT_ACTIVE",
      tableName: nameOf("Post"),
      status: "UPDATING",
    });
  });

  it("doesn't wait for a table that won't become active by itself", async () => {
    await bind([declare("Post")]);
    const fault = describedAs({ TableStatus: "ARCHIVED" });
    proxy.inject({ operation: "DescribeTable", fault, times: 999 });
    await expect(bind([declare("Post")])).rejects.toBeInstanceOf(TableNotActive);
  });

  it("creates a table that was being deleted, once it is gone", async () => {
    proxy.inject({
      operation: "DescribeTable",
      fault: (exchange) => exchange.answer(200, { Table: { TableStatus: "DELETING" } }),
      times: 2,
    });
    await bind([declare("Post")]);
    expect(await describeTable("Post")).toMatchObject({ TableStatus: "ACTIVE" });
  });

  it("stops when the signal gives up", async () => {
    await bind([declare("Post")]);
    const fault = describedAs({ TableStatus: "UPDATING" });
    proxy.inject({ operation: "DescribeTable", fault, times: 999 });
    const bound = bind([declare("Post")], { signal: AbortSignal.timeout(100) });
    await expect(bound).rejects.toMatchObject({
      code: "REQUEST_ABORTED",
      cause: { name: "TimeoutError" },
    });
  });
});

describe("an existing table", () => {
  it("may have more than its models need", async () => {
    await bind([declare("Post", { indexes, readUnits: 3, writeUnits: 2 })]);
    await bind([declare("Post")]);
    await bind([
      declare("Post", {
        indexes: { byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: "keys" }) },
      }),
    ]);
  });

  it("that lacks something is refused, with every difference of every table, and left alone", async () => {
    await bind([declare("Post"), declare("User", { indexes })]);
    const before = [await describeTable("Post"), await describeTable("User")];
    const other = declareTable("User", {
      forum: t.integer().hashKey(),
      other: t.string().rangeKey(),
    });
    const expiring = { expires: t.timestamp().ttl() };
    const error = await mismatch(bind([declare("Post", { indexes }, expiring), other]));
    expect(error.mismatches).toEqual([
      {
        model: "Post",
        tableName: nameOf("Post"),
        differences: [
          expect.stringContaining("byUser is missing"),
          expect.stringContaining("byDate is missing"),
        ],
      },
      {
        model: "User",
        tableName: nameOf("User"),
        differences: [expect.stringContaining("range key"), expect.stringContaining("type N")],
      },
    ]);
    expect([await describeTable("Post"), await describeTable("User")]).toEqual(before);
    expect(proxy.operations).not.toContain("UpdateTimeToLive");
  });

  it("doesn't keep the others from being created", async () => {
    await bind([declare("Post")]);
    const error = await mismatch(bind([declare("Post", { indexes }), declare("New")]));
    expect(error.mismatches.map(({ model }) => model)).toEqual(["Post"]);
    expect(await describeTable("New")).toMatchObject({ TableStatus: "ACTIVE" });
  });
});

describe("bind without creating", () => {
  it("only compares", async () => {
    await bind([declare("Post")]);
    proxy.reset();
    await bind([declare("Post")], { create: false });
    const error = await mismatch(
      bind([declare("Post", { indexes }), declare("Absent")], { create: false }),
    );
    expect(error.mismatches).toMatchObject([
      { model: "Post", differences: [expect.anything(), expect.anything()] },
      { model: "Absent", differences: ["the table doesn't exist"] },
    ]);
    expect(new Set(proxy.operations)).toEqual(new Set(["DescribeTable"]));
    const { TableNames } = await direct.send(new ListTablesCommand({}));
    expect(TableNames).not.toContain(nameOf("Absent"));
  });

  it("doesn't wait either", async () => {
    await bind([declare("Post")]);
    proxy.reset();
    proxy.inject({ operation: "DescribeTable", fault: describedAs({ TableStatus: "UPDATING" }) });
    await bind([declare("Post")], { create: false });
    expect(proxy.operations).toEqual(["DescribeTable"]);
  });
});

describe("a table of two models", () => {
  const shared = { tableName: "Shared" };

  it("is created once, with the indexes of both", async () => {
    const post = declare("Post", { ...shared, indexes });
    const user = declare("User", {
      ...shared,
      indexes: { byViews: globalIndex({ hashKey: "views", projection: "keys" }) },
    });
    await bind([post, user, post]);
    expect(proxy.operations.filter((name) => name === "CreateTable")).toHaveLength(1);
    const table = await describeTable("Shared");
    const names = table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName);
    expect(names?.sort()).toEqual(["byUser", "byViews"]);
    await bind([post]);
    await bind([user]);
  });

  it("is compared with both", async () => {
    await bind([declare("Post", shared)]);
    const error = await mismatch(
      bind([declare("Post", shared), declare("User", { ...shared, indexes })]),
    );
    expect(error.mismatches).toMatchObject([{ model: "User", tableName: nameOf("Shared") }]);
  });

  it("that can't be one is refused before any request", async () => {
    const user = declareTable("User", { forum: t.string().hashKey() }, shared);
    const error = await mismatch(bind([declare("Post", shared), user]));
    expect(error.mismatches).toMatchObject([{ model: "User" }]);
    expect(proxy.log).toEqual([]);
  });
});

describeOnLocal("TTL", () => {
  const expiring = { expires: t.timestamp().ttl().optional() };

  async function ttlOf(name: string) {
    const command = new DescribeTimeToLiveCommand({ TableName: nameOf(name) });
    return (await direct.send(command)).TimeToLiveDescription;
  }

  it("is turned on, once", async () => {
    await bind([declare("Post", {}, expiring)]);
    expect(await ttlOf("Post")).toMatchObject({
      TimeToLiveStatus: "ENABLED",
      AttributeName: "expires",
    });
    proxy.reset();
    await bind([declare("Post", {}, expiring)]);
    expect(proxy.operations).toEqual(["DescribeTable", "DescribeTimeToLive"]);
  });

  it("is turned on for a table that exists", async () => {
    await bind([declare("Post")]);
    await bind([declare("Post", {}, expiring)]);
    expect(await ttlOf("Post")).toMatchObject({ AttributeName: "expires" });
  });

  it("may be turned on by another process meanwhile", async () => {
    await bind([declare("Post")]);
    proxy.inject({ operation: "UpdateTimeToLive", fault: faults.dropAnswer() });
    await bind([declare("Post", {}, expiring)]);
    expect(await ttlOf("Post")).toMatchObject({ AttributeName: "expires" });
  });

  it("that is off, or on another attribute, is a difference", async () => {
    await bind([declare("Post")]);
    const off = await mismatch(bind([declare("Post", {}, expiring)], { create: false }));
    expect(off.differences).toEqual([expect.stringContaining("expires but is DISABLED")]);
    await bind([declare("Post", {}, { ends: t.timestamp().ttl() })]);
    const other = await mismatch(bind([declare("Post", {}, expiring)]));
    expect(other.differences).toEqual([expect.stringContaining("expires but is on ends")]);
  });
}, ["ttl"]);

it("does without TTL on an engine that has none", async () => {
  const unknown = faults.refuse("UnknownOperationException");
  proxy.inject({ operation: "UpdateTimeToLive", fault: unknown });
  await bind([declare("Post", {}, { expires: t.timestamp().ttl() })]);
  expect(proxy.operations.at(-1)).toBe("UpdateTimeToLive");
  expect((await describeTable("Post"))?.TableStatus).toBe("ACTIVE");
});
