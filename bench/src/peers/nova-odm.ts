import { equals } from "@nova-odm/expressions";
import { DataMapper, DynamoDbSchema, DynamoDbTable } from "@nova-odm/mapper";
import type { Open } from "../contestant.js";
import { type Post as Data, forum, tableName } from "../items.js";

class Post {
  get [DynamoDbTable]() {
    return tableName;
  }

  get [DynamoDbSchema]() {
    return schema;
  }
}

const text = { type: "String" } as const;
const number = { type: "Number" } as const;
const texts = { type: "List", memberType: text } as const;
const schema = {
  forum: { type: "String", keyType: "HASH" },
  id: { type: "String", keyType: "RANGE" },
  title: text,
  body: text,
  user: text,
  date: text,
  kind: text,
  views: number,
  score: number,
  open: { type: "Boolean" },
  tags: texts,
  meta: { type: "Document", members: { source: text, lang: text, words: number, refs: texts } },
} as const;

/** @nova-odm/mapper, the successor of AWS's own DynamoDB DataMapper. */
export const open: Open = ({ client, sample }) => {
  const mapper = new DataMapper({ client: client() });
  const make = (values: Partial<Data>) => Object.assign(new Post(), values);
  const keys = sample.posts.map(({ forum, id }) => make({ forum, id }));
  const writes = sample.posts.slice(0, 25).map(make);
  const id = sample.posts[0]?.id ?? "";
  const key = make({ forum, id });
  return {
    async query() {
      const items: unknown[] = [];
      for await (const item of mapper.query(Post, { forum })) items.push(item);
      return { items };
    },
    get() {
      return mapper.get(key);
    },
    async batchGet() {
      const items: Post[] = [];
      for await (const item of mapper.batchGet(keys)) items.push(item);
      return items;
    },
    async batchWrite() {
      for await (const _ of mapper.batchPut(writes)) {
      }
    },
    update({ before, after }) {
      return mapper.update(make({ forum, id, ...after }), {
        onMissing: "skip",
        condition: {
          type: "And",
          conditions: [
            { subject: "views", ...equals(before.views) },
            { subject: "title", ...equals(before.title) },
          ],
        },
      });
    },
    plain: (item) => item,
  };
};
