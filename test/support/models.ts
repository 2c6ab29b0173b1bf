import { globalIndex, localIndex, model, t } from "dynalchemy";

/** The models of most tests: few, small, and between them every kind of column. */
export class User extends model("User", {
  id: t.string().hashKey(),
  name: t.string().optional(),
  admin: t.boolean().default(false),
}) {}

export class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string().optional(),
    date: t.datetime().optional(),
    views: t.integer().default(0),
    content: t.string().optional().as("c"),
    tags: t.set(t.string()).optional(),
    meta: t
      .map({
        author: t.string(),
        refs: t.list(t.string()),
        more: t.map({ note: t.string().optional() }).optional(),
      })
      .optional(),
  },
  {
    tableName: "Posts",
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: "all" }),
      byDate: localIndex({ rangeKey: "date", projection: ["views"] }),
    },
  },
) {
  get title(): string | undefined {
    return this.content?.slice(0, 5);
  }
}

/** With an optimistic lock. */
export class Account extends model("Account", {
  id: t.string().hashKey(),
  balance: t.integer().default(0),
  owner: t.string().optional(),
  version: t.version(),
}) {}
