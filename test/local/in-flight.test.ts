import { InvalidState, InvalidValue } from "dynalchemy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { type Fault, hold } from "../support/faults.js";
import { Post } from "../support/models.js";
import { makeFaultBed } from "../support/test-bed.js";

type Bed = Awaited<ReturnType<typeof makeFaultBed>>;

describeOnLocal("while a flush is under way,", () => {
  let bed: Bed;
  let forums = 0;
  beforeAll(async () => {
    bed = await makeFaultBed([Post]);
  });
  afterAll(() => bed.proxy.close());

  /** A stored post with a forum of its own. */
  async function storedPost(more = {}) {
    bed.proxy.reset();
    forums += 1;
    const key = { forum: `f${forums}`, id: 1 };
    const item = { forum: { S: key.forum }, id: { N: "1" }, views: { N: "3" }, ...more };
    await bed.store(Post, item);
    return { key, item, session: bed.engine.session() };
  }

  const viewsOf = async (key: object) => (await bed.stored(Post, key))?.["views"];

  /** Holds the answer of a write that has landed, and loses it once it is released. */
  function holdLost(operation: string) {
    const held = hold({ landed: true });
    const fault: Fault = async (exchange) => {
      await exchange.forward();
      const silent = {
        operation: exchange.operation,
        body: exchange.body,
        outcome: exchange.outcome,
        forward: async () => ({ status: 200, body: Buffer.from("{}") }),
        answer: () => exchange.cut("dropped"),
      };
      await held.fault(silent as unknown as Parameters<Fault>[0]);
    };
    bed.proxy.inject({ operation, fault });
    return held;
  }

  it("a read beside it doesn't touch what the write was based on", async () => {
    for (const how of ["refresh", "get"] as const) {
      const { key, session } = await storedPost();
      const post = how === "get" ? Post.ref(key) : await session.require(Post, key);
      if (how === "get") session.add(post);
      session.update(post, { views: Post.views.plus(5) });
      const held = holdLost("UpdateItem");
      const flushing = session.flush().catch((error: unknown) => error);
      await held.arrived;
      if (how === "get") await session.get(Post, key);
      else await session.query(Post).key({ forum: key.forum }).refresh().all();
      held.release();
      expect(await flushing).toMatchObject({ code: "FLUSH_ERROR", uncertain: [post] });
      bed.proxy.reset();
      await session.commit().catch(() => undefined);
      expect(await viewsOf(key)).toEqual({ N: "8" });
    }
  });

  it("an update given again is one of its own", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    const increment = Post.views.plus(1);
    session.update(post, { views: increment });
    const held = hold();
    bed.proxy.inject({ operation: "UpdateItem", fault: held.fault });
    const flushing = session.flush();
    await held.arrived;
    session.update(post, { views: increment });
    held.release();
    await flushing;
    expect(post.views).toBe(4);
    await session.commit();
    expect([post.views, await viewsOf(key)]).toEqual([5, { N: "5" }]);
  });

  it("an update that is added to one that fails goes on with it", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(1) }, { condition: Post.views.lt(3) });
    const held = hold();
    bed.proxy.inject({ operation: "UpdateItem", fault: held.fault });
    const flushing = session.flush().catch((error: unknown) => error);
    await held.arrived;
    session.update(post, { views: Post.views.plus(10) });
    held.release();
    expect(await flushing).toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    await bed.store(Post, { forum: { S: key.forum }, id: { N: "1" }, views: { N: "2" } });
    await session.commit();
    expect(await viewsOf(key)).toEqual({ N: "13" });
  });

  it("a deletion of a ref that is taken back leaves the session usable", async () => {
    const { key, session } = await storedPost();
    const ref = Post.ref(key);
    session.delete(ref);
    const held = hold();
    bed.proxy.inject({ operation: "DeleteItem", fault: held.fault });
    const flushing = session.flush();
    await held.arrived;
    session.add(ref);
    held.release();
    await flushing;
    expect(session.state(ref)).toBe("deleted");
    const other = new Post({ ...key, id: 5 });
    session.add(other);
    await session.commit();
    expect(session.state(other)).toBe("persistent");
  });

  it("an object that moves can go back, or elsewhere", async () => {
    for (const goal of [1, 8]) {
      const { key, session } = await storedPost();
      const post = await session.require(Post, key);
      session.move(post, { ...key, id: 7 });
      const held = hold();
      bed.proxy.inject({ operation: "TransactWriteItems", fault: held.fault });
      const flushing = session.flush();
      await held.arrived;
      session.move(post, { ...key, id: goal });
      held.release();
      await flushing;
      expect(post.id).toBe(goal);
      await session.commit();
      expect(await viewsOf({ ...key, id: goal })).toEqual({ N: "3" });
      expect(await viewsOf({ ...key, id: 7 })).toBeUndefined();
      expect(await session.get(Post, { ...key, id: goal })).toBe(post);
      expect(session.dirty.size).toBe(0);
    }
  });

  it("an object that moves keeps the part of its key that isn't given, moved before or not", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.move(post, { id: 7 });
    session.move(post, { forum: `${key.forum}-archive` });
    expect(() => session.move(post, { id: undefined as never })).toThrow(InvalidValue);
    await session.commit();
    const goal = { forum: `${key.forum}-archive`, id: 7 };
    expect({ forum: post.forum, id: post.id }).toEqual(goal);
    expect(await viewsOf(goal)).toEqual({ N: "3" });
    expect(await viewsOf(key)).toBeUndefined();
  });

  it("an object that is moved while the flush reads what goes along with another keeps all as well", async () => {
    const { key, session } = await storedPost();
    const others = [2, 3].map((id) => ({ ...key, id }));
    for (const { forum, id } of others) {
      const known = { forum: { S: forum }, id: { N: String(id) }, views: { N: "3" } };
      await bed.store(Post, { ...known, unknown: { S: "u" } });
    }
    const [first, second] = await session.getMany(Post, others);
    if (first === undefined || second === undefined) throw new Error("They were stored");
    session.move(first, { ...key, id: 7 });
    const held = hold({ landed: true });
    bed.proxy.inject({ operation: "GetItem", fault: held.fault });
    const flushing = session.flush();
    await held.arrived;
    session.move(second, { ...key, id: 8 });
    held.release();
    await flushing;
    for (const id of [7, 8]) {
      expect(await bed.stored(Post, { ...key, id })).toMatchObject({ unknown: { S: "u" } });
    }
  });

  it("an object that moves can be deleted and taken back, or expired", async () => {
    for (const how of ["delete", "expire"] as const) {
      const { key, session } = await storedPost();
      const post = await session.require(Post, key);
      session.move(post, { ...key, id: 7 });
      const held = hold();
      bed.proxy.inject({ operation: "TransactWriteItems", fault: held.fault });
      const flushing = session.flush();
      await held.arrived;
      session[how](post);
      if (how === "delete") session.add(post);
      held.release();
      await flushing;
      await session.commit();
      const goal = how === "delete" ? 1 : 7;
      expect(post.id).toBe(goal);
      expect(await viewsOf({ ...key, id: goal })).toEqual({ N: "3" });
      expect(await session.get(Post, { ...key, id: goal })).toBe(post);
      expect(post.views).toBe(3);
    }
  });

  it("a transactional read of an object that isn't loaded is made again", async () => {
    const { key, session } = await storedPost({ c: { S: "x" } });
    const ref = Post.ref(key);
    session.add(ref);
    const held = hold({ landed: true });
    bed.proxy.inject({ operation: "TransactGetItems", fault: held.fault });
    const reading = session.getMany(Post, [key], { transaction: true });
    await held.arrived;
    ref.views = 4;
    await session.flush();
    held.release();
    const [found] = await reading;
    expect(found).toBe(ref);
    expect([ref.views, ref.content]).toEqual([4, "x"]);
  });

  it("a late row doesn't fill what a transaction has computed", async () => {
    const { key, item, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(5) });
    await session.commit({ exactlyOnce: true });
    const stale: Fault = (exchange) =>
      exchange.answer(200, { Items: [item], Count: 1, ScannedCount: 1 });
    bed.proxy.inject({ operation: "Query", fault: stale });
    const [found] = await session.query(Post).key({ forum: key.forum }).all();
    expect(found).toBe(post);
    expect(() => post.views).toThrow();
    await session.get(Post, key);
    expect(post.views).toBe(8);
  });

  it("counts given one after the other are added up", async () => {
    const { key, session } = await storedPost({ tags: { SS: ["a"] } });
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(1), tags: Post.tags.with("b") });
    session.update(post, { views: Post.views.plus(1), tags: Post.tags.with("c") });
    session.update(post, { views: Post.views.minus(4) });
    await session.commit();
    expect([post.views, [...(post.tags ?? [])].sort()]).toEqual([1, ["a", "b", "c"]]);
    const refs = Post.meta.at("refs");
    session.update(post, { meta: { author: "ann", refs: ["a"] } });
    await session.commit();
    session.update(post, { meta: refs.append("b") as never });
    session.update(post, { meta: refs.append("c") as never });
    expect(() => session.update(post, { meta: refs.prepend("d") as never })).toThrow(InvalidState);
    await session.commit();
    expect(post.meta?.refs).toEqual(["a", "b", "c"]);
    session.update(post, { views: Post.views.plus(1) });
    session.update(post, { views: Post.views.set(9) });
    await session.commit();
    expect(await viewsOf(key)).toEqual({ N: "9" });
  });
});
