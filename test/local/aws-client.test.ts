import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { wireEquals } from "../../src/schema/canonical.js";
import type { WireItem } from "../../src/schema/wire.js";
import { AwsClient, type Client } from "../../src/session/aws/client.js";
import {
  ConditionNotMet,
  isOutcomeUnknown,
  RequestAborted,
  RequestFailed,
  TableNotFound,
  Throttled,
  TransactionCancelled,
} from "../../src/session/aws/request-errors.js";
import { makeClient, makeDocumentClient } from "../support/client.js";
import { itOnLocal } from "../support/engine-facts.js";
import { FaultProxy } from "../support/fault-proxy.js";
import * as faults from "../support/faults.js";
import { createPlainTable, freshName } from "../support/tables.js";

let proxy: FaultProxy;
let TableName: string;
const Key: WireItem = { id: { S: "a" } };

beforeAll(async () => {
  proxy = await FaultProxy.start();
});
afterAll(() => proxy.close());
beforeEach(async () => {
  proxy.reset();
  TableName = freshName("aws");
  await createPlainTable(makeClient(), TableName);
});

const clients: readonly (readonly [string, () => Client])[] = [
  ["a DynamoDBClient", () => makeClient({ endpoint: proxy.endpoint })],
  [
    "a DynamoDBDocumentClient",
    () =>
      makeDocumentClient(
        { endpoint: proxy.endpoint },
        { marshallOptions: { convertEmptyValues: true }, unmarshallOptions: { wrapNumbers: true } },
      ),
  ],
];

/** A write that counts: sent twice, it counts twice. */
function addOne(id = "a") {
  return {
    TableName,
    Key: { id: { S: id } },
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  };
}

async function stored(): Promise<WireItem | undefined> {
  const aws = new AwsClient(makeClient());
  return (await aws.send("GetItem", { TableName, Key, ConsistentRead: true })).output.Item;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it should have been refused"),
    (error: unknown) => error,
  );
}

describe.each(clients)("through %s", (_, make) => {
  const aws = () => new AwsClient(make());

  itOnLocal("sends and receives items in wire form, odd names and exact numbers included", async () => {
    const Item: WireItem = {
      ...Key,
      n: { N: "0.12345678901234567890123456789012345678" },
      b: { B: new Uint8Array([0, 255]) },
      empty: { S: "" },
      set: { NS: ["1", "2"] },
      list: { L: [{ NULL: true }, { M: { length: { BOOL: false } } }] },
      constructor: { S: "constructor" },
      map: { M: { ["__proto__"]: { S: "deep" }, name: { S: "name" } } },
    };
    await aws().send("PutItem", { TableName, Item });
    const { output } = await aws().send("GetItem", { TableName, Key, ConsistentRead: true });
    expect(Object.keys(output.Item ?? {}).sort()).toEqual(Object.keys(Item).sort());
    expect(wireEquals({ M: output.Item ?? {} }, { M: Item })).toBe(true);
  }, ["protoNames"]);

  itOnLocal("gives no attribute that the SDK has lost the value of", async () => {
    const aws = () => new AwsClient(make(), {}, "sdk");
    const Item: WireItem = { ...Key, ["__proto__"]: { S: "lost" }, v: { N: "1" } };
    const shown: WireItem = { ...Key, v: { N: "1" } };
    await aws().send("PutItem", { TableName, Item });
    const one = await aws().send("GetItem", { TableName, Key });
    expect(Object.keys(one.output.Item ?? {}).sort()).toEqual(Object.keys(shown));
    const many = await aws().send("BatchGetItem", {
      RequestItems: { [TableName]: { Keys: [Key] } },
    });
    expect(Object.keys(many.output.Responses?.[TableName]?.[0] ?? {}).sort()).toEqual(["id", "v"]);
    const error = await failure(
      aws().send("DeleteItem", {
        TableName,
        Key,
        ConditionExpression: "attribute_not_exists(id)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    expect(Object.keys((error as ConditionNotMet).item ?? {}).sort()).toEqual(["id", "v"]);
  });

  it("tells attempts, duration and consumed capacity", async () => {
    const answer = await aws().send("PutItem", {
      TableName,
      Item: Key,
      ReturnConsumedCapacity: "TOTAL",
    });
    expect(answer).toMatchObject({ attempts: 1, lostAnswers: 0, consumedCapacity: 1 });
    expect(answer.durationMs).toBeGreaterThan(0);
    expect((await aws().send("PutItem", { TableName, Item: Key })).consumedCapacity).toBe(
      undefined,
    );
  });

  it("counts an attempt whose answer was lost before the one that was answered", async () => {
    proxy.inject({ operation: "UpdateItem", fault: faults.dropAnswer() });
    const answer = await aws().send("UpdateItem", addOne());
    expect(answer).toMatchObject({ attempts: 2, lostAnswers: 1 });
    expect(await stored()).toMatchObject({ n: { N: "2" } });
  });

  it("doesn't resend a write that counts after a lost answer", async () => {
    proxy.inject({ operation: "UpdateItem", fault: faults.dropAnswer() });
    const error = await failure(aws().send("UpdateItem", addOne(), { retry: "provenOnly" }));
    expect(error).toBeInstanceOf(RequestFailed);
    expect(error).toMatchObject({
      code: "REQUEST_FAILED",
      operation: "UpdateItem",
      tableName: TableName,
      attempts: 1,
      lostAnswers: 1,
      isOutcomeUnknown: true,
      isRetryable: true,
      cause: { code: "ECONNRESET" },
    });
    expect(proxy.operations).toEqual(["UpdateItem"]);
    expect(await stored()).toMatchObject({ n: { N: "1" } });
  });

  it("leaves the client's middleware as it was", async () => {
    const client = make();
    const plain = client as DynamoDBClient;
    const facts = () => {
      const { maxAttempts, retryStrategy, retryMode, requestHandler } = plain.config;
      return [
        plain.middlewareStack.identify(),
        plain.send,
        maxAttempts,
        retryStrategy,
        retryMode,
        requestHandler,
      ];
    };
    const before = facts();
    proxy.inject({ operation: "UpdateItem", fault: faults.dropAnswer() });
    await failure(new AwsClient(client).send("UpdateItem", addOne(), { retry: "provenOnly" }));
    await new AwsClient(client).send("PutItem", { TableName, Item: Key });
    expect(facts()).toEqual(before);
  });
});

describe("a write that counts", () => {
  const send = () =>
    new AwsClient(makeClient({ endpoint: proxy.endpoint })).send("UpdateItem", addOne(), {
      retry: "provenOnly",
    });

  it.each([
    ["the connection broke before the service saw it", faults.resetBefore(), undefined],
    ["the service failed before it was carried out", faults.internalError(), undefined],
    ["the service failed after it was carried out", faults.internalError({ landed: true }), "1"],
    ["the answer was cut short", faults.truncatedBody(), "1"],
    ["the answer can't be read", faults.garbageBody(), "1"],
    ["a gateway answered", faults.garbageBody("<html>", 502), "1"],
    ["a gateway gave up waiting", faults.garbageBody("<html>", 504), "1"],
  ])("is sent once when %s", async (_, fault, n) => {
    proxy.inject({ operation: "UpdateItem", fault, times: 9 });
    const error = await failure(send());
    expect(error).toMatchObject({ attempts: 1, lostAnswers: 1, isOutcomeUnknown: true });
    expect(isOutcomeUnknown(error)).toBe(true);
    expect(proxy.operations).toEqual(["UpdateItem"]);
    expect(await stored()).toEqual(n === undefined ? undefined : { ...Key, n: { N: n } });
  });

  it.each([
    ["throttled", faults.throttle()],
    ["throttled by the control plane", faults.throttle("ThrottlingException")],
    ["in the way of a transaction", faults.transactionConflict()],
  ])("is sent again when it was %s", async (_, fault) => {
    proxy.inject({ operation: "UpdateItem", fault, times: 2 });
    expect(await send()).toMatchObject({ attempts: 3, lostAnswers: 0 });
    expect(await stored()).toMatchObject({ n: { N: "1" } });
  });

  it("isn't sent again when its answer was lost after it had been throttled", async () => {
    proxy.inject({ operation: "UpdateItem", fault: faults.throttle() });
    proxy.inject({ operation: "UpdateItem", fault: faults.dropAnswer() });
    expect(await failure(send())).toMatchObject({ attempts: 2, lostAnswers: 1 });
    expect(await stored()).toMatchObject({ n: { N: "1" } });
  });

  it("isn't sent again by a client that retries whatever happens", async () => {
    const stubborn = makeClient({
      endpoint: proxy.endpoint,
      retryStrategy: {
        acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
        refreshRetryTokenForRetry: async (last) => {
          const count = last.getRetryCount() + 1;
          if (count > 5) throw new Error("No more");
          return { getRetryCount: () => count, getRetryDelay: () => 0 };
        },
        recordSuccess: () => {},
      },
    });
    proxy.inject({ operation: "UpdateItem", fault: faults.dropAnswer(), times: 9 });
    const error = await failure(
      new AwsClient(stubborn).send("UpdateItem", addOne(), { retry: "provenOnly" }),
    );
    expect(error).toMatchObject({ attempts: 1, lostAnswers: 1 });
    expect(await stored()).toMatchObject({ n: { N: "1" } });
  });
});

describe("errors", () => {
  const aws = () => new AwsClient(makeClient({ endpoint: proxy.endpoint }));
  const guarded = {
    ConditionExpression: "attribute_not_exists(id)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;

  itOnLocal("tell an unmet condition, with the item as the table holds it", async () => {
    const Item: WireItem = { ...Key, v: { N: "1" } };
    await aws().send("PutItem", { TableName, Item });
    const error = await failure(aws().send("PutItem", { TableName, Item: Key, ...guarded }));
    expect(error).toBeInstanceOf(ConditionNotMet);
    expect(error).toMatchObject({
      item: Item,
      attempts: 1,
      lostAnswers: 0,
      isOutcomeUnknown: false,
    });
  });

  itOnLocal("tell that an unmet condition may be the write's own success", async () => {
    const Item: WireItem = { ...Key, v: { N: "1" } };
    proxy.inject({ operation: "PutItem", fault: faults.dropAnswer() });
    const error = await failure(aws().send("PutItem", { TableName, Item, ...guarded }));
    expect(error).toBeInstanceOf(ConditionNotMet);
    expect(error).toMatchObject({ item: Item, attempts: 2, lostAnswers: 1 });
  });

  itOnLocal("tell why a transaction was cancelled, action by action", async () => {
    const Item: WireItem = { ...Key, v: { N: "1" } };
    await aws().send("PutItem", { TableName, Item });
    const error = await failure(
      aws().send("TransactWriteItems", {
        TransactItems: [
          { Put: { TableName, Item: { id: { S: "b" } } } },
          { Put: { TableName, Item: Key, ...guarded } },
        ],
      }),
    );
    expect(error).toBeInstanceOf(TransactionCancelled);
    expect(error).toMatchObject({
      tables: [TableName],
      reasons: [{ code: "None" }, { code: "ConditionalCheckFailed", item: Item }],
      isOutcomeUnknown: false,
    });
  });

  it("tell throttling that didn't end", async () => {
    proxy.inject({ fault: faults.throttle(), times: 99 });
    const error = await failure(aws().send("PutItem", { TableName, Item: Key }));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ code: "THROTTLED", attempts: 4, isOutcomeUnknown: false });
  });

  it("tell throttling after a lost answer as unknown", async () => {
    proxy.inject({ fault: faults.dropAnswer() });
    proxy.inject({ fault: faults.throttle(), times: 99 });
    const error = await failure(aws().send("PutItem", { TableName, Item: Key }));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ attempts: 4, lostAnswers: 1, isOutcomeUnknown: true });
  });

  it("tell a missing table", async () => {
    const error = await failure(aws().send("PutItem", { TableName: "absent", Item: Key }));
    expect(error).toBeInstanceOf(TableNotFound);
    expect(error).toMatchObject({ code: "TABLE_NOT_FOUND", tableName: "absent" });
  });

  it("tell a refused request as surely not carried out", async () => {
    const error = await failure(aws().send("PutItem", { TableName, Item: {} }));
    expect(error).toMatchObject({
      code: "REQUEST_FAILED",
      reason: "ValidationException",
      attempts: 1,
      isOutcomeUnknown: false,
      isRetryable: false,
    });
  });

  it("tell a transaction under way with the same token as unknown", async () => {
    proxy.inject({ fault: faults.transactionInProgress(), times: 99 });
    const TransactItems = [{ Put: { TableName, Item: Key } }];
    const error = await failure(aws().send("TransactWriteItems", { TransactItems }));
    expect(error).toMatchObject({
      reason: "TransactionInProgressException",
      lostAnswers: 0,
      isOutcomeUnknown: true,
    });
  });

  it("never call a read's outcome unknown", async () => {
    proxy.inject({ fault: faults.resetBefore(), times: 99 });
    const error = await failure(aws().send("GetItem", { TableName, Key }));
    expect(error).toMatchObject({ attempts: 4, lostAnswers: 4, isOutcomeUnknown: false });
  });

  it("tell a service that isn't there as surely not reached", async () => {
    const nowhere = new AwsClient(makeClient({ endpoint: "http://127.0.0.1:1" }));
    const error = await failure(nowhere.send("PutItem", { TableName, Item: Key }));
    expect(error).toMatchObject({ attempts: 4, lostAnswers: 0, isOutcomeUnknown: false });
  });

  it("tell a silent service as unknown", async () => {
    const held = faults.hold();
    proxy.inject({ fault: held.fault });
    const impatient = makeClient({
      endpoint: proxy.endpoint,
      maxAttempts: 1,
      requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true },
    });
    const error = await failure(new AwsClient(impatient).send("PutItem", { TableName, Item: Key }));
    held.release();
    expect(error).toMatchObject({ reason: "TimeoutError", lostAnswers: 1, isOutcomeUnknown: true });
  });
});

describe("a signal", () => {
  const aws = () => new AwsClient(makeClient({ endpoint: proxy.endpoint }));
  const put = (signal: AbortSignal) => aws().send("PutItem", { TableName, Item: Key }, { signal });

  it("that has given up before sends nothing", async () => {
    const reason = new Error("enough");
    const error = await failure(put(AbortSignal.abort(reason)));
    expect(error).toBeInstanceOf(RequestAborted);
    expect(error).toMatchObject({
      code: "REQUEST_ABORTED",
      cause: reason,
      attempts: 0,
      isOutcomeUnknown: false,
    });
    expect(proxy.log).toEqual([]);
  });

  it("that gives up while the answer is awaited leaves the outcome unknown", async () => {
    const held = faults.hold({ landed: true });
    proxy.inject({ fault: held.fault });
    const controller = new AbortController();
    const error = failure(put(controller.signal));
    await held.arrived;
    controller.abort("changed my mind");
    expect(await error).toMatchObject({
      code: "REQUEST_ABORTED",
      cause: "changed my mind",
      attempts: 1,
      lostAnswers: 1,
      isOutcomeUnknown: true,
    });
    held.release();
  });

  it("that gives up between two attempts ends them, surely not carried out", async () => {
    const controller = new AbortController();
    proxy.inject({
      fault: async (exchange) => {
        await faults.throttle()(exchange);
        setTimeout(() => controller.abort(), 20);
      },
      times: 99,
    });
    const slow = makeClient({
      endpoint: proxy.endpoint,
      retryStrategy: {
        acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
        refreshRetryTokenForRetry: async () => ({
          getRetryCount: () => 1,
          getRetryDelay: () => 300,
        }),
        recordSuccess: () => {},
      },
    });
    const sent = new AwsClient(slow).send(
      "PutItem",
      { TableName, Item: Key },
      { signal: controller.signal },
    );
    expect(await failure(sent)).toMatchObject({
      code: "REQUEST_ABORTED",
      attempts: 1,
      isOutcomeUnknown: false,
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(proxy.log).toHaveLength(1);
  });

  it("by a timeout is told with its own reason", async () => {
    const held = faults.hold();
    proxy.inject({ fault: held.fault });
    const error = await failure(put(AbortSignal.timeout(50)));
    held.release();
    expect(error).toMatchObject({ code: "REQUEST_ABORTED", cause: { name: "TimeoutError" } });
  });
});
