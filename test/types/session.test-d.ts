import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Engine, globalIndex, type ModelInstance, model, plain, type Session, t } from "dynalchemy";
import { describe, expectTypeOf, it } from "vitest";

class User extends model("User", { id: t.string().hashKey(), admin: t.boolean() }) {}

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string(),
    date: t.datetime().optional(),
    views: t.integer().default(0),
    isOpen: t.boolean().default(true),
    state: t.enum("draft", "shown").optional(),
    content: t.string().optional().as("c"),
    tags: t.set(t.string()).optional(),
    meta: t.map({ author: t.string(), refs: t.list(t.string()) }).optional(),
    any: t.any().optional(),
  },
  { indexes: { byUser: globalIndex({ hashKey: "user", rangeKey: "date" }) } },
) {
  get title(): string | undefined {
    return this.content?.slice(0, 20);
  }
  rename(content: string): void {
    this.content = content;
  }
}

declare const session: Session;
declare const post: Post;
const key = { forum: "a", id: 1 };

describe("an engine", () => {
  it("takes either client, and its own options alone", async () => {
    new Engine();
    const client = new DynamoDBClient({});
    const engine = new Engine({
      client,
      tableName: (name) => `dev-${name}`,
      atomic: false,
      consistent: false,
      concurrency: 16,
    });
    new Engine({ client: DynamoDBDocumentClient.from(client) });
    engine.context({ atomic: true }).config.atomic = true;
    engine.session({ atomic: "changed", consistent: false, transaction: false, readonly: false });
    await engine.bind(User, Post);
    await engine.bind(Post, { create: false });
    await engine.save([post], { condition: Post.views.lt(1), atomic: true });
    await engine.load([post], { consistent: true });
    await engine.delete(post, { condition: Post.views.lt(1) });
    engine.query(Post.byUser).key(Post.user.eq("ann"));
    engine.scan(Post);
    // @ts-expect-error no client
    new Engine({ client: {} });
    // @ts-expect-error no such option
    new Engine({ cilent: client });
    // @ts-expect-error no such guard
    engine.session({ atomic: "all" });
    // @ts-expect-error an instance is no model
    await engine.bind(post);
    // @ts-expect-error no such option
    await engine.bind(Post, { creat: false });
  });
});

describe("reading", () => {
  it("takes exactly the key, and gives the model's class", async () => {
    expectTypeOf(await session.get(Post, key)).toEqualTypeOf<Post | undefined>();
    expectTypeOf(await session.require(Post, key)).toEqualTypeOf<Post>();
    expectTypeOf(await session.getMany(Post, [key])).toEqualTypeOf<(Post | undefined)[]>();
    // @ts-expect-error the range key is missing
    await session.get(Post, { forum: "a" });
    // @ts-expect-error more than the key
    await session.get(Post, { forum: "a", id: 1, views: 3 });
    // @ts-expect-error a key of another type
    await session.require(Post, { forum: "a", id: "1" });
    // @ts-expect-error another model's key
    await session.getMany(Post, [{ id: "a" }]);
  });
});

describe("writing", () => {
  it("takes objects, their conditions and options", async () => {
    session.add(post);
    session.put([post, new User({ id: "a", admin: true })]);
    session.upsert(new Set([post]));
    session.delete(post, { condition: Post.views.lt(10) });
    expectTypeOf(await session.merge(post)).toEqualTypeOf<Post>();
    session.check(User, { id: "a" }, User.admin.eq(true));
    await session.commit({ transaction: true, onConflict: "rebase" });
    // @ts-expect-error text is no object
    session.add("post");
    // @ts-expect-error a plain object is no instance
    session.add({ id: "a" });
    // @ts-expect-error a plain object is no instance, whatever it has
    session.put([{ id: "a", admin: true }]);
    // @ts-expect-error the class is no instance
    session.add(User);
    // @ts-expect-error a plain copy is no instance
    session.add(plain(post));
    // @ts-expect-error a key is no instance
    session.delete(key);
    // @ts-expect-error a key is no instance
    await session.refresh([key]);
    // @ts-expect-error the class is no instance
    session.expunge(Post);
    // @ts-expect-error a key is no instance
    session.update(key, {});
    // @ts-expect-error no condition
    session.delete(post, { condition: true });
    // @ts-expect-error the key is missing
    session.check(User, {}, User.admin.eq(true));
    // @ts-expect-error a column is no condition
    session.check(User, { id: "a" }, User.admin);
    // @ts-expect-error no such policy
    await session.commit({ onConflict: "ignore" });
  });

  it("takes objects of models that are known no further", async () => {
    const rows = await session.query(Post.byUser).key({ user: "ann" }).all();
    session.delete(rows);
    const mixed: readonly object[] = [post];
    session.add(mixed);
    const save = <T extends ModelInstance>(object: T) => session.put(object);
    save(post);
    const saveAny = <T extends object>(object: T) => session.put(object);
    saveAny(post);
    const Forum = model("Forum", { name: t.string().hashKey() });
    session.add(new Forum({ name: "a" }));
  });

  it("by update takes values and updates of the column's own type", () => {
    session.update(post, { views: Post.views.plus(1), content: "x", tags: new Set(["a"]) });
    session.update(post, { views: 3 }, { condition: Post.views.lt(3) });
    session.update(post, { content: undefined, tags: Post.tags.with("x") });
    session.update(post, { content: Post.content.remove(), isOpen: Post.isOpen.set(false) });
    session.update(post, { state: Post.state.ifMissing("draft"), date: new Date() });
    session.update(post, { meta: Post.meta.at("refs").append("x") });
    session.update(post, { meta: Post.meta.at("author").set("ann"), any: Post.any.plus(1) });
    session.update(post, {});
    // @ts-expect-error a key
    session.update(post, { forum: "x" });
    // @ts-expect-error a required column
    session.update(post, { views: undefined });
    // @ts-expect-error a getter
    session.update(post, { title: "x" });
    // @ts-expect-error a method
    session.update(post, { rename: () => {} });
    // @ts-expect-error no such column
    session.update(post, { nope: 1 });
    // @ts-expect-error text for a number
    session.update(post, { views: "x" });
    // @ts-expect-error an update of text for a number
    session.update(post, { views: Post.content.set("x") });
    // @ts-expect-error an update of a set for a number
    session.update(post, { views: Post.tags.with("x") });
    // @ts-expect-error an update of a number for text
    session.update(post, { content: Post.views.plus(1) });
  });

  it("by a query's update does too", () => {
    const query = session.query(Post).key(key);
    query.update({
      views: Post.views.plus(1),
      content: "x",
      meta: Post.meta.at("refs").append("x"),
    });
    // @ts-expect-error a key
    query.update({ forum: "x" });
    // @ts-expect-error an update of text for a number
    query.update({ views: Post.content.set("x") });
  });

  it("by move takes the key's parts alone", () => {
    session.move(post, { forum: "archive", id: post.id });
    // @ts-expect-error no part of the key
    session.move(post, { views: 3 });
    // @ts-expect-error a key of another type
    session.move(post, { forum: "a", id: "1" });
  });
});
