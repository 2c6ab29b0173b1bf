import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeClient } from "./client.js";
import { describeOnLocal } from "./engine-facts.js";
import { FaultProxy } from "./fault-proxy.js";
import * as faults from "./faults.js";
import { createPlainTable, freshName } from "./tables.js";
import { unprocessed } from "./unprocessed.js";

let proxy: FaultProxy;
let table: string;
const direct = makeClient();
const through = (maxAttempts = 4) => makeClient({ endpoint: proxy.endpoint, maxAttempts });
const put = (id: string) => new PutItemCommand({ TableName: table, Item: { id: { S: id } } });
const outcomes = () => proxy.log.map(({ outcome }) => outcome.join(", "));

async function stored(): Promise<string[]> {
  const { Items = [] } = await direct.send(
    new ScanCommand({ TableName: table, ConsistentRead: true }),
  );
  return Items.map((item: Record<string, AttributeValue>) => item["id"]?.S ?? "").sort();
}

beforeAll(async () => {
  proxy = await FaultProxy.start();
});
afterAll(() => proxy.close());
beforeEach(async () => {
  proxy.reset();
  table = freshName("faults");
  await createPlainTable(direct, table);
});

describe("the fault proxy", () => {
  it("passes requests unchanged and logs them", async () => {
    await through().send(put("a"));
    expect(await stored()).toEqual(["a"]);
    expect(proxy.log).toMatchObject([
      {
        operation: "PutItem",
        body: { TableName: table, Item: { id: { S: "a" } } },
        outcome: ["forwarded: 200"],
      },
    ]);
  });

  it("passes the engine's errors", async () => {
    const get = new GetItemCommand({ TableName: "absent", Key: { id: { S: "a" } } });
    await expect(through().send(get)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("drops the answer after the write landed", async () => {
    proxy.inject({ operation: "PutItem", fault: faults.dropAnswer() });
    await expect(through(1).send(put("a"))).rejects.toMatchObject({ $metadata: { attempts: 1 } });
    expect(await stored()).toEqual(["a"]);
    expect(outcomes()).toEqual(["forwarded: 200, dropped"]);
  });

  it("resets the connection before the write", async () => {
    proxy.inject({ fault: faults.resetBefore() });
    await expect(through(1).send(put("a"))).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await stored()).toEqual([]);
  });

  it("is resent by the SDK, which says how often", async () => {
    proxy.inject({ times: 2, fault: faults.resetBefore() });
    const { $metadata } = await through().send(put("a"));
    expect($metadata.attempts).toBe(3);
    expect(outcomes()).toEqual(["reset", "reset", "forwarded: 200"]);
  });

  it.each([
    ["internalError", faults.internalError(), "InternalServerError", []],
    ["internalError landed", faults.internalError({ landed: true }), "InternalServerError", ["a"]],
    ["throttle", faults.throttle(), "ProvisionedThroughputExceededException", []],
    ["throttle", faults.throttle("ThrottlingException"), "ThrottlingException", []],
    ["conflict", faults.transactionConflict(), "TransactionConflictException", []],
  ])("answers with an error: %s", async (_, fault, name, expected) => {
    proxy.inject({ fault });
    await expect(through(1).send(put("a"))).rejects.toMatchObject({ name });
    expect(await stored()).toEqual(expected);
  });

  it.each([
    ["truncated", faults.truncatedBody()],
    ["garbage", faults.garbageBody()],
  ])("spoils the answer after the write landed: %s", async (outcome, fault) => {
    proxy.inject({ fault });
    const request = new PutItemCommand({
      TableName: table,
      Item: { id: { S: "a" } },
      ReturnConsumedCapacity: "TOTAL",
    });
    await expect(through(1).send(request)).rejects.toBeInstanceOf(Error);
    expect(await stored()).toEqual(["a"]);
    expect(outcomes()).toEqual(
      outcome === "truncated" ? ["forwarded: 200, truncated"] : ["forwarded: 200, garbage"],
    );
  });

  it("delays requests and answers", async () => {
    proxy.inject({ fault: faults.delay({ before: 40, after: 40 }) });
    const start = performance.now();
    await through().send(put("a"));
    expect(performance.now() - start).toBeGreaterThanOrEqual(75);
  });

  it("holds a request until it is released", async () => {
    const held = faults.hold();
    proxy.inject({ fault: held.fault });
    const answer = through().send(put("a"));
    await held.arrived;
    expect(await stored()).toEqual([]);
    held.release();
    await answer;
    expect(await stored()).toEqual(["a"]);
  });

  it("holds an answer until it is released", async () => {
    const held = faults.hold({ landed: true });
    proxy.inject({ fault: held.fault });
    const answer = through().send(put("a"));
    await held.arrived;
    expect(await stored()).toEqual(["a"]);
    held.release();
    await answer;
  });

  it("chooses by operation, body, place and number", async () => {
    const injection = proxy.inject({
      operation: ["PutItem", "DeleteItem"],
      when: (body) => JSON.stringify(body["Item"]).includes("x"),
      nth: 2,
      times: 2,
      fault: faults.throttle(),
    });
    const client = through(1);
    const results: string[] = [];
    for (const id of ["x1", "y1", "x2", "x3", "x4"]) {
      results.push(
        await client.send(put(id)).then(
          () => "ok",
          () => "refused",
        ),
      );
    }
    expect(results).toEqual(["ok", "ok", "refused", "refused", "ok"]);
    expect(injection).toMatchObject({ seen: 4, met: 2 });
    injection.remove();
    expect(await stored()).toEqual(["x1", "x4", "y1"]);
  });

  it("throttles everything after a number of requests", async () => {
    const injection = proxy.inject({ nth: 3, times: Infinity, fault: faults.throttle() });
    const client = through(1);
    await client.send(put("a"));
    await client.send(put("b"));
    await expect(client.send(put("c"))).rejects.toThrow("Rate exceeded");
    await expect(client.send(put("d"))).rejects.toThrow("Rate exceeded");
    injection.remove();
    await client.send(put("e"));
    expect(await stored()).toEqual(["a", "b", "e"]);
  });
});

describe("the fault proxy and batches", () => {
  const write = (ids: string[]) =>
    new BatchWriteItemCommand({
      RequestItems: { [table]: ids.map((id) => ({ PutRequest: { Item: { id: { S: id } } } })) },
    });
  const read = (ids: string[]) =>
    new BatchGetItemCommand({
      RequestItems: {
        [table]: { Keys: ids.map((id) => ({ id: { S: id } })), ConsistentRead: true },
      },
    });

  it("leaves some items unprocessed", async () => {
    proxy.inject({ operation: "BatchWriteItem", fault: unprocessed(1) });
    const { UnprocessedItems } = await through().send(write(["a", "b", "c"]));
    expect(await stored()).toEqual(["a"]);
    expect(UnprocessedItems).toEqual(write(["b", "c"]).input.RequestItems);
    expect(outcomes()).toEqual(["unprocessed: 2, forwarded: 200"]);
  });

  it("leaves all items unprocessed, repeatedly", async () => {
    proxy.inject({ operation: "BatchWriteItem", times: 2, fault: unprocessed() });
    const client = through();
    for (let round = 0; round < 2; round += 1) {
      const { UnprocessedItems } = await client.send(write(["a", "b"]));
      expect(UnprocessedItems).toEqual(write(["a", "b"]).input.RequestItems);
    }
    expect(await stored()).toEqual([]);
    expect((await client.send(write(["a", "b"]))).UnprocessedItems).toEqual({});
    expect(await stored()).toEqual(["a", "b"]);
  });

  it("leaves keys unprocessed, with what was asked of their table", async () => {
    await direct.send(write(["a", "b"]));
    proxy.inject({ operation: "BatchGetItem", fault: unprocessed(1) });
    proxy.inject({ operation: "BatchGetItem", fault: unprocessed() });
    const some = await through().send(read(["a", "b"]));
    expect(some.Responses).toEqual({ [table]: [{ id: { S: "a" } }] });
    expect(some.UnprocessedKeys).toEqual({
      [table]: { ConsistentRead: true, Keys: [{ id: { S: "b" } }] },
    });
    const none = await through().send(read(["a", "b"]));
    expect(none.UnprocessedKeys).toEqual(read(["a", "b"]).input.RequestItems);
  });
});

describeOnLocal("the fault proxy and transactions", () => {
  const transact = (ids: string[]) =>
    new TransactWriteItemsCommand({
      TransactItems: ids.map((id) => ({ Put: { TableName: table, Item: { id: { S: id } } } })),
    });

  it("cancels a transaction for contention", async () => {
    proxy.inject({ fault: faults.transactionCancelled(["None", "TransactionConflict"]) });
    await expect(through(1).send(transact(["a", "b"]))).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "None" }, { Code: "TransactionConflict" }],
    });
    expect(await stored()).toEqual([]);
    await through(1).send(transact(["a", "b"]));
    expect(await stored()).toEqual(["a", "b"]);
  });

  it("says that a transaction is in progress", async () => {
    proxy.inject({ fault: faults.transactionInProgress() });
    await expect(through(1).send(transact(["a"]))).rejects.toMatchObject({
      name: "TransactionInProgressException",
    });
  });
});
