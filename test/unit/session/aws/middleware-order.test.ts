import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, expect, it, vi } from "vitest";
import { type Entry, entriesOf, reuseOrder } from "../../../../src/session/aws/middleware-order.js";
import type { SdkCommand } from "../../../../src/session/aws/operations.js";

afterEach(() => vi.restoreAllMocks());

type Options = { readonly step?: string; readonly name?: string; readonly relation?: string };

/** A client that answers nothing, and the names of the middleware of the test's own that a request passed. */
function makeClient() {
  const passed: string[] = [];
  const client = new DynamoDBClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      handle: async () => ({
        response: { statusCode: 200, headers: {}, body: new TextEncoder().encode("{}") },
      }),
    } as never,
  });
  const add = (
    stack: { add: unknown; addRelativeTo: unknown },
    label: string,
    options: Options,
  ) => {
    const method = options.relation === undefined ? "add" : "addRelativeTo";
    const into = stack as Record<string, (middleware: unknown, options: Options) => void>;
    into[method]?.(
      (next: (args: unknown) => unknown) => (args: unknown) => {
        passed.push(label);
        return next(args);
      },
      options,
    );
  };
  const send = async (...marks: readonly Options[]) => {
    const command = new GetItemCommand({ TableName: "T", Key: { id: { S: "1" } } }) as SdkCommand;
    for (const [at, options] of marks.entries()) {
      add(command.middlewareStack, `command ${at}`, options);
    }
    reuseOrder(command);
    passed.length = 0;
    await client.send(command, {});
    return [...passed];
  };
  return { client, send, add };
}

/** Counts how often a stack is sorted to tell its order. */
function spyOnSorting(client: DynamoDBClient) {
  const { concat } = client.middlewareStack;
  const sorted = vi.fn();
  vi.spyOn(client.middlewareStack, "concat").mockImplementation((from) => {
    const joined = concat(from);
    sorted();
    return joined as never;
  });
  return sorted;
}

const first = { step: "initialize", name: "first" };
const early = { relation: "before", toMiddleware: "serializerMiddleware", name: "early" };
const late = { step: "deserialize", name: "late" };

it("sorts the same middleware once, whatever the order in which it was added to", async () => {
  const { client, send } = makeClient();
  const sorted = spyOnSorting(client);
  const marks = [late, early, first];
  const order = await send(...marks);
  expect(order).toEqual(["command 2", "command 1", "command 0"]);
  const before = sorted.mock.calls.length;
  expect(await send(...marks)).toEqual(order);
  expect(sorted.mock.calls.length).toBe(before);
  expect(await send(early, first, late)).toEqual(["command 1", "command 0", "command 2"]);
});

it("gives the order that the SDK would", async () => {
  const passed: string[][] = [];
  for (const reuses of [false, true, true]) {
    const { client } = makeClient();
    const stack = telling(client);
    const command = new GetItemCommand({ TableName: "T", Key: { id: { S: "1" } } }) as SdkCommand;
    if (reuses) reuseOrder(command);
    const names: string[] = [];
    await command.resolveMiddleware(stack(names), client.config, {})(command);
    passed.push(names);
  }
  expect(passed[0]).toContain("retryMiddleware");
  expect(passed).toEqual([passed[0], passed[0], passed[0]]);
});

/** The client's stack with each middleware telling its name as it is passed. */
function telling({ middlewareStack }: DynamoDBClient) {
  return (passed: string[]) => {
    const told = middlewareStack.clone();
    for (const { name } of entriesOf(middlewareStack as never)) told.remove(name as string);
    for (const { middleware, ...place } of entriesOf(middlewareStack as never)) {
      const telling: Entry["middleware"] = (next, context) => {
        const handler = middleware(next, context);
        return (args) => {
          passed.push(place.name as string);
          return handler(args);
        };
      };
      if (place.relation === undefined) told.add(telling as never, place as never);
      else told.addRelativeTo(telling as never, place as never);
    }
    return told;
  };
}

it("finds what a client's user adds and removes between two requests", async () => {
  const { client, send, add } = makeClient();
  expect(await send(late)).toEqual(["command 0"]);
  add(client.middlewareStack, "user's", { step: "build", name: "users" });
  expect(await send(late)).toEqual(["user's", "command 0"]);
  client.middlewareStack.remove("users");
  expect(await send(late)).toEqual(["command 0"]);
});

it("leaves middleware without a name, and with one twice, to the SDK", async () => {
  const { client, send, add } = makeClient();
  add(client.middlewareStack, "nameless", { step: "build" });
  for (let round = 0; round < 2; round++) {
    expect(await send(late)).toEqual(["nameless", "command 0"]);
  }
  await expect(send(late, late)).rejects.toThrow("Duplicate middleware name 'late'");
});

it("leaves a stack that prints its names to the SDK", async () => {
  const { client, send } = makeClient();
  client.middlewareStack.identifyOnResolve(true);
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  await send(late);
  expect(log.mock.calls.flat(2)).toContain("late - deserialize");
});
