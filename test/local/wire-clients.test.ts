import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Engine, type EngineOptions } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { AwsClient, type Wire } from "../../src/session/aws/client.js";
import { makeClient } from "../support/client.js";
import { Post, User } from "../support/models.js";
import { answering } from "../support/prepared-answers.js";
import { makeBed } from "../support/test-bed.js";

type Client = NonNullable<EngineOptions["client"]>;
type View = { readonly config?: object; readonly middlewareStack?: unknown };

/** A client that shows other things of itself, and the answers that its `send` gives to whoever looks. */
function seenAs(view: (client: DynamoDBClient) => View) {
  const client = makeClient();
  const answers: Record<string, unknown>[] = [];
  const send = async (...args: Parameters<DynamoDBClient["send"]>) => {
    const answer: unknown = await client.send(...args);
    answers.push({ ...(answer as object) });
    return answer;
  };
  return { client: { ...view(client), send } as unknown as Client, answers };
}

/** What makes a client one whose bodies only the SDK can read and write. */
const views: Readonly<Record<string, (client: DynamoDBClient) => View>> = {
  "no protocol": ({ config, middlewareStack }) => ({
    config: { ...config, protocol: undefined },
    middlewareStack,
  }),
  "a protocol that doesn't tell its name": ({ config, middlewareStack }) => ({
    config: { ...config, protocol: {} },
    middlewareStack,
  }),
  "another protocol": ({ config, middlewareStack }) => ({
    config: { ...config, protocol: { getShapeId: () => "smithy.protocols#rpcv2Cbor" } },
    middlewareStack,
  }),
  "no configuration": ({ middlewareStack }) => ({ middlewareStack }),
  "no middleware": ({ config }) => ({ config }),
  "no serializer": (client) => without(client, "serializerMiddleware"),
  "no deserializer": (client) => without(client, "deserializerMiddleware"),
};

function without({ config, middlewareStack }: DynamoDBClient, name: string): View {
  const stack = middlewareStack.clone();
  expect(stack.remove(name)).toBe(true);
  return { config, middlewareStack: stack };
}

describe.each(Object.entries(views))("a client with %s", (_, view) => {
  it("reads and writes by the SDK alone", async () => {
    const { client, answers } = seenAs(view);
    const { stored, tableName } = await makeBed([Post]);
    const engine = new Engine({ client, tableName: () => tableName(Post) });
    const keys = [1, 2].map((id) => ({ forum: "f", id }));
    await using session = engine.session();
    session.add(keys.map((key) => new Post({ ...key, content: "é", tags: new Set(["a"]) })));
    await session.commit();
    const item = { forum: { S: "f" }, views: { N: "0" }, c: { S: "é" }, tags: { SS: ["a"] } };
    expect(await stored(Post, keys[0] as object)).toEqual({ ...item, id: { N: "1" } });

    answers.length = 0;
    await using other = engine.session();
    const post = await other.require(Post, { forum: "f", id: 1 });
    expect(post).toEqual(new Post({ forum: "f", id: 1, content: "é", tags: new Set(["a"]) }));
    expect(await other.query(Post).key({ forum: "f" }).all()).toHaveLength(2);
    expect(answers).toMatchObject([
      { Item: { ...item, id: { N: "1" } } },
      { Items: [1, 2].map((id) => ({ ...item, id: { N: `${id}` } })) },
    ]);
    post.views += 1;
    await other.commit();
    expect(await stored(Post, keys[0] as object)).toMatchObject({ views: { N: "1" } });
  });
});

it("a middleware that was added after the first request sees all items from then on", async () => {
  const client = makeClient();
  const { engine, stored } = await makeBed([User], { client });
  const user = new User({ id: "a", name: "Ann" });
  const item = { id: { S: "a" }, name: { S: "Ann" }, admin: { BOOL: false } };
  const readAll = async () => {
    await using session = engine.session();
    const { id } = await session.require(User, { id: "a" });
    return [id, ...(await engine.query(User).key({ id }).all()).map(({ name }) => name)];
  };
  await engine.save(user);
  expect(await readAll()).toEqual(["a", "Ann"]);

  const seen: unknown[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const { Item: written } = args.input as { Item?: unknown };
      if (written !== undefined) seen.push(written);
      const result = await next(args);
      const { Item, Items } = result.output as { Item?: unknown; Items?: unknown };
      seen.push(Item ?? Items);
      return result;
    },
    { step: "initialize", name: "users" },
  );
  expect(await readAll()).toEqual(["a", "Ann"]);
  expect(seen).toEqual([item, [item]]);

  seen.length = 0;
  await using session = engine.session();
  session.put(new User({ id: "a", name: "Bob" }));
  await session.commit();
  expect(seen[0]).toEqual({ ...item, name: { S: "Bob" } });
  expect(await stored(User, { id: "a" })).toEqual(seen[0]);

  client.middlewareStack.remove("users");
  seen.length = 0;
  expect(await readAll()).toEqual(["a", "Bob"]);
  expect(seen).toEqual([]);
});

/** A client whose requests go to the endpoint of an account, as the SDK finds it. */
async function hostsOf(wire: Wire) {
  const accounts = ["111111111111", "111111111111", "222222222222", "111111111111"];
  let at = 0;
  const { client, sent } = answering([{ body: "{}" }], {
    accountIdEndpointMode: "required",
    // Asked anew for each request: they have expired.
    credentials: async () => ({
      accessKeyId: "local",
      secretAccessKey: "local",
      accountId: accounts[at] as string,
      expiration: new Date(0),
    }),
  });
  const aws = new AwsClient(client, {}, wire);
  const named = { TableName: "T", Key: { id: { S: "a" } } };
  for (at of accounts.keys()) {
    await aws.send("GetItem", named);
    await aws.send("PutItem", { TableName: "T", Item: named.Key });
    await aws.send("BatchWriteItem", {
      RequestItems: { T: [{ PutRequest: { Item: named.Key } }] },
    });
    await aws.send("TransactGetItems", { TransactItems: [{ Get: named }] });
  }
  return { accounts, hosts: sent.map(({ hostname }) => hostname) };
}

it("sends each request to the endpoint of its account, whoever writes its body", async () => {
  const { hosts, accounts } = await hostsOf("direct");
  expect(hosts).toEqual(
    accounts.flatMap((account) => Array(4).fill(`${account}.ddb.us-east-1.amazonaws.com`)),
  );
  expect(hosts).toEqual((await hostsOf("sdk")).hosts);
});

it("sends requests for a table's ARN to the endpoint of its account", async () => {
  const ask = async (wire: Wire) => {
    const { client, sent } = answering([{ body: "{}" }], {
      credentials: { accessKeyId: "local", secretAccessKey: "local", accountId: "111111111111" },
    });
    const aws = new AwsClient(client, {}, wire);
    for (const account of ["111111111111", "222222222222", "111111111111"]) {
      const TableName = `arn:aws:dynamodb:us-east-1:${account}:table/T`;
      await aws.send("GetItem", { TableName, Key: { id: { S: "a" } } });
    }
    return sent.map(({ hostname }) => hostname.split(".")[0]);
  };
  const hosts = await ask("direct");
  expect(hosts).toEqual(["111111111111", "222222222222", "111111111111"]);
  expect(hosts).toEqual(await ask("sdk"));
});

describe("an answer with members that are null", () => {
  const bodies = [
    '{"Item":{"id":{"S":"a"},"name":null},"ConsumedCapacity":null}',
    '{"Item":{"id":{"S":"a"},"name":{"S":null}}}',
    '{"Item":{"id":{"S":"a"},"name":{"S":"null"},"admin": null}}',
    '{"Item":null}',
    '{"Count":1,"Items":[{"id":{"S":"a"},"name":null}],"LastEvaluatedKey":null}',
    '{"Count":1,"Items":[{"id":{"S":"a"},"more":{"L":[null,{"NULL":true}]}}],"ScannedCount":null}',
    '{"Count":1,"Items":[{"id":{"S":"a"},"more":{"M":{"x":null}}}]}',
    '{"Count":0,"Items":null}',
  ];

  it.each(bodies)("is the same, whoever reads it: %s", async (body) => {
    const read = async (wire: Wire) => {
      const { client } = answering([{ body }]);
      const aws = new AwsClient(client, {}, wire);
      const engine = new Engine({ client, wire });
      const results = await Promise.allSettled([
        aws.send("GetItem", { TableName: "T", Key: { id: { S: "a" } } }),
        aws.send("Query", { TableName: "T" }),
        engine.query(User).key({ id: "a" }).all(),
      ]);
      // Not how long it took.
      return results.map((result) =>
        result.status === "rejected"
          ? `${result.reason}`
          : "output" in result.value
            ? result.value.output
            : result.value,
      );
    };
    expect(await read("direct")).toStrictEqual(await read("sdk"));
  });
});
