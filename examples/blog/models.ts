import { globalIndex, model, t } from "dynalchemy";
import { z } from "zod";

// Any Standard Schema checks a column: here Zod, whose messages are shown beside the form's fields.
const title = z.string().trim().min(1, "A title, please.").max(120, "At most 120 characters.");
const body = z
  .string()
  .trim()
  .min(1, "Some text, please.")
  .max(20_000, "At most 20,000 characters.");
const name = z.string().trim().min(1, "Your name, please.").max(40, "At most 40 characters.");

export class Forum extends model("Forum", {
  slug: t.string().hashKey(),
  title: t.string().validate(title),
  /** Counted by the table itself: see where posts are added. */
  posts: t.integer().default(0),
}) {}

export class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    /** Sorts by time: the newest posts are at the end of their forum. */
    id: t.string().rangeKey(),
    author: t.string().validate(name),
    title: t.string().validate(title),
    body: t.string().validate(body),
    likes: t.integer().default(0),
    comments: t.integer().default(0),
    createdAt: t.datetime().default(() => new Date()),
    editedAt: t
      .datetime()
      .optional()
      .onUpdate(() => new Date()),
  },
  {
    indexes: {
      byAuthor: globalIndex({ hashKey: "author", rangeKey: "id", projection: ["title"] }),
    },
  },
) {}

export class Comment extends model("Comment", {
  /** `${forum}/${post}`: a post's comments are together. */
  post: t.string().hashKey(),
  id: t.string().rangeKey(),
  author: t.string().validate(name),
  text: t.string().validate(body),
  createdAt: t.datetime().default(() => new Date()),
}) {}

/** Who changed what: written after each flush, and left to the table to throw away after 90 days. */
export class AuditEntry extends model("AuditEntry", {
  day: t.string().hashKey(),
  id: t.string().rangeKey(),
  changes: t.list(t.map({ kind: t.string(), model: t.string(), key: t.string() })),
  expires: t.timestamp().ttl(),
}) {}

export const models = [Forum, Post, Comment, AuditEntry] as const;

let last = 0;

/** An id that sorts by time, also within a millisecond of this process. */
export function timeId(): string {
  last = Math.max(Date.now(), last + 1);
  const time = last.toString(36).padStart(9, "0");
  return time + crypto.randomUUID().slice(0, 8);
}
