import { EntitySchema, MikroORM } from "@mikro-orm/libsql";
import { queryCount } from "../counts.js";
import { forum, makePosts, type Post } from "../items.js";
import { lookUpCount, type OpenUnitOfWork, type UnitOfWork } from "./tasks.js";

/** MikroORM on SQLite in memory, the same attributes; lists and maps are JSON columns. */
export const open: OpenUnitOfWork = async () => {
  const schema = new EntitySchema<Mutable>({
    name: "Post",
    properties: {
      forum: { type: "string", primary: true },
      id: { type: "string", primary: true },
      title: { type: "string" },
      body: { type: "text" },
      user: { type: "string" },
      date: { type: "string" },
      kind: { type: "string" },
      views: { type: "integer" },
      score: { type: "double" },
      open: { type: "boolean" },
      tags: { type: "json" },
      meta: { type: "json" },
    },
  });
  const orm = await MikroORM.init({ dbName: ":memory:", entities: [schema] });
  await orm.schema.createSchema();
  await orm.em.fork().insertMany(schema, structuredClone(makePosts(queryCount, "large")));
  const em = orm.em.fork();
  const posts = await em.find(schema, { forum });
  if (posts.length !== queryCount) throw new Error("Items are missing.");
  const change = () => {
    for (let at = 0; at < queryCount; at += 100) (posts[at] as Mutable).views += 1;
  };
  const findChanged = () => {
    const work = em.getUnitOfWork();
    work.computeChangeSets();
    return work.getChangeSets();
  };
  const tasks: UnitOfWork = {
    noOpFlush: { run: () => em.flush() },
    findDirty: {
      prepare: change,
      run() {
        if (findChanged().length !== 100) throw new Error("Changes are missing.");
      },
    },
    dirtyFlush: { prepare: change, run: () => em.flush() },
    lookUp: {
      async run() {
        for (let at = 0; at < lookUpCount; at++) {
          const post = posts[at] as Mutable;
          const found = await em.findOne(schema, { forum, id: post.id });
          if (found !== post) throw new Error("It is another object.");
        }
      },
    },
  };
  return {
    tasks,
    async outcome() {
      const loaded = structuredClone(posts.map((post) => ({ ...post })));
      change();
      const changed = findChanged().map(({ entity }) => (entity as Mutable).id);
      await em.flush();
      const rows = await orm.em.fork().find(schema, { forum });
      const were = new Map(makePosts(queryCount, "large").map(({ id, views }) => [id, views]));
      const written = rows.filter(({ id, views }) => views !== were.get(id));
      return { loaded, changed, written: written.map(({ id, views }) => [id, views] as const) };
    },
  };
};

type Mutable = { -readonly [Name in keyof Post]: Post[Name] };
