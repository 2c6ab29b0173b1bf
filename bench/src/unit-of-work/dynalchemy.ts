import { Engine, model, t } from "dynalchemy";
import { queryCount } from "../counts.js";
import { equip } from "../equipment.js";
import { forum, makePosts } from "../items.js";
import { Post } from "../peers/dynalchemy-model.js";
import { writtenViews } from "../sent.js";
import { lookUpCount, type OpenUnitOfWork, type UnitOfWork } from "./tasks.js";

class Large extends model("Large", {
  id: t.string().hashKey(),
  parts: t.record(t.record(t.integer())),
}) {}

type Values = ConstructorParameters<typeof Post>[0];

export const open: OpenUnitOfWork = async () => {
  const { client, handler } = equip("large", undefined);
  const engine = new Engine({ client: client() });
  const session = engine.session();
  const posts = await session.query(Post).key({ forum }).all();
  const change = () => {
    for (let at = 0; at < queryCount; at += 100) (posts[at] as Post).views += 1;
  };

  const documents = engine.session();
  const large = new Large({ id: "1", parts: documentOf(100, 100) });
  documents.put(large);
  await documents.commit();

  const writing = engine.session();
  const written = structuredClone(makePosts(queryCount, "large")) as Values[];
  for (const values of written) writing.put(new Post(values));

  const tasks: UnitOfWork = {
    noOpFlush: { run: () => session.flush() },
    findDirty: {
      prepare: change,
      run() {
        if (session.dirty.size !== 100) throw new Error("Changes are missing.");
      },
    },
    dirtyFlush: { prepare: change, run: () => session.flush() },
    lookUp: {
      async run() {
        for (let at = 0; at < lookUpCount; at++) {
          const post = posts[at] as Post;
          const found = await session.get(Post, { forum, id: post.id });
          if (found !== post) throw new Error("It is another object.");
        }
      },
    },
    largeDiff: {
      prepare() {
        const part = large.parts["part-50"];
        if (part !== undefined) part["leaf-50"] = (part["leaf-50"] ?? 0) + 1;
      },
      run() {
        if (documents.changes(large).length !== 1) throw new Error("The change is missing.");
      },
    },
    largePlan: { run: () => writing.plan().requests },
  };
  return {
    tasks,
    async outcome() {
      const loaded = structuredClone(posts.map((post) => ({ ...post })));
      change();
      const changed = [...session.dirty].map((post) => (post as Post).id);
      const bodies: string[] = [];
      handler.record = bodies;
      await session.flush();
      handler.record = undefined;
      return { loaded, changed, written: bodies.map(writtenViews) };
    },
  };
};

function documentOf(parts: number, leaves: number): Record<string, Record<string, number>> {
  const part = (from: number) =>
    Object.fromEntries(Array.from({ length: leaves }, (_, at) => [`leaf-${at}`, from + at]));
  return Object.fromEntries(
    Array.from({ length: parts }, (_, at) => [`part-${at}`, part(at * leaves)]),
  );
}
