import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { makeClient, makeDocumentClient } from "./client.js";
import { FaultProxy } from "./fault-proxy.js";
import { resetBefore } from "./faults.js";
import { expectRequests, record } from "./recorder.js";
import { createPlainTable, freshName } from "./tables.js";

const table = freshName("recorded");
const Item = { id: { S: "a" }, blob: { B: new Uint8Array([1, 2]) } };
const get = (id: string) => ({ TableName: table, Key: { id: { S: id } } });

beforeAll(async () => {
  await createPlainTable(makeClient(), table);
});

describe("the recorder", () => {
  it("notes operation, input and attempts, and changes nothing", async () => {
    const client = makeClient();
    const recorder = record(client);
    await client.send(new PutItemCommand({ TableName: table, Item }));
    const { Item: found } = await client.send(new GetItemCommand(get("a")));
    expect(found).toEqual(Item);
    expect(recorder.requests).toEqual([
      { operation: "PutItem", input: { TableName: table, Item }, attempts: 1 },
      { operation: "GetItem", input: get("a"), attempts: 1 },
    ]);
    expect(recorder.operations).toEqual(["PutItem", "GetItem"]);
  });

  it("keeps inputs as they were when sent", async () => {
    const client = makeClient();
    const recorder = record(client);
    const input = get("a");
    await client.send(new GetItemCommand(input));
    input.Key.id.S = "changed";
    expectRequests(recorder, [{ operation: "GetItem", input: get("a") }]);
  });

  it("shows a document client's requests in wire form", async () => {
    const client = makeDocumentClient();
    const recorder = record(client);
    await client.send(new PutCommand({ TableName: table, Item: { id: "b", n: 1 } }));
    expectRequests(recorder, [
      {
        operation: "PutItem",
        input: { TableName: table, Item: { id: { S: "b" }, n: { N: "1" } } },
      },
    ]);
  });

  it("notes errors and the SDK's resends", async () => {
    await using proxy = await FaultProxy.start();
    const client = makeClient({ endpoint: proxy.endpoint });
    const recorder = record(client);
    proxy.inject({ fault: resetBefore() });
    await client.send(new GetItemCommand(get("a")));
    const absent = client.send(new GetItemCommand({ ...get("a"), TableName: "absent" }));
    await expect(absent).rejects.toThrow();
    expect(recorder.requests).toMatchObject([
      { operation: "GetItem", attempts: 2 },
      { operation: "GetItem", attempts: 1, error: "ResourceNotFoundException" },
    ]);
  });

  it("compares exactly, in order or in any order, and then forgets", async () => {
    const client = makeClient();
    const recorder = record(client);
    const expected = ["a", "b"].map((id) => ({ operation: "GetItem", input: get(id) }));
    const sendBoth = () =>
      Promise.all(["b", "a"].map((id) => client.send(new GetItemCommand(get(id)))));
    await sendBoth();
    expect(() => expectRequests(recorder, expected)).toThrow();
    await sendBoth();
    expectRequests(recorder, expected, { anyOrder: true });
    expectRequests(recorder, []);
    await sendBoth();
    const other = [{ operation: "GetItem", input: { ...get("a"), ConsistentRead: true } }];
    expect(() => expectRequests(recorder, other, { anyOrder: true })).toThrow();
  });
});
