import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Entity } from "electrodb";
import type { Open } from "../contestant.js";
import { forum, type Post, tableName } from "../items.js";

/** ElectroDB on a table whose keys are attributes, as they are for the others. */
export const open: Open = ({ client, sample }) => {
  const entity = new Entity(
    {
      model: { entity: "post", version: "1", service: "bench" },
      attributes: {
        forum: { type: "string", required: true },
        id: { type: "string", required: true },
        title: { type: "string", required: true },
        body: { type: "string", required: true },
        user: { type: "string", required: true },
        date: { type: "string", required: true },
        kind: { type: "string", required: true },
        views: { type: "number", required: true },
        score: { type: "number", required: true },
        open: { type: "boolean", required: true },
        tags: { type: "list", items: { type: "string" }, required: true },
        meta: {
          type: "map",
          required: true,
          properties: {
            source: { type: "string" },
            lang: { type: "string" },
            words: { type: "number" },
            refs: { type: "list", items: { type: "string" } },
          },
        },
      },
      indexes: {
        posts: {
          pk: { field: "forum", composite: ["forum"], casing: "none" },
          sk: { field: "id", composite: ["id"], casing: "none" },
        },
      },
    } as const,
    { table: tableName, client: DynamoDBDocumentClient.from(client()) },
  );
  const keys = sample.posts.map(({ forum, id }) => ({ forum, id }));
  const writes = structuredClone(sample.posts.slice(0, 25)) as Mutable[];
  const [key = { forum, id: "" }] = keys;
  // The prepared items don't carry the marks by which it tells one kind of item from another.
  const ignoreOwnership = true;
  return {
    async query() {
      const { data } = await entity.query.posts({ forum }).go({ pages: "all", ignoreOwnership });
      return { items: data };
    },
    async get() {
      return (await entity.get(key).go({ ignoreOwnership })).data;
    },
    async batchGet() {
      return (await entity.get(keys).go({ ignoreOwnership })).data;
    },
    batchWrite() {
      return entity.put(writes).go();
    },
    update({ before, after }) {
      return entity
        .update(key)
        .set({ views: after.views, title: after.title })
        .where(
          ({ views, title }, { eq }) => `${eq(views, before.views)} AND ${eq(title, before.title)}`,
        )
        .go();
    },
    plain: (item) => item,
  };
};

type Mutable = { -readonly [Name in keyof Post]: Post[Name] } & {
  tags: string[];
  meta: { source: string; lang: string; words: number; refs: string[] };
};
