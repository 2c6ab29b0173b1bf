import { Engine, RequestFailed } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { AwsClient, type Client, type Wire } from "../../src/session/aws/client.js";
import { User } from "../support/models.js";
import { answering, type Prepared } from "../support/prepared-answers.js";

// 3421780262 is the CRC-32 of "123456789", the algorithm's published check value.
const otherSum = "3421780262";

const withUsers = (client: Client) => {
  client.middlewareStack.add((next: unknown) => next as never, {
    step: "initialize",
    name: "users",
  });
};
const asItIs = () => {};

/** All ways in which bodies are read. */
const readers: readonly (readonly [string, Wire, (client: Client) => void])[] = [
  ["the library", "direct", asItIs],
  ["the SDK, for a middleware of the user's", "direct", withUsers],
  ["the SDK, as the engine was told", "sdk", asItIs],
];

describe.each(readers)("an answer whose checksum is another, read by %s", (_, wire, prepare) => {
  const start = (answers: readonly Prepared[]) => {
    const { client, sent } = answering(answers);
    prepare(client);
    const aws = new AwsClient(client, {}, wire);
    return { aws, engine: new Engine({ client, wire }), sent };
  };
  const itemOf = (id: string) => `{"Item":{"id":{"S":"${id}"}}}`;
  const pageOf = (id: string) => `{"Count":1,"Items":[{"id":{"S":"${id}"}}],"ScannedCount":1}`;

  it("is read again by a get", async () => {
    const corrupt = { body: itemOf("x"), crc32: otherSum };
    const { aws, sent } = start([corrupt, { body: itemOf("y") }]);
    const { output } = await aws.send("GetItem", { TableName: "T", Key: { id: { S: "y" } } });
    expect(output.Item).toEqual({ id: { S: "y" } });
    expect(sent).toHaveLength(2);
  });

  it("is read again by a query", async () => {
    const corrupt = { body: pageOf("x"), crc32: otherSum };
    const { engine, sent } = start([corrupt, { body: pageOf("y") }]);
    const users = await engine.query(User).key({ id: "y" }).all();
    expect(users).toMatchObject([{ id: "y" }]);
    expect(sent).toHaveLength(2);
  });

  it("becomes no data when it comes every time", async () => {
    const { engine, sent } = start([{ body: pageOf("x"), crc32: otherSum }]);
    await expect(engine.query(User).key({ id: "x" }).all()).rejects.toBeInstanceOf(RequestFailed);
    expect(sent).toHaveLength(3);
  });

  it("is a lost answer of a write that counts", async () => {
    const { aws, sent } = start([{ body: "{}", crc32: otherSum }]);
    const Item = { id: { S: "x" } };
    const writing = aws.send("PutItem", { TableName: "T", Item }, { retry: "provenOnly" });
    await expect(writing).rejects.toMatchObject({ lostAnswers: 1, isOutcomeUnknown: true });
    expect(sent).toHaveLength(1);
  });

  it("is taken where the checksum is its own", async () => {
    // Of the text "{}".
    const { aws, sent } = start([{ body: "{}", crc32: "2745614147" }]);
    const { output } = await aws.send("GetItem", { TableName: "T", Key: { id: { S: "y" } } });
    expect(output.Item).toBeUndefined();
    expect(sent).toHaveLength(1);
  });
});
