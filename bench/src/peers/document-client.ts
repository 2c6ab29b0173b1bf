import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import type { Open } from "../contestant.js";
import { forum, tableName } from "../items.js";

/** The SDK's own translation to plain objects: what all others are compared with. */
export const open: Open = (equipment) => {
  const client = DynamoDBDocumentClient.from(equipment.client());
  const { posts } = equipment.sample;
  const keys = posts.map(({ forum, id }) => ({ forum, id }));
  const writes = posts.slice(0, 25);
  const [key] = keys;
  return {
    async query() {
      const input = {
        TableName: tableName,
        KeyConditionExpression: "#forum = :forum",
        ExpressionAttributeNames: { "#forum": "forum" },
        ExpressionAttributeValues: { ":forum": forum },
      };
      const items: unknown[] = [];
      for await (const page of paginateQuery({ client }, input)) {
        for (const item of page.Items ?? []) items.push(item);
      }
      return { items };
    },
    async get() {
      return (await client.send(new GetCommand({ TableName: tableName, Key: key }))).Item;
    },
    async batchGet() {
      const input = { RequestItems: { [tableName]: { Keys: keys } } };
      return (await client.send(new BatchGetCommand(input))).Responses?.[tableName] ?? [];
    },
    batchWrite() {
      const requests = writes.map((Item) => ({ PutRequest: { Item } }));
      return client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
    },
    update({ before, after }) {
      return client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: "SET #views = :views, #title = :title",
          ConditionExpression: "#views = :oldViews AND #title = :oldTitle",
          ExpressionAttributeNames: { "#views": "views", "#title": "title" },
          ExpressionAttributeValues: {
            ":views": after.views,
            ":title": after.title,
            ":oldViews": before.views,
            ":oldTitle": before.title,
          },
        }),
      );
    },
    plain: (item) => item,
  };
};
