import { Engine, type EngineOptions } from "dynalchemy";
import type { Contestant, Equipment, Open } from "../contestant.js";
import { forum } from "../items.js";
import { Post } from "./dynalchemy-model.js";

type Values = ConstructorParameters<typeof Post>[0];

/** Everything through a session: objects are tracked, with snapshots; a new session for each unit of work. */
export const open: Open = (equipment) => openWith(equipment);

export function openWith(
  { client, sample }: Equipment,
  options: Pick<EngineOptions, "wire"> = {},
): Contestant {
  const engine = new Engine({ client: client(), ...options });
  const keys = sample.posts.map(({ forum, id }) => ({ forum, id }));
  // A user's data are mutable; what the bench shares isn't.
  const writes = structuredClone(sample.posts.slice(0, 25)) as Values[];
  const [key = { forum, id: "" }] = keys;
  const editing = engine.session();
  let edited: Post | undefined;
  return {
    async query() {
      const session = engine.session();
      return { items: await session.query(Post).key({ forum }).all(), heldBy: session };
    },
    get() {
      return engine.session().get(Post, key);
    },
    batchGet() {
      return engine.session().getMany(Post, keys);
    },
    batchWrite() {
      const session = engine.session();
      for (const values of writes) session.put(new Post(values));
      return session.commit();
    },
    /** The session compares the object with its snapshot, and conditions on what was loaded by itself. */
    async update({ after }) {
      edited ??= await editing.require(Post, key);
      edited.views = after.views;
      edited.title = after.title;
      return editing.commit();
    },
    plain: (item) => item,
  };
}
