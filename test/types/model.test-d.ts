import { randomUUID } from "node:crypto";
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import {
  and,
  type Condition,
  createTableRequest,
  globalIndex,
  localIndex,
  model,
  not,
  or,
  t,
} from "dynalchemy";
import { describe, expectTypeOf, it } from "vitest";

class User extends model("User", {
  id: t.uuid().hashKey(),
  admin: t.boolean(),
}) {}

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.uuid().rangeKey(),
    user: t.uuid(),
    date: t.datetime(),
    views: t.integer().default(0),
    likes: t.integer().default(0),
    content: t.string().optional().as("c"),
    tags: t.set(t.string()).optional(),
    meta: t.map({ author: t.string(), refs: t.list(t.string()) }).optional(),
  },
  {
    tableName: "Posts",
    readUnits: 3,
    writeUnits: 2,
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: "all" }),
      byDate: localIndex({ rangeKey: "date", projection: ["views"] }),
    },
  },
) {
  get title() {
    return this.content?.slice(0, 20);
  }
}

const forum = "DynamoDB";
const id = randomUUID();
const user = randomUUID();
const date = new Date();

describe("a new instance", () => {
  it("demands keys and required columns, and takes defaults and optionals", () => {
    const post = new Post({ forum, id, user, date });
    new Post({ forum, id, user, date, views: 1, content: "x", tags: new Set(["a"]) });
    new Post({ forum, id, user, date, views: undefined, content: undefined });
    new Post({ forum, id, user, date, meta: { author: "ann", refs: [] } });
    expectTypeOf(post).toEqualTypeOf<Post>();
    expectTypeOf(post.content).toEqualTypeOf<string | undefined>();
    expectTypeOf(post.views).toEqualTypeOf<number>();
    expectTypeOf(post.title).toEqualTypeOf<string | undefined>();
    // @ts-expect-error the range key is missing
    new Post({ forum, user, date });
    // @ts-expect-error a required column is missing
    new Post({ forum, id, user });
    // @ts-expect-error undefined is no value of a required column
    new Post({ forum, id, user, date: undefined });
    // @ts-expect-error no such column
    new Post({ forum, id, user, date, view: 1 });
    // @ts-expect-error a getter is no column
    new Post({ forum, id, user, date, title: "x" });
    // @ts-expect-error the attribute's name isn't the column's
    new Post({ forum, id, user, date, c: "x" });
    // @ts-expect-error null is stored in documents alone
    new Post({ forum, id, user, date, content: null });
    // @ts-expect-error a member is missing
    new Post({ forum, id, user, date, meta: { author: "ann" } });
    // @ts-expect-error attributes are given
    new Post();
  });

  it("is a plain object whose documents are mutable and whose key is not", () => {
    const post = new Post({ forum, id, user, date });
    post.views += 1;
    post.content = undefined;
    post.meta?.refs.push("x");
    post.tags?.add("new");
    // @ts-expect-error a key never changes
    post.forum = "other";
    // @ts-expect-error a key never changes
    post.id = id;
    // @ts-expect-error a required column can't be taken away
    post.views = undefined;
    // @ts-expect-error it may be undefined
    post.meta.refs.push("x");
  });

  it("may be one that knows only its key", () => {
    expectTypeOf(Post.ref({ forum, id })).toEqualTypeOf<Post>();
    expectTypeOf(User.ref({ id })).toEqualTypeOf<User>();
    // @ts-expect-error the range key is missing
    Post.ref({ forum });
    // @ts-expect-error more than the key
    Post.ref({ forum, id, views: 1 });
    // @ts-expect-error a key of another type
    Post.ref({ forum, id: 1 });
  });
});

describe("a model", () => {
  it("needs no class", () => {
    const Forum = model("Forum", { name: t.string().hashKey(), posts: t.integer().default(0) });
    const one = new Forum({ name: "a" });
    expectTypeOf(one.posts).toEqualTypeOf<number>();
    expectTypeOf(Forum.ref({ name: "a" })).toEqualTypeOf<InstanceType<typeof Forum>>();
    expectTypeOf(Forum.posts.gt(1)).toEqualTypeOf<Condition>();
    expectTypeOf(createTableRequest(Forum)).toExtend<CreateTableCommandInput>();
    // @ts-expect-error a plain function is no model
    createTableRequest(() => 1);
  });

  it("leaves what a function has itself to the function; such columns are in c", () => {
    const Odd = model("Odd", {
      name: t.string().hashKey(),
      length: t.integer(),
      c: t.boolean(),
      ref: t.string(),
      prototype: t.string(),
    });
    expectTypeOf(Odd.name).toEqualTypeOf<string>();
    expectTypeOf(Odd.length).toEqualTypeOf<number>();
    expectTypeOf(Odd.c.name.eq("a")).toEqualTypeOf<Condition>();
    Odd.c.length.plus(1);
    Odd.c.c.eq(true);
    Odd.c.ref.set("x");
    // @ts-expect-error no such column
    Odd.c.nope;
    // @ts-expect-error a function's length is a number, and no column
    Odd.length.gt(1);
  });

  it("names its own columns in its indexes", () => {
    expectTypeOf(Post.byUser.name).toEqualTypeOf<string>();
    const columns = { id: t.string().hashKey(), user: t.string() };
    model("Post", columns, { indexes: { byUser: globalIndex({ hashKey: "user" }) } });
    // @ts-expect-error no such column
    model("Post", columns, { indexes: { byUser: globalIndex({ hashKey: "usr" }) } });
    // @ts-expect-error no such option
    model("Post", columns, { tablename: "Posts" });
    // @ts-expect-error a column is made by a type
    model("Post", { id: "string" });
    // @ts-expect-error no such index
    Post.byViews;
  });
});

describe("a column's modifiers", () => {
  it("suit its type", () => {
    t.datetime().rangeKey();
    t.binary().hashKey();
    t.enum("a", "b").hashKey().default("a");
    t.timestamp().optional().ttl();
    t.integer().ttl();
    t.custom({ wire: "S", encode: String, decode: (text) => new URL(text) }).hashKey();
    const isLive = Math.random() < 2;
    const either = isLive ? t.string() : t.number();
    model("Either", { id: either.hashKey(), at: either.rangeKey() });
    (isLive ? t.timestamp() : t.integer()).ttl();
    // @ts-expect-error one of them is no key
    (isLive ? t.string() : t.boolean()).hashKey();
    // @ts-expect-error one of them is no key
    (isLive ? t.set(t.string()) : t.number()).rangeKey();
    const timed = isLive ? t.timestamp() : t.string();
    // @ts-expect-error one of them is no time
    timed.ttl();
    // @ts-expect-error a key is text, a number or bytes
    t.boolean().hashKey();
    // @ts-expect-error a key is text, a number or bytes
    t.set(t.string()).rangeKey();
    // @ts-expect-error a key is text, a number or bytes
    t.list(t.string()).rangeKey();
    // @ts-expect-error a TTL is a number of seconds
    t.string().ttl();
    // @ts-expect-error a TTL is a number of seconds
    t.boolean().ttl();
  });

  it("stay outside other types", () => {
    t.set(t.enum("a", "b"));
    t.set(t.datetime());
    t.list(t.map({ a: t.string().optional(), b: t.set(t.binary()) }));
    t.record(t.list(t.any()));
    t.map({ even: t.integer().validate((value) => value % 2 === 0) });
    // @ts-expect-error a set holds text, numbers or bytes
    t.set(t.boolean());
    // @ts-expect-error a set holds text, numbers or bytes
    t.set(t.list(t.string()));
    // @ts-expect-error an element is there, or it isn't an element
    t.list(t.string().optional());
    // @ts-expect-error an element has no default
    t.record(t.integer().default(0));
    // @ts-expect-error no key is inside a document
    t.map({ a: t.string().hashKey() });
    // @ts-expect-error a member has no default
    t.map({ a: t.string().default("x") });
    // @ts-expect-error a version is the item's
    t.list(t.version());
  });
});

describe("expressions", () => {
  it("are the operators of columns", () => {
    const a = Post.views.gt(5).and(Post.content.beginsWith("Hello"));
    expectTypeOf(a.or(Post.tags.contains("x")).not()).toEqualTypeOf<Condition>();
    and(a, or(a, not(a)));
    Post.tags.size().gt(3);
    Post.meta.at("author").eq("ann");
    Post.meta.at("refs").at(0).missing();
    Post.views.gt(Post.likes);
    Post.content.ifMissing("…");
    Post.meta.at("refs").append("x");
    Post.tags.without("c");
    // @ts-expect-error a key never changes
    Post.forum.set("x");
    // @ts-expect-error a key never changes
    Post.id.remove();
    // @ts-expect-error an instance's getter is no column
    Post.title;
  });
});
