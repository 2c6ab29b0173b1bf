import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { record } from "dynalchemy/testing";
import { expect, it } from "vitest";
import { openingOf } from "../../../../src/session/aws/open-client.js";

it("gives items away to middleware of the user's, and not to a recorder's", () => {
  const client = new DynamoDBClient({ region: "us-east-1" });
  expect(openingOf(client).access).toBe("items");
  using recorder = record(client);
  expect(recorder.requests).toEqual([]);
  expect(openingOf(client).access).toBe("items");
  client.middlewareStack.add((next) => next, { step: "initialize", name: "mine" });
  expect(openingOf(client).access).toBe("bytes");
  client.middlewareStack.remove("mine");
  expect(openingOf(client).access).toBe("items");
  client.middlewareStack.add((next) => next, { step: "initialize" });
  expect(openingOf(client).access).toBe("bytes");
});
