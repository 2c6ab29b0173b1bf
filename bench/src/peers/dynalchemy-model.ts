import { model, t } from "dynalchemy";
import { tableName } from "../items.js";

export class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.string().rangeKey(),
    title: t.string(),
    body: t.string(),
    user: t.string(),
    date: t.string(),
    kind: t.string(),
    views: t.integer(),
    score: t.number(),
    open: t.boolean(),
    tags: t.list(t.string()),
    meta: t.map({
      source: t.string(),
      lang: t.string(),
      words: t.integer(),
      refs: t.list(t.string()),
    }),
  },
  { tableName },
) {}
