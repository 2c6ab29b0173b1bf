import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../../src/session/aws/client.js";
import { RequestAborted } from "../../../src/session/aws/request-errors.js";
import { Connection, type RequestEvent } from "../../../src/session/connection.js";
import { TooManyRequests } from "../../../src/session/errors.js";
import { Announcer, makeEmitter } from "../../../src/session/events.js";

interface Sent {
  readonly input: Readonly<Record<string, unknown>>;
}

/** A client whose `send` is a stub, as test doubles replace it. */
function stubbed(answer: (sent: Sent) => unknown = () => ({})) {
  const sent: Sent[] = [];
  const client = new DynamoDBClient({ region: "us-east-1" });
  Object.assign(client, {
    send: async (command: Sent) => {
      sent.push(command);
      return answer(command);
    },
  });
  return { aws: new AwsClient(client), sent };
}

function listening() {
  const emitter = makeEmitter();
  const heard: RequestEvent[] = [];
  emitter.on("request", (event) => void heard.push(event));
  return { announcer: new Announcer([emitter]), heard, emitter };
}

const get = { TableName: "Posts", Key: { id: { S: "a" } } };

afterEach(() => void vi.restoreAllMocks());

describe("a connection", () => {
  it("counts its requests, apart from those it was derived from", async () => {
    const { aws } = stubbed();
    const connection = new Connection(aws);
    const derived = connection.derive({});
    await connection.send("GetItem", get);
    await derived.send("GetItem", get);
    await derived.send("GetItem", get);
    expect([connection.requests, derived.requests]).toEqual([1, 2]);
  });

  it("shares its places with those derived from it", async () => {
    let most = 0;
    let now = 0;
    const { aws } = stubbed(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return {};
    });
    const connection = new Connection(aws, { concurrency: 2 });
    const all = [connection, connection.derive({}), connection.derive({})];
    await Promise.all(
      all.flatMap((each) => [each.send("GetItem", get), each.send("GetItem", get)]),
    );
    expect(most).toBe(2);
    expect(now).toBe(0);
  });

  it("refuses the request over its limit, and names it", async () => {
    const { aws, sent } = stubbed();
    const connection = new Connection(aws).derive({ maxRequests: 2 });
    await connection.send("GetItem", get);
    await connection.send("GetItem", get);
    const over = connection.send("Query", { TableName: "Users" });
    await expect(over).rejects.toBeInstanceOf(TooManyRequests);
    await expect(over).rejects.toMatchObject({
      code: "TOO_MANY_REQUESTS",
      maxRequests: 2,
      operation: "Query",
      tables: ["Users"],
    });
    expect(sent).toHaveLength(2);
  });

  it("sends nothing for a signal that gives up while the request waits for its turn", async () => {
    let release = () => {};
    const held = new Promise<object>((resolve) => {
      release = () => resolve({});
    });
    const { aws, sent } = stubbed(() => held);
    const connection = new Connection(aws, { concurrency: 1 });
    const controller = new AbortController();
    const first = connection.send("GetItem", get);
    const second = connection.send("GetItem", get, { signal: controller.signal });
    controller.abort("enough");
    await expect(second).rejects.toBeInstanceOf(RequestAborted);
    await expect(second).rejects.toMatchObject({ cause: "enough", attempts: 0 });
    release();
    await first;
    expect(sent).toHaveLength(1);
  });

  it("gives up for its own signal as for the request's", async () => {
    const { aws } = stubbed(() => new Promise(() => {}));
    const controller = new AbortController();
    const connection = new Connection(aws).derive({ signal: controller.signal });
    const own = new AbortController();
    const sent = connection.send("GetItem", get, { signal: own.signal });
    controller.abort("session over");
    await expect(sent).rejects.toMatchObject({ code: "REQUEST_ABORTED", cause: "session over" });
  });
});

describe("listeners of requests", () => {
  it("learn what was sent, and what it took", async () => {
    const { announcer, heard } = listening();
    const { aws } = stubbed(() => ({
      $metadata: { attempts: 2 },
      ConsumedCapacity: { CapacityUnits: 1.5 },
    }));
    const connection = new Connection(aws, { announcer });
    await connection.send("Query", { TableName: "Posts", IndexName: "byUser" });
    expect(heard).toEqual([
      {
        operation: "Query",
        tables: ["Posts"],
        index: "byUser",
        durationMs: expect.any(Number),
        attempts: 2,
        lostAnswers: 1,
        consumedCapacity: 1.5,
        errorCode: undefined,
      },
    ]);
  });

  it("learn of failures", async () => {
    const { announcer, heard } = listening();
    const { aws } = stubbed(() => {
      throw Object.assign(new Error("no"), {
        name: "ValidationException",
        $metadata: { httpStatusCode: 400, attempts: 1 },
      });
    });
    const sent = new Connection(aws, { announcer }).send("BatchWriteItem", {
      RequestItems: { Posts: [], Users: [] },
    });
    await expect(sent).rejects.toMatchObject({ code: "REQUEST_FAILED" });
    expect(heard).toMatchObject([
      {
        operation: "BatchWriteItem",
        tables: ["Posts", "Users"],
        attempts: 1,
        lostAnswers: 0,
        error: { code: "REQUEST_FAILED" },
      },
    ]);
  });

  it("make requests ask for the capacity they consume, and none otherwise", async () => {
    const { announcer } = listening();
    const { aws, sent } = stubbed();
    await new Connection(aws, { announcer }).send("GetItem", get);
    await new Connection(aws, { announcer }).send("DescribeTable", { TableName: "Posts" });
    await new Connection(aws, { announcer: new Announcer([makeEmitter()]) }).send("GetItem", get);
    expect(sent.map(({ input }) => input)).toEqual([
      { ...get, ReturnConsumedCapacity: "TOTAL" },
      { TableName: "Posts" },
      get,
    ]);
  });

  it("break no request by what they throw", async () => {
    const { announcer, emitter } = listening();
    const mistake = new Error("a listener's");
    emitter.on("request", () => {
      throw mistake;
    });
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const answer = await new Connection(stubbed().aws, { announcer }).send("GetItem", get);
    expect(answer.attempts).toBe(1);
    expect(said.mock.calls).toEqual([[mistake]]);
  });
});
