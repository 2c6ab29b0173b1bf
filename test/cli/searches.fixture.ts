import { Engine, globalIndex, model, t } from "dynalchemy";

class Post extends model(
  "Post",
  { forum: t.string().hashKey(), id: t.integer().rangeKey(), user: t.string(), views: t.integer() },
  { indexes: { byUser: globalIndex({ hashKey: "user", projection: ["views"] }) } },
) {}

const engine = new Engine();

export const mine = engine.query(Post.byUser).key({ user: "ann" });
export const searches = [
  engine.query(Post).key({ forum: "a" }),
  engine.scan(Post).filter(Post.user.eq("ann")),
];

// Keeps a process alive that only waits for it to end.
setInterval(() => {}, 60_000);
