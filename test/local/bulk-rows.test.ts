import { inspect } from "node:util";
import { Engine, InvalidCursor, InvalidExpression, InvalidState } from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Post } from "../support/models.js";
import { type Bed, makeBed } from "../support/test-bed.js";

let bed: Bed;
let forum = "";
let forums = 0;

beforeAll(async () => {
  bed = await makeBed([Post], { cursorSecret: "secret" });
});

afterAll(() => bed.engine.client.destroy());

beforeEach(async () => {
  forums += 1;
  forum = `f${forums}`;
  await bed.engine.save([
    new Post({ forum, id: 0, meta: { author: "ann", refs: ["a"] } }),
    new Post({ forum, id: 1 }),
    new Post({ forum, id: 2, meta: { author: "bob", refs: [] } }),
  ]);
  bed.recorder.clear();
});

const query = () => bed.engine.session().query(Post).key({ forum });

describe("a row that lacks what an update leads through", () => {
  const { meta } = Post;
  it.each([
    ["a map", { meta: meta.at("author").set("you") }, 1],
    ["a list", { meta: meta.at("refs").at(0).set("b") }, 1],
    ["a list's append", { meta: meta.at("refs").append("b") }, 1],
    ["a removal", { meta: meta.at("author").remove() }, 1],
    ["another column", { content: Post.content.set(Post.user) }, 3],
  ] as const)("by %s counts as changed, and the others are written", async (_, values, changed) => {
    await using session = bed.engine.session();
    const statement = session.query(Post).key({ forum }).update(values);
    await session.commit();
    expect(statement).toMatchObject({
      status: "done",
      matched: 3,
      written: 3 - changed,
      changed,
    });
    expect(await bed.stored(Post, { forum, id: 1 })).not.toHaveProperty("meta");
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("is written where the update says what to do without it", async () => {
    await using session = bed.engine.session();
    const content = Post.content.ifMissing("none");
    const statement = session.query(Post).key({ forum }).update({ content });
    await session.commit();
    expect(statement).toMatchObject({ written: 3, changed: 0 });
  });
});

describe("a statement beyond the limits", () => {
  it("is refused at the call, with what its rows are asked for", () => {
    const [first, ...rest] = Array.from({ length: 150 }, (_, at) => Post.views.eq(at));
    // 299 operators: enough for a filter, and too many with the row's own condition.
    const filter = first?.or(...rest);
    if (filter === undefined) throw new Error("no filter");
    const found = query().filter(filter);
    expect(() => found.request()).not.toThrow();
    expect(() => found.update({ views: 1 })).toThrow(InvalidExpression);
    expect(bed.recorder.operations).toEqual([]);
  });

  it("or whose cursor is none is refused at the call", () => {
    expect(() => query().after("nonsense").delete()).toThrow(InvalidCursor);
  });

  it.each(["secret", undefined])(
    "or whose cursor isn't its own is refused at the call, where the secret is %s",
    async (secret) => {
      const engineWith = (cursorSecret: string | undefined) =>
        new Engine({
          client: bed.engine.client,
          tableName: () => bed.tableName(Post),
          ...(cursorSecret !== undefined && { cursorSecret }),
        });
      const engine = engineWith(secret);
      const cursorOf = async (of: Engine, name = forum) => {
        const { cursor = "" } = await of.query(Post).key({ forum: name }).limit(1).page();
        return cursor;
      };
      await engine.save([1, 2].map((id) => new Post({ forum: "elsewhere", id })));
      const own = await cursorOf(engine);
      const last = own.at(-1) === "A" ? "B" : "A";
      const foreign = {
        "another partition's": await cursorOf(engine, "elsewhere"),
        "signed otherwise": await cursorOf(engineWith(secret === undefined ? "other" : undefined)),
        "signed by another secret": await cursorOf(engineWith("another")),
        altered: own.slice(0, -1) + last,
        "with another tag": own.slice(0, 5) + (own[5] === "A" ? "B" : "A") + own.slice(6),
        truncated: own.slice(0, -4),
      };
      bed.recorder.clear();
      await using session = engine.session();
      const found = (cursor: string) => session.query(Post).key({ forum }).after(cursor);
      for (const [what, cursor] of Object.entries(foreign)) {
        expect(() => found(cursor).delete(), what).toThrow(InvalidCursor);
        expect(() => found(cursor).update({ views: 1 }), what).toThrow(InvalidCursor);
      }
      expect(() => found(own).descending().delete()).toThrow(InvalidCursor);
      expect(session.plan().statements).toEqual([]);
      expect(bed.recorder.operations).toEqual([]);
      const statement = found(own).limit(1).update({ views: 9 });
      await session.commit();
      expect(statement).toMatchObject({ status: "done", written: 1 });
    },
  );
});

describe("cancel()", () => {
  it("gives a statement up, so that what stood beside it can be flushed", async () => {
    await using session = bed.engine.session();
    const post = await session.require(Post, { forum, id: 1 });
    post.views = 7;
    const statement = session.query(Post).key({ forum }).update({ content: "x" });
    await expect(session.commit()).rejects.toThrow(/cancel\(\)/);
    await expect(session.commit()).rejects.toBeInstanceOf(InvalidState);
    statement.cancel();
    expect(statement.status).toBe("dropped");
    await session.commit();
    expect(await bed.stored(Post, { forum, id: 1 })).toMatchObject({ views: { N: "7" } });
    expect(await bed.stored(Post, { forum, id: 0 })).not.toHaveProperty("c");
    statement.cancel();
    const again = session.query(Post).key({ forum }).update({ content: "x" });
    await session.commit();
    expect(again.written).toBe(3);
    again.cancel();
    expect(again.status).toBe("done");
  });
});

describe("console.log", () => {
  it("shows what a statement did, and a query what it will do", async () => {
    await using session = bed.engine.session();
    const found = session.query(Post).key({ forum });
    const statement = found.update({ views: 1 });
    await session.commit();
    expect(inspect(statement)).toBe(
      `BulkStatement(${statement}; done: matched 3, written 3, changed 0, uncertain 0)`,
    );
    expect(inspect(found)).toBe(String(found.explain()));
  });
});

describe("plan()", () => {
  it("tells a statement's limit, direction and cursor", async () => {
    const { cursor } = await bed.engine.query(Post).key({ forum }).descending().limit(1).page();
    await using session = bed.engine.session();
    session.query(Post).key({ forum }).descending().limit(2).after(cursor).update({ views: 3 });
    session.scan(Post).limit(1).delete();
    session.query(Post.byUser).key({ user: "ann" }).delete();
    expect(String(session.plan())).toBe(
      `update Post where forum = "${forum}", descending, after a cursor, at most 2 (set views = 3): ` +
        "Query for the keys, then a write for each row\n" +
        "delete Post, at most 1: Scan for the keys, then deletions, 25 in a request\n" +
        'delete Post by byUser where user = "ann": Query for the keys, then a write for each row',
    );
  });
});
