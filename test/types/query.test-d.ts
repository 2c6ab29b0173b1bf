import { QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { AnyModel, BulkStatement, Condition, Query, Scan, Session } from "dynalchemy";
import { globalIndex, localIndex, model, t } from "dynalchemy";
import { describe, expectTypeOf, it } from "vitest";

class User extends model("User", { id: t.string().hashKey() }) {}

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string().optional(),
    date: t.datetime().optional(),
    views: t.integer().default(0),
    tags: t.set(t.string()).optional(),
  },
  {
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "date" }),
      byDate: localIndex({ rangeKey: "date", projection: ["views"] }),
    },
  },
) {
  get title(): string {
    return this.forum;
  }
}

declare const session: Session;
declare const key: { readonly forum: string };
const query = () => session.query(Post).key(key);

describe("results", () => {
  it("are instances of the model", async () => {
    expectTypeOf(await query().all()).toEqualTypeOf<Post[]>();
    expectTypeOf(await query().first()).toEqualTypeOf<Post | undefined>();
    expectTypeOf(await query().one()).toEqualTypeOf<Post>();
    expectTypeOf(await query().count()).toEqualTypeOf<number>();
    for await (const post of query()) expectTypeOf(post).toEqualTypeOf<Post>();
    for await (const post of session.scan(Post)) expectTypeOf(post).toEqualTypeOf<Post>();
    for await (const { items, cursor, consumed } of query().pages()) {
      expectTypeOf(items).toEqualTypeOf<readonly Post[]>();
      expectTypeOf(cursor).toEqualTypeOf<string | undefined>();
      expectTypeOf(consumed).toEqualTypeOf<number | undefined>();
    }
    expectTypeOf((await query().run()).requests).toEqualTypeOf<number>();
  });

  it("of an index by its name are instances too, with the class's own methods", async () => {
    const [post] = await session.query(Post).index("byUser").all();
    expectTypeOf(post?.title).toEqualTypeOf<string | undefined>();
  });

  it("of an index by reference have the model's columns, without the class's own methods", async () => {
    const [post] = await session.query(Post.byUser).all();
    expectTypeOf(post?.views).toEqualTypeOf<number | undefined>();
    // @ts-expect-error the base class, which makes the reference, doesn't know the subclass's methods
    post?.title;
  });

  it("of select are plain rows of exactly these columns", async () => {
    const [row] = await query().select("views", "user").all();
    expectTypeOf(row).toEqualTypeOf<
      { readonly views: number; readonly user: string | undefined } | undefined
    >();
    // @ts-expect-error a key is shown only where it is asked for
    row?.forum;
    for await (const user of session.scan(User).select("id")) {
      expectTypeOf(user).toEqualTypeOf<{ readonly id: string }>();
    }
  });
});

describe("steps", () => {
  it("keep what they were called on", () => {
    type PostQuery = ReturnType<typeof query>;
    expectTypeOf(query().descending().limit(1).consistent()).toEqualTypeOf<PostQuery>();
    expectTypeOf(query().untracked().complete().after(undefined)).toEqualTypeOf<PostQuery>();
    expectTypeOf(session.scan(User).parallel(4).limit(1)).toExtend<Scan<User>>();
    expectTypeOf(query()).toExtend<Query<Post>>();
  });

  it("take the model's own names", () => {
    query().index("byDate").select("tags");
    // @ts-expect-error no such index
    query().index("byViews");
    // @ts-expect-error no such column
    query().select("title");
    // @ts-expect-error at least one column
    query().select();
    // @ts-expect-error a query by reference has its index
    session.query(Post.byUser).index("byDate");
  });

  it("take conditions, or key values of the columns' types", () => {
    query().key(Post.id.gt(1));
    query().key({ id: 1 });
    // @ts-expect-error a number
    query().key({ id: "1" });
    // @ts-expect-error no such column
    query().key({ title: "x" });
    // @ts-expect-error a filter is a condition
    query().filter({ views: 1 });
    const condition: Condition = Post.views.gt(1);
    query().filter(condition);
  });

  it("of a key begin with the hash key of what is queried", () => {
    const [date, forum, user] = [new Date(), "a", "ann"];
    const posts = session.query(Post);
    posts.key({ forum });
    posts.key({ forum, id: 1 });
    posts.index("byUser").key({ user });
    posts.index("byUser").key({ user, date });
    posts.index("byDate").key({ forum, date });
    session.query(Post.byUser).key({ user });
    session.query(Post.byDate).key({ forum, date });
    // @ts-expect-error the hash key is missing
    posts.key({ id: 1 });
    // @ts-expect-error the hash key is missing
    posts.key({});
    // @ts-expect-error the hash key of an index that isn't asked for
    posts.key({ user });
    // @ts-expect-error the table's hash key, and not the index's
    posts.index("byUser").key({ forum });
    // @ts-expect-error the hash key is missing
    posts.index("byUser").key({ date });
    // @ts-expect-error a local index has the table's hash key
    posts.index("byDate").key({ date });
    // @ts-expect-error the hash key is missing
    session.query(Post.byUser).key({ date });
    // @ts-expect-error the hash key is missing
    session.query(Post.byDate).key({ date });
    // @ts-expect-error the hash key is missing, also after other steps
    posts.descending().limit(1).filter(Post.views.gt(1)).select("views").key({ id: 1 });
    // @ts-expect-error a hash key is no undefined
    posts.key({ forum: undefined });
  });

  it("of a key go on where the hash key was given", () => {
    const posts = session.query(Post).key({ forum: "a" });
    posts.key({ id: 1 });
    posts.limit(3).key({ id: 1 });
    posts.index("byDate").key({ date: new Date() });
    session.query(Post).key(Post.forum.eq("a")).key({ id: 1 });
    let query = session.query(Post);
    query = query.key({ forum: "a" });
    const either: typeof Post.byUser | typeof Post.byDate = Post.byUser;
    session.query(either).key({ user: "ann" });
    const limited = (any: Query<Post>) => any.limit(1);
    limited(query);
    limited(posts);
    const all = <M extends AnyModel>(model: M, condition: Condition) =>
      session.query(model).key(condition).all();
    expectTypeOf(all(Post, Post.forum.eq("a"))).resolves.toEqualTypeOf<Post[]>();
    // @ts-expect-error a hash key of no index of a model
    session.query(either as typeof Post.byUser | typeof Post.byDate).key({ date: new Date() });
  });

  it("of a scan are without key and direction", () => {
    // @ts-expect-error a scan has no key
    session.scan(Post).key({ forum: "a" });
    // @ts-expect-error a scan has no order
    session.scan(Post).descending();
    // @ts-expect-error a query isn't divided
    query().parallel(2);
  });

  it("take what an application gets", () => {
    query().after(new URL("https://x").searchParams.get("cursor"));
    // @ts-expect-error a query string may hold several
    query().after(["a"]);
  });
});

describe("bulk statements", () => {
  it("take values and updates of the columns that aren't keys", () => {
    const statement = query().update({ views: Post.views.plus(1), user: undefined });
    expectTypeOf(statement).toEqualTypeOf<BulkStatement>();
    expectTypeOf(session.scan(Post).delete()).toEqualTypeOf<BulkStatement>();
    session.query(Post.byUser).update({ views: 3 });
    // @ts-expect-error a number
    query().update({ views: "3" });
    // @ts-expect-error required
    query().update({ views: undefined });
    // @ts-expect-error a key
    query().update({ forum: "b" });
    // @ts-expect-error a method of the class is no column
    query().update({ title: "b" });
  });

  it("and each() gives the model's instances", () => {
    session.each(query(), (post) => expectTypeOf(post).toEqualTypeOf<Post>());
  });
});

it("a request is what the SDK takes", () => {
  new QueryCommand(query().request());
  new ScanCommand(session.scan(User).request());
});
