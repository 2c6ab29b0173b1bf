import { Table } from "dynamodb-onetable";
import { Dynamo } from "dynamodb-onetable/Dynamo";
import type { Open } from "../contestant.js";
import { forum, tableName } from "../items.js";

/** OneTable; it tells models apart by an attribute, for which `kind` serves, the same in all items. */
export const open: Open = ({ client, sample }) => {
  const type = sample.posts[0]?.kind as "Post";
  const text = { type: String, required: true } as const;
  const number = { type: Number, required: true } as const;
  const table = new Table({
    name: tableName,
    client: new Dynamo({ client: client() }),
    partial: false,
    schema: {
      version: "0.0.1",
      format: "onetable:1.1.0",
      indexes: { primary: { hash: "forum", sort: "id" } },
      params: { timestamps: false, typeField: "kind", isoDates: false },
      models: {
        [type]: {
          forum: text,
          id: text,
          title: text,
          body: text,
          user: text,
          date: text,
          kind: text,
          views: number,
          score: number,
          open: { type: Boolean, required: true },
          tags: { type: Array, required: true, items: { type: String } },
          meta: {
            type: Object,
            required: true,
            schema: {
              source: { type: String },
              lang: { type: String },
              words: { type: Number },
              refs: { type: Array, items: { type: String } },
            },
          },
        },
      },
    } as const,
  });
  const posts = table.getModel(type);
  const keys = sample.posts.map(({ forum, id }) => ({ forum, id }));
  const writes = structuredClone(sample.posts.slice(0, 25)) as Parameters<typeof posts.create>[0][];
  const [key = { forum, id: "" }] = keys;
  return {
    async query() {
      const items: unknown[] = [];
      let next: object | undefined;
      do {
        const page = await posts.find({ forum }, { ...(next && { next }), maxPages: 1 });
        for (const item of page) items.push(item);
        next = page.next;
      } while (next);
      return { items };
    },
    get() {
      return posts.get(key);
    },
    async batchGet() {
      const batch = {};
      for (const each of keys) posts.get(each, { batch });
      return table.batchGet(batch, { parse: true, hidden: true });
    },
    async batchWrite() {
      const batch = {};
      for (const each of writes) posts.create(each, { batch, exists: null });
      return table.batchWrite(batch);
    },
    update({ before, after }) {
      return posts.update(
        { ...key, ...after },
        {
          exists: null,
          return: "none",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: its own notation for attributes.
          where: "${views} = @{views} and ${title} = @{title}",
          substitutions: before,
        },
      );
    },
    plain: (item) => item,
  };
};
