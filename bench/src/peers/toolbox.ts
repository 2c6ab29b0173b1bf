import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  boolean,
  Entity,
  executeBatchGet,
  executeBatchWrite,
  GetItemCommand,
  item,
  list,
  map,
  number,
  QueryCommand,
  string,
  Table,
  UpdateItemCommand,
} from "dynamodb-toolbox";
import type { Open } from "../contestant.js";
import { forum, type Post, tableName } from "../items.js";

/** dynamodb-toolbox, without the attributes that it would add: the others write none. */
export const open: Open = ({ client, sample }) => {
  const table = new Table({
    name: tableName,
    documentClient: DynamoDBDocumentClient.from(client()),
    partitionKey: { name: "forum", type: "string" },
    sortKey: { name: "id", type: "string" },
  });
  const entity = new Entity({
    name: "Post",
    table,
    entityAttribute: false,
    timestamps: false,
    schema: item({
      forum: string().key(),
      id: string().key(),
      title: string(),
      body: string(),
      user: string(),
      date: string(),
      kind: string(),
      views: number(),
      score: number(),
      open: boolean(),
      tags: list(string()),
      meta: map({ source: string(), lang: string(), words: number(), refs: list(string()) }),
    }),
  });
  const keys = sample.posts.map(({ forum, id }) => ({ forum, id }));
  const writes = structuredClone(sample.posts.slice(0, 25)) as Mutable[];
  const [key = { forum, id: "" }] = keys;
  return {
    async query() {
      const query = table.build(QueryCommand).query({ partition: forum }).entities(entity);
      const { Items = [] } = await query
        .options({ maxPages: Number.POSITIVE_INFINITY, entityAttrFilter: false })
        .send();
      return { items: Items };
    },
    async get() {
      return (await entity.build(GetItemCommand).key(key).send()).Item;
    },
    async batchGet() {
      const requests = keys.map((each) => entity.build(BatchGetRequest).key(each));
      const { Responses } = await executeBatchGet(
        table.build(BatchGetCommand).requests(...requests),
      );
      return Responses?.[0] ?? [];
    },
    batchWrite() {
      const requests = writes.map((each) => entity.build(BatchPutRequest).item(each));
      return executeBatchWrite(table.build(BatchWriteCommand).requests(...requests));
    },
    update({ before, after }) {
      return entity
        .build(UpdateItemCommand)
        .item({ ...key, views: after.views, title: after.title })
        .options({
          condition: {
            and: [
              { attr: "views", eq: before.views },
              { attr: "title", eq: before.title },
            ],
          },
        })
        .send();
    },
    plain: (item) => item,
  };
};

type Mutable = { -readonly [Name in keyof Post]: Post[Name] } & {
  tags: string[];
  meta: { source: string; lang: string; words: number; refs: string[] };
};
