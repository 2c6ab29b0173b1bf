import dynamoose from "dynamoose";
import type { Open } from "../contestant.js";
import { forum, tableName } from "../items.js";

/** Dynamoose, told not to look for its tables at the start. */
export const open: Open = ({ clientConfig, sample }) => {
  // The cast: our exact optional properties are stricter than its types.
  dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB(clientConfig as object));
  const text = { type: String, required: true };
  const number = { type: Number, required: true };
  const schema = new dynamoose.Schema({
    forum: { type: String, hashKey: true },
    id: { type: String, rangeKey: true },
    title: text,
    body: text,
    user: text,
    date: text,
    kind: text,
    views: number,
    score: number,
    open: { type: Boolean, required: true },
    tags: { type: Array, schema: [String] },
    meta: {
      type: Object,
      schema: {
        source: String,
        lang: String,
        words: Number,
        refs: { type: Array, schema: [String] },
      },
    },
  });
  const Post = dynamoose.model(tableName, schema, {
    create: false,
    waitForActive: false,
  });
  new dynamoose.Table(tableName, [Post], {
    create: false,
    waitForActive: false,
  });
  const keys = sample.posts.map(({ forum, id }) => ({ forum, id }));
  const writes = structuredClone(sample.posts.slice(0, 25)) as unknown as Record<string, never>[];
  const [key = { forum, id: "" }] = keys;
  return {
    async query() {
      return { items: await Post.query("forum").eq(forum).all().exec() };
    },
    get() {
      return Post.get(key);
    },
    batchGet() {
      return Post.batchGet(keys);
    },
    batchWrite() {
      return Post.batchPut(writes);
    },
    update({ before, after }) {
      const condition = new dynamoose.Condition()
        .where("views")
        .eq(before.views)
        .and()
        .where("title")
        .eq(before.title);
      return Post.update(key, { ...after }, { condition });
    },
    plain: (item) => item,
  };
};
