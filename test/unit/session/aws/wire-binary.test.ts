import { expect, it } from "vitest";
import { decodeBinary } from "../../../../src/session/aws/wire-binary.js";

const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const bytes = new Uint8Array([1, 2]);
const stored = () => ({ B: { S: "AQI=" }, a: { B: "AQI=" }, l: { L: [{ BS: ["AQI="] }] } });
const decoded = { B: { S: "AQI=" }, a: { B: bytes }, l: { L: [{ BS: [bytes] }] } };

it.each([
  ["a get", (item: object) => ({ Item: item })],
  ["a write that returns values", (item: object) => ({ Attributes: item })],
  ["a search", (item: object) => ({ Items: [item], LastEvaluatedKey: item })],
  ["a batch of gets", (item: object) => ({ Responses: { T: [item] } })],
  ["keys that weren't processed", (item: object) => ({ UnprocessedKeys: { T: { Keys: [item] } } })],
  ["a transaction of gets", (item: object) => ({ Responses: [{ Item: item }, {}] })],
  [
    "puts that weren't processed",
    (item: object) => ({ UnprocessedItems: { T: [{ PutRequest: { Item: item } }] } }),
  ],
  [
    "deletions that weren't processed",
    (item: object) => ({ UnprocessedItems: { T: [{ DeleteRequest: { Key: item } }] } }),
  ],
])("makes bytes in the answer of %s", (_, answerWith) => {
  // Each place has an item of its own, as JSON.parse makes them.
  const answer = JSON.parse(JSON.stringify(answerWith(stored())));
  decodeBinary(answer, decode);
  expect(answer).toEqual(answerWith(decoded));
});
