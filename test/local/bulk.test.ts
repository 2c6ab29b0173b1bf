import {
  FlushError,
  InvalidExpression,
  InvalidState,
  InvalidValue,
  TransactionTooLarge,
} from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { dropAnswer, refuse } from "../support/faults.js";
import { Account, Post, User } from "../support/models.js";
import { makeFaultBed } from "../support/test-bed.js";

type Bed = Awaited<ReturnType<typeof makeFaultBed>>;

let bed: Bed;
let forum = "";
let forums = 0;

beforeAll(async () => {
  bed = await makeFaultBed([Post, User, Account]);
});

afterAll(async () => {
  bed.engine.client.destroy();
  await bed.proxy.close();
});

beforeEach(async () => {
  forums += 1;
  forum = `f${forums}`;
  const posts = Array.from(
    { length: 30 },
    (_, id) => new Post({ forum, id, views: id, user: `u${forum}` }),
  );
  await bed.engine.save(posts);
  bed.recorder.clear();
});

const views = async () => {
  const posts = await bed.engine.query(Post).key({ forum }).consistent().all();
  return posts.map((post) => post.views);
};
const counts = (from: number, by = 0) =>
  Array.from({ length: 30 - from }, (_, at) => from + at + by);

describe("a bulk update", () => {
  it("is pending until the flush, which reads keys and writes each row on its condition", async () => {
    await using session = bed.engine.session();
    const statement = session
      .query(Post)
      .key({ forum })
      .filter(Post.views.gte(28))
      .update({ views: Post.views.plus(1), content: "new" });
    expect(bed.recorder.operations).toEqual([]);
    expect(String(session.plan())).toContain(
      `update Post where forum = "${forum}" and views >= 28`,
    );
    expect(session.plan().statements).toEqual([statement]);
    const { statements } = await session.commit();
    expect(statements).toEqual([statement]);
    expect(statement).toMatchObject({ status: "done", matched: 2, written: 2, changed: 0 });
    expect(bed.recorder.requests.map(({ input }) => input)).toEqual([
      expect.objectContaining({ ProjectionExpression: expect.stringMatching(/^#\w+, #\w+$/) }),
      ...[28, 29].map((id) =>
        expect.objectContaining({
          Key: { forum: { S: forum }, id: { N: String(id) } },
          ConditionExpression: expect.stringContaining("attribute_exists"),
        }),
      ),
    ]);
    expect(await views()).toEqual([...counts(0).slice(0, 28), 29, 30]);
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("counts rows that have changed meanwhile, and leaves them alone", async () => {
    await using session = bed.engine.session();
    const statement = session
      .query(Post)
      .key({ forum })
      .filter(Post.views.gte(28))
      .update({ views: 0 });
    session.events.on("beforeFlush", (event) => {
      event.waitUntil(bed.store(Post, { forum: { S: forum }, id: { N: "28" }, views: { N: "5" } }));
    });
    await session.commit();
    expect(statement).toMatchObject({ status: "done", matched: 2, written: 1, changed: 1 });
    expect((await views()).slice(28)).toEqual([5, 0]);
  });

  it("is forgotten by a rollback", async () => {
    await using session = bed.engine.session();
    const statement = session.query(Post).key({ forum }).update({ views: 0 });
    await session.rollback();
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    expect(statement.status).toBe("dropped");
  });

  it("refuses rows that the session has edited before it writes any, and expires clean ones", async () => {
    await using session = bed.engine.session();
    const [post] = await session.query(Post).key({ forum }).limit(1).all();
    if (post === undefined) throw new Error("no post");
    const statement = session.query(Post).key({ forum }).limit(3).update({ views: 50 });
    post.views = 7;
    await expect(session.flush()).rejects.toBeInstanceOf(InvalidState);
    expect(await views()).toEqual(counts(0));
    post.views = 0;
    await session.flush();
    expect(statement.written).toBe(3);
    expect(session.state(post)).toBe("expired");
    await session.refresh(post);
    expect(post.views).toBe(50);
  });

  it("never doubles an addition whose answer was lost", async () => {
    await using session = bed.engine.session();
    const statement = session
      .query(Post)
      .key({ forum })
      .limit(2)
      .update({ views: Post.views.plus(1) });
    bed.proxy.inject({ operation: "UpdateItem", fault: dropAnswer(), times: 1 });
    await expect(session.commit()).rejects.toMatchObject({ failures: [{ isUncertain: true }] });
    expect(statement).toMatchObject({ status: "done", written: 1, uncertain: 1 });
    await session.commit();
    expect((await views()).slice(0, 3)).toEqual([1, 2, 2]);
  });

  it("keeps the rows pending that weren't written", async () => {
    await using session = bed.engine.session();
    const statement = session
      .query(Post)
      .key({ forum })
      .limit(2)
      .update({ views: Post.views.plus(1) });
    bed.proxy.inject({ operation: "UpdateItem", fault: refuse("AccessDeniedException"), times: 1 });
    await expect(session.commit()).rejects.toBeInstanceOf(FlushError);
    expect(statement).toMatchObject({ status: "pending", matched: 2, written: 1 });
    await session.commit();
    expect(statement).toMatchObject({ status: "done", matched: 2, written: 2 });
    expect((await views()).slice(0, 3)).toEqual([1, 2, 2]);
  });

  it("asks an index's key of the item, since the index's row may be late", async () => {
    const date = new Date(0);
    const user = `ann of ${forum}`;
    await bed.engine.save([98, 99].map((id) => new Post({ forum, id, user, date })));
    await using session = bed.engine.session();
    const statement = session.query(Post.byUser).key({ user }).update({ content: "x" });
    session.events.on("beforeFlush", (event) => {
      const item = { forum: { S: forum }, id: { N: "98" }, user: { S: "bob" }, views: { N: "0" } };
      event.waitUntil(bed.store(Post, item));
    });
    await session.commit();
    expect(statement).toMatchObject({ status: "done", matched: 2, written: 1, changed: 1 });
    expect(await bed.stored(Post, { forum, id: 98 })).not.toHaveProperty("c");
    expect(await bed.stored(Post, { forum, id: 99 })).toMatchObject({ c: { S: "x" } });
  });

  it("counts the version of each row", async () => {
    await bed.engine.save(new Account({ id: forum, balance: 1 }));
    await using session = bed.engine.session();
    session.scan(Account).filter(Account.id.eq(forum)).update({ balance: 9 });
    await session.commit();
    const stored = { balance: { N: "9" }, version: { N: "2" } };
    expect(await bed.stored(Account, { id: forum })).toMatchObject(stored);
  });

  it("refuses what can't be updated, at the call", () => {
    const session = bed.engine.session();
    const query = session.query(Post).key({ forum });
    expect(() => query.update({})).toThrow(InvalidExpression);
    expect(() => query.update({ forum: "x" } as object)).toThrow(InvalidExpression);
    expect(() => query.update({ nothing: 1 } as object)).toThrow(InvalidValue);
    expect(() => query.update({ views: "x" } as object)).toThrow(InvalidValue);
    expect(() => query.update({ views: Post.content.set("x") as never })).toThrow(
      InvalidExpression,
    );
    expect(() => query.select("views").delete()).toThrow(InvalidExpression);
    expect(() => bed.engine.query(Post).key({ forum }).delete()).toThrow(InvalidState);
    expect(() => bed.engine.session({ readonly: true }).scan(Post).delete()).toThrow(InvalidState);
  });
});

describe("a bulk delete", () => {
  it("packs rows without a filter in batches, and deletes tracked objects with them", async () => {
    await using session = bed.engine.session();
    const post = await session.require(Post, { forum, id: 3 });
    bed.recorder.clear();
    const statement = session.query(Post).key({ forum }).delete();
    await session.commit();
    expect(bed.recorder.operations).toEqual(["Query", "BatchWriteItem", "BatchWriteItem"]);
    expect(statement).toMatchObject({ status: "done", matched: 30, written: 30 });
    expect(await views()).toEqual([]);
    expect(session.state(post)).toBe("deleted");
  });

  it("asks the filter of each row", async () => {
    await using session = bed.engine.session();
    const statement = session
      .scan(Post)
      .filter(Post.forum.eq(forum).and(Post.views.lt(2)))
      .delete();
    await session.commit();
    expect(statement.written).toBe(2);
    expect(await views()).toEqual(counts(2));
  });

  it("of nothing is done", async () => {
    await using session = bed.engine.session();
    const statement = session.query(Post).key({ forum: "none" }).delete();
    expect((await session.flush()).statements).toEqual([statement]);
    expect(statement).toMatchObject({ status: "done", matched: 0 });
  });
});

describeOnLocal("a bulk statement in a transaction", () => {
  it("is written with everything else, without the rows that have changed", async () => {
    await using session = bed.engine.session({ transaction: true });
    const statement = session
      .query(Post)
      .key({ forum })
      .filter(Post.views.lt(3))
      .update({ views: 90 });
    session.add(new User({ id: forum }));
    session.events.on("beforeFlush", (event) => {
      event.waitUntil(bed.remove(Post, { forum, id: 1 }));
    });
    await session.commit();
    expect(statement).toMatchObject({ status: "done", matched: 3, written: 2, changed: 1 });
    expect(await bed.stored(User, { id: forum })).toBeDefined();
    expect((await views()).slice(0, 3)).toEqual([90, 90, 3]);
  });

  it("is never split", async () => {
    await bed.engine.save(Array.from({ length: 71 }, (_, at) => new Post({ forum, id: 100 + at })));
    await using session = bed.engine.session();
    session.query(Post).key({ forum }).update({ views: 0 });
    await expect(session.commit({ transaction: true })).rejects.toBeInstanceOf(TransactionTooLarge);
    expect((await views()).slice(0, 30)).toEqual(counts(0));
  });
});
