import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { wireOf } from "../answers.js";
import type { Contestant, Open, Sample } from "../contestant.js";
import { forum, tableName } from "../items.js";
import { unwrap } from "../plain.js";

type Wire = Record<string, AttributeValue>;

/** The client as it comes: values stay wrapped, `{ S: "…" }`. */
export const open: Open = ({ client, sample }) => useRaw(client(), sample);

export function useRaw(client: DynamoDBClient, { posts }: Sample): Contestant {
  const wires = posts.map(wireOf);
  const keys = wires.map(({ forum, id }) => ({ forum, id }) as Wire);
  const writes = wires.slice(0, 25).map((Item) => ({ PutRequest: { Item } }));
  const [key] = keys;
  return {
    async query() {
      const input = {
        TableName: tableName,
        KeyConditionExpression: "#forum = :forum",
        ExpressionAttributeNames: { "#forum": "forum" },
        ExpressionAttributeValues: { ":forum": { S: forum } },
      };
      const items: Wire[] = [];
      for await (const page of paginateQuery({ client }, input)) {
        for (const item of page.Items ?? []) items.push(item);
      }
      return { items };
    },
    async get() {
      const input = { TableName: tableName, Key: key };
      return (await client.send(new GetItemCommand(input))).Item;
    },
    async batchGet() {
      const input = { RequestItems: { [tableName]: { Keys: keys } } };
      return (await client.send(new BatchGetItemCommand(input))).Responses?.[tableName] ?? [];
    },
    batchWrite() {
      const input = { RequestItems: { [tableName]: writes } };
      return client.send(new BatchWriteItemCommand(input));
    },
    update({ before, after }) {
      return client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: "SET #views = :views, #title = :title",
          ConditionExpression: "#views = :oldViews AND #title = :oldTitle",
          ExpressionAttributeNames: { "#views": "views", "#title": "title" },
          ExpressionAttributeValues: {
            ":views": { N: String(after.views) },
            ":title": { S: after.title },
            ":oldViews": { N: String(before.views) },
            ":oldTitle": { S: before.title },
          },
        }),
      );
    },
    plain: unwrap,
  };
}
