import { createHash } from "node:crypto";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import type { WireItem } from "../../src/schema/wire.js";
import { AwsClient, type Client, type Wire } from "../../src/session/aws/client.js";
import { makeClient, makeDocumentClient } from "../support/client.js";
import { engineHas, itOnLocal } from "../support/engine-facts.js";
import { answering } from "../support/prepared-answers.js";
import { createPlainTable, freshName } from "../support/tables.js";

const bytes = Uint8Array.of(0, 1, 254, 255);
const nested: WireItem = JSON.parse('{"__proto__":{"S":"deep"}}');

/** The oddest name that the engine takes. */
const inner: WireItem = engineHas("protoNames") ? nested : { constructor: { S: "deep" } };

const items: readonly WireItem[] = [
  { id: { S: "scalars" }, s: { S: 'é"\\\n😀' }, n: { N: "100" }, t: { BOOL: false } },
  { id: { S: "empty" }, s: { S: "" }, l: { L: [] }, m: { M: {} }, b: { B: new Uint8Array() } },
  { id: { S: "binary" }, b: { B: bytes }, bs: { BS: [bytes, Uint8Array.of(7)] } },
  { id: { S: "deep" }, m: { M: { l: { L: [{ B: bytes }, { NULL: true }, { M: inner }] } } } },
  { id: { S: "sets" }, ss: { SS: ["B", "BS"] }, ns: { NS: ["-2.5", "1"] } },
  { id: { S: "words" }, B: { S: "B" }, BS: { S: '{"a":null}' }, constructor: { S: "c" } },
];

let TableName: string;
beforeAll(async () => {
  TableName = freshName("wire");
  await createPlainTable(makeClient(), TableName);
  const aws = new AwsClient(makeClient());
  for (const Item of items) await aws.send("PutItem", { TableName, Item });
});

async function readAll(client: Client, wire: Wire) {
  const aws = new AwsClient(client, {}, wire);
  const keys = [...items, { id: { S: "missing" } } as WireItem].map(
    ({ id }) => ({ id }) as WireItem,
  );
  const gets = [];
  for (const Key of keys) gets.push((await aws.send("GetItem", { TableName, Key })).output.Item);
  const transact = await aws.send("TransactGetItems", {
    TransactItems: keys.map((Key) => ({ Get: { TableName, Key } })),
  });
  const batch = await aws.send("BatchGetItem", { RequestItems: { [TableName]: { Keys: keys } } });
  const scan = await aws.send("Scan", { TableName, Limit: 3, ReturnConsumedCapacity: "TOTAL" });
  const query = await aws.send("Query", {
    TableName,
    KeyConditionExpression: "id = :id",
    ExpressionAttributeValues: { ":id": { S: "deep" } },
  });
  const outputs = [transact, batch, scan, query].map(({ output }) => {
    const { $metadata, ...rest } = output;
    expect($metadata.httpStatusCode).toBe(200);
    return rest;
  });
  return { gets, outputs, capacity: scan.consumedCapacity };
}

const clients: readonly (readonly [string, () => Client])[] = [
  ["a DynamoDBClient", () => makeClient()],
  ["a DynamoDBDocumentClient", () => makeDocumentClient({}, {})],
];

describe.each(clients)("%s", (_, make) => {
  itOnLocal("gives the same answers whoever reads their bodies", async () => {
    const direct = await readAll(make(), "direct");
    expect(direct).toEqual(await readAll(make(), "sdk"));
    expect(direct.gets.slice(0, -1)).toEqual(items);
  }, ["transactions"]);

  it("shows a middleware of the user's the items", async () => {
    const client = make();
    const seen: unknown[] = [];
    (client as DynamoDBClient).middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        seen.push((result.output as { Item?: unknown }).Item);
        return result;
      },
      { step: "initialize", name: "users" },
    );
    await new AwsClient(client).send("GetItem", { TableName, Key: { id: { S: "binary" } } });
    expect(seen).toEqual([items[2]]);
  });
});

it("shows a logger the items", async () => {
  const seen: unknown[] = [];
  const ignore = () => {};
  const logger = {
    debug: ignore,
    warn: ignore,
    error: ignore,
    info: (entry: unknown) => seen.push((entry as { output: { Item?: unknown } }).output.Item),
  };
  const aws = new AwsClient(makeClient({ logger }));
  await aws.send("GetItem", { TableName, Key: { id: { S: "sets" } } });
  expect(seen).toEqual([items[4]]);
});

it("keeps the attribute __proto__, which the SDK loses", async () => {
  const Item: WireItem = JSON.parse('{"__proto__":{"S":"own"},"id":{"S":"proto"}}');
  const { client } = answering([{ body: JSON.stringify({ Item }) }]);
  const aws = new AwsClient(client);
  const { output } = await aws.send("GetItem", { TableName, Key: { id: { S: "proto" } } });
  expect(Object.getOwnPropertyDescriptor(output.Item, "__proto__")?.value).toEqual({ S: "own" });
});

/** What leaves for each operation on items, and the input that a stub of `send` would see. */
async function sentBy(wire: Wire, config: DynamoDBClientConfig = {}) {
  const sent: unknown[] = [];
  const handle = async ({ body, headers }: { body: unknown; headers: Record<string, string> }) => {
    const text = typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
    expect(headers["content-length"]).toBe(String(new TextEncoder().encode(text).length));
    const hash = createHash("sha256").update(text).digest("hex");
    expect(headers["x-amz-content-sha256"] ?? hash).toBe(hash);
    sent.push([headers["x-amz-target"], headers["content-type"], JSON.parse(text)]);
    return { response: { statusCode: 200, headers: {}, body: new TextEncoder().encode("{}") } };
  };
  const client = new DynamoDBClient({
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    ...config,
    requestHandler: { handle } as unknown as NonNullable<DynamoDBClientConfig["requestHandler"]>,
  });
  const aws = new AwsClient(client, {}, wire);
  for (const Item of items) {
    const Key = { id: Item["id"] as WireItem[string] };
    const update = {
      TableName,
      Key,
      UpdateExpression: "SET #a = :a",
      ConditionExpression: "attribute_exists(#b)",
      ExpressionAttributeNames: { "#a": 'é"', "#b": "__proto__" },
      ExpressionAttributeValues: { ":a": { M: Item } },
    };
    const values = "ALL_OLD";
    await aws.send("PutItem", { TableName, Item, ReturnValuesOnConditionCheckFailure: values });
    await aws.send("UpdateItem", { ...update, ReturnConsumedCapacity: "TOTAL" });
    await aws.send("DeleteItem", { TableName, Key, ConditionExpression: undefined });
    await aws.send("BatchWriteItem", {
      RequestItems: {
        [TableName]: [{ PutRequest: { Item } }],
        other: [{ DeleteRequest: { Key } }],
      },
    });
    await aws.send("TransactWriteItems", {
      TransactItems: [
        { Put: { TableName, Item } },
        { Update: update },
        { Delete: { TableName, Key } },
      ],
      ClientRequestToken: "token",
    });
    await aws.send("GetItem", { TableName, Key, ConsistentRead: true });
    await aws.send("BatchGetItem", { RequestItems: { [TableName]: { Keys: [Key, Item] } } });
    await aws.send("TransactGetItems", { TransactItems: [{ Get: { TableName, Key } }] });
    const search = {
      TableName,
      ExclusiveStartKey: Item,
      ExpressionAttributeValues: { ":a": { M: Item } },
    };
    await aws.send("Query", { ...search, Limit: 3, KeyConditionExpression: undefined });
    await aws.send("Scan", { ...search, Segment: 0, TotalSegments: 2, Select: "COUNT" });
  }
  return sent;
}

it("sends the same requests whoever writes their bodies", async () => {
  const direct = await sentBy("direct");
  expect(direct).toHaveLength(10 * items.length);
  expect(direct).toEqual(await sentBy("sdk"));
});

it("sends each request to the endpoint that the SDK finds for it", async () => {
  const hosts: string[] = [];
  const handle = async ({ hostname }: { hostname: string }) => {
    hosts.push(hostname);
    return { response: { statusCode: 200, headers: {}, body: new TextEncoder().encode("{}") } };
  };
  const client = new DynamoDBClient({
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: { handle } as unknown as NonNullable<DynamoDBClientConfig["requestHandler"]>,
  });
  const endpoints = ["one", "two"].map((name) => ({ url: new URL(`https://${name}.example`) }));
  let at = 0;
  client.config.endpointProvider = () => endpoints[at] as (typeof endpoints)[number];
  const aws = new AwsClient(client);
  for (at of [0, 0, 1, 0]) await aws.send("GetItem", { TableName, Key: { id: { S: "a" } } });
  expect(hosts).toEqual(["one", "one", "two", "one"].map((name) => `${name}.example`));
});

it("shows a middleware of the user's what is written", async () => {
  const client = makeClient();
  const seen: unknown[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      seen.push((args.input as { Item?: unknown }).Item);
      return next(args);
    },
    { step: "serialize", priority: "low", name: "users" },
  );
  const [Item = {}] = items;
  await new AwsClient(client).send("PutItem", { TableName, Item });
  expect(seen).toEqual([Item]);
});

it("shows a stub of send the whole input", async () => {
  const client = makeClient();
  const seen: unknown[] = [];
  client.send = (async ({ input }: { input: unknown }) => void seen.push(input)) as never;
  const [Item = {}] = items;
  await new AwsClient(client).send("PutItem", { TableName, Item });
  expect(seen).toEqual([{ TableName, Item }]);
});
