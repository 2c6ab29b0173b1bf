import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { AwsClient, defaultClient } from "../../../../src/session/aws/client.js";
import { isOutcomeUnknown } from "../../../../src/session/aws/request-errors.js";
import { quickRetries } from "../../../support/quick-retries.js";

const put = { TableName: "Posts", Item: { id: { S: "a" } } };

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

function respond(statusCode: number, body: object | string): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { statusCode, headers: {}, body: new TextEncoder().encode(text) };
}

/** A client whose connection answers, or fails, as the steps say. */
function scripted(steps: readonly (Response | Error)[], config: DynamoDBClientConfig = {}) {
  let at = 0;
  const client = new DynamoDBClient({
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    retryStrategy: quickRetries(4),
    ...config,
    requestHandler: {
      handle: async () => {
        const step = steps[Math.min(at++, steps.length - 1)] as Response | Error;
        if (step instanceof Error) throw step;
        return { response: step };
      },
    } as NonNullable<DynamoDBClientConfig["requestHandler"]>,
  });
  return { aws: new AwsClient(client, { sleep: async () => {} }), client, sent: () => at };
}

function stubbed(answer: () => Promise<unknown>) {
  const client = new DynamoDBClient({ region: "us-east-1" });
  Object.assign(client, { send: answer });
  return new AwsClient(client, { sleep: async () => {} });
}

const networkError = (code: string, name = "Error") =>
  Object.assign(new Error(`connect ${code}`), { code, name });

const conflict = {
  __type: "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
  message: "Transaction is ongoing for the item",
};

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it should have failed"),
    (error: unknown) => error,
  );
}

describe("an attempt that never left", () => {
  it.each([
    ["refused", networkError("ECONNREFUSED", "TimeoutError")],
    ["without a name", networkError("ENOTFOUND")],
    ["without a name for now", networkError("EAI_AGAIN")],
    [
      "never connected",
      Object.assign(
        new Error("the request socket did not establish a connection with the server within 3 ms"),
        { name: "TimeoutError" },
      ),
    ],
    ["wrapped", Object.assign(new TypeError("fetch failed"), { cause: networkError("ENOTFOUND") })],
  ])("is surely not carried out: %s", async (_, error) => {
    const { aws } = scripted([error]);
    const thrown = await failure(aws.send("PutItem", put, { retry: "provenOnly" }));
    expect(thrown).toMatchObject({ code: "REQUEST_FAILED", lostAnswers: 0 });
    expect(isOutcomeUnknown(thrown)).toBe(false);
  });

  it("is made again also for a write that counts", async () => {
    const { aws } = scripted([networkError("ECONNREFUSED", "TimeoutError"), respond(200, {})]);
    const answer = await aws.send("PutItem", put, { retry: "provenOnly" });
    expect(answer).toMatchObject({ attempts: 2, lostAnswers: 0 });
  });

  it("is one whose credentials can't be had", async () => {
    const { aws, sent } = scripted([respond(200, {})], {
      credentials: () => Promise.reject(new Error("no credentials")),
    });
    const thrown = await failure(aws.send("PutItem", put));
    expect(thrown).toMatchObject({ attempts: 0, lostAnswers: 0, isOutcomeUnknown: false });
    expect(sent()).toBe(0);
  });
});

describe("an attempt that may have been carried out", () => {
  it.each([
    ["the connection was reset", networkError("ECONNRESET", "TimeoutError")],
    ["the pipe broke", networkError("EPIPE", "TimeoutError")],
    ["no answer came in time", Object.assign(new Error("slow"), { name: "TimeoutError" })],
    ["a browser lost it", new TypeError("Failed to fetch")],
    ["something else happened", new Error("?")],
    ["the service failed", respond(500, { __type: "InternalServerError" })],
    ["the service was away", respond(503, "")],
    ["a gateway gave up", respond(408, "")],
    ["the answer is no JSON", respond(200, "<html>")],
  ])("is not made again for a write that counts: %s", async (_, step) => {
    const { aws, sent } = scripted([step]);
    const thrown = await failure(aws.send("PutItem", put, { retry: "provenOnly" }));
    expect(thrown).toMatchObject({ code: "REQUEST_FAILED", attempts: 1, lostAnswers: 1 });
    expect(isOutcomeUnknown(thrown)).toBe(true);
    expect(sent()).toBe(1);
  });

  it("is told with the SDK's own error as its cause", async () => {
    const error = networkError("ECONNRESET", "TimeoutError");
    const thrown = await failure(
      scripted([error]).aws.send("PutItem", put, { retry: "provenOnly" }),
    );
    expect((thrown as Error).cause).toBe(error);
  });
});

describe("a write in the way of a transaction", () => {
  it("is sent again until it is done, and counts each attempt", async () => {
    const { aws } = scripted([respond(400, conflict), respond(400, conflict), respond(200, {})]);
    expect(await aws.send("PutItem", put)).toMatchObject({ attempts: 3, lostAnswers: 0 });
  });

  it("is given up after eight times, surely not carried out", async () => {
    const { aws, sent } = scripted([respond(400, conflict)]);
    const thrown = await failure(aws.send("PutItem", put, { retry: "provenOnly" }));
    expect(thrown).toMatchObject({
      reason: "TransactionConflictException",
      attempts: 8,
      isRetryable: true,
      isOutcomeUnknown: false,
    });
    expect(sent()).toBe(8);
  });

  it("is given up when the signal gives up", async () => {
    const controller = new AbortController();
    const { client, sent } = scripted([respond(400, conflict)]);
    const aws = new AwsClient(client, {
      sleep: async () => controller.abort("enough"),
    });
    const thrown = await failure(aws.send("PutItem", put, { signal: controller.signal }));
    expect(thrown).toMatchObject({ code: "REQUEST_ABORTED", cause: "enough", attempts: 1 });
    expect(sent()).toBe(1);
  });
});

describe("a stub in place of the client's send", () => {
  it("is believed about its attempts; the earlier ones may have landed", async () => {
    const aws = stubbed(async () => ({ $metadata: { attempts: 3 } }));
    expect(await aws.send("PutItem", put)).toMatchObject({ attempts: 3, lostAnswers: 2 });
  });

  it("may say nothing of them", async () => {
    expect(await stubbed(async () => ({})).send("PutItem", put)).toMatchObject({
      attempts: 1,
      lostAnswers: 0,
      consumedCapacity: undefined,
    });
  });

  it("may give no answer at all", async () => {
    expect(await stubbed(async () => undefined).send("PutItem", put)).toMatchObject({
      output: {},
      attempts: 1,
    });
  });

  it.each([
    ["ConditionalCheckFailedException", 400, false],
    ["ThrottlingException", 400, false],
    ["InternalServerError", 500, true],
    ["TimeoutError", undefined, true],
  ])("has %s told by name and status", async (name, httpStatusCode, isUnknown) => {
    const $metadata = httpStatusCode === undefined ? {} : { httpStatusCode };
    const error = Object.assign(new Error("no"), { name, $metadata });
    const thrown = await failure(stubbed(() => Promise.reject(error)).send("PutItem", put));
    expect(isOutcomeUnknown(thrown)).toBe(isUnknown);
  });

  it("that ignores signals doesn't keep the caller waiting", async () => {
    const aws = stubbed(() => new Promise(() => {}));
    const thrown = await failure(aws.send("PutItem", put, { signal: AbortSignal.timeout(5) }));
    expect(thrown).toMatchObject({ code: "REQUEST_ABORTED", attempts: 1, isOutcomeUnknown: true });
  });
});

describe("a client that caches its handlers", () => {
  it("keeps none of ours", async () => {
    const { aws, client } = scripted([networkError("ECONNRESET"), respond(200, {})], {
      cacheMiddleware: true,
    });
    expect(await failure(aws.send("PutItem", put, { retry: "provenOnly" }))).toMatchObject({
      attempts: 1,
    });
    expect((client as unknown as { handlers?: unknown }).handlers).toBe(undefined);
    expect(await aws.send("PutItem", put)).toMatchObject({ attempts: 1 });
  });
});

describe("the default client", () => {
  it("waits 10 seconds for an answer and 3 for a connection, and no longer", async () => {
    const { requestHandler } = defaultClient().config;
    const settings = await (
      requestHandler as unknown as { configProvider: Promise<Record<string, unknown>> }
    ).configProvider;
    expect(settings).toMatchObject({
      requestTimeout: 10_000,
      connectionTimeout: 3_000,
      throwOnRequestTimeout: true,
    });
  });
});
