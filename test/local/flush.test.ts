import {
  FlushError,
  InvalidState,
  model,
  type Session,
  SessionClosed,
  type SessionOptions,
  TooManyRequests,
  t,
} from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { hold, refuse, throttle } from "../support/faults.js";
import { Account, Post, User } from "../support/models.js";
import { makeBed, makeFaultBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = { forum: { S: "a" }, id: { N: "1" }, views: { N: "3" }, c: { S: "Hello" } };

async function loaded(options: SessionOptions = {}) {
  const bed = await makeFaultBed([Post, User]);
  await bed.store(Post, item);
  const session = bed.engine.session(options);
  const post = await session.require(Post, key);
  bed.proxy.reset();
  bed.recorder.clear();
  return { ...bed, session, post };
}

describeOnLocal("flushes of one session", () => {
  it("queue: the second sends what is left when the first has ended", async () => {
    const { session, post, proxy, recorder, stored } = await loaded();
    const held = hold();
    proxy.inject({ operation: "UpdateItem", fault: held.fault });
    post.views = 4;
    const first = session.flush();
    await held.arrived;
    post.views = 5;
    const second = session.commit();
    const third = session.commit();
    held.release();
    const results = await Promise.all([first, second, third]);
    expect(results.map(({ written }) => written)).toEqual([[post], [post], []]);
    expect(results[2]?.requests).toBe(0);
    expect(recorder.operations).toEqual(["UpdateItem", "UpdateItem"]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "5" } });
    await proxy.close();
  });

  it("go on after one that failed", async () => {
    const { session, post, store, proxy } = await loaded();
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    const first = session.flush();
    const second = session.refresh(post).then(() => {
      post.views += 1;
    });
    await expect(first).rejects.toBeInstanceOf(FlushError);
    await second;
    await session.flush();
    expect(post.views).toBe(8);
    await proxy.close();
  });

  it("leave what is edited meanwhile to the next, and put it back to what was written by a rollback", async () => {
    const { session, post, proxy, stored } = await loaded();
    const held = hold({ landed: true });
    proxy.inject({ operation: "UpdateItem", fault: held.fault });
    post.views = 4;
    const flushing = session.flush();
    await held.arrived;
    post.views = 5;
    post.content = "later";
    const added = new User({ id: "u" });
    session.add(added);
    const rolledBack = session.rollback();
    expect(post.views).toBe(5);
    held.release();
    await Promise.all([flushing, rolledBack]);
    expect(post).toMatchObject({ views: 4, content: "Hello" });
    expect(session.state(added)).toBe("transient");
    expect(session.dirty.size).toBe(0);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    await proxy.close();
  });

  it("are waited for by close, after which nothing more is written", async () => {
    const { session, post, proxy, stored } = await loaded();
    const held = hold();
    proxy.inject({ operation: "UpdateItem", fault: held.fault });
    post.views = 4;
    const flushing = session.flush();
    await held.arrived;
    post.content = "never written";
    const closing = session.close();
    await expect(session.flush()).rejects.toBeInstanceOf(SessionClosed);
    held.release();
    await Promise.all([flushing, closing]);
    expect(session.state(post)).toBe("detached");
    expect(await stored(Post, key)).toEqual({ ...item, views: { N: "4" } });
    await proxy.close();
  });
});

describeOnLocal("a read that is under way during a flush", () => {
  for (const operation of ["Query", "Scan"] as const) {
    it(`never brings back older values: ${operation}`, async () => {
      const { session, post, proxy, stored } = await loaded();
      const held = hold({ landed: true });
      proxy.inject({ operation, fault: held.fault });
      const reading =
        operation === "Query"
          ? session.query(Post).key({ forum: "a" }).refresh().all()
          : session.scan(Post).refresh().all();
      await held.arrived;
      post.views = 4;
      await session.flush();
      held.release();
      expect(await reading).toEqual([post]);
      expect(post.views).toBe(4);
      expect(session.dirty.size).toBe(0);
      post.views += 1;
      await session.flush();
      expect(await stored(Post, key)).toMatchObject({ views: { N: "5" } });
      await proxy.close();
    });
  }

  it("never brings back what the flush deleted", async () => {
    const { session, post, proxy } = await loaded();
    const held = hold({ landed: true });
    proxy.inject({ operation: "Query", fault: held.fault });
    const reading = session.query(Post).key({ forum: "a" }).all();
    await held.arrived;
    session.delete(post);
    await session.flush();
    held.release();
    expect(await reading).toEqual([]);
    expect(session.state(post)).toBe("deleted");
    await proxy.close();
  });

  it("gives the object that was added meanwhile, as it is", async () => {
    const { engine, proxy, store } = await loaded();
    await using session = engine.session();
    const held = hold({ landed: true });
    proxy.inject({ operation: "GetItem", fault: held.fault });
    await store(Post, item);
    const reading = session.get(Post, key);
    await held.arrived;
    const added = new Post({ ...key, views: 9 });
    session.put(added);
    held.release();
    expect(await reading).toBe(added);
    expect(added.views).toBe(9);
    await proxy.close();
  });
});

describeOnLocal("a flush that fails in part", () => {
  it("waits for all requests, settles each, and sends what is left the next time", async () => {
    const { session, post, proxy, recorder, stored } = await loaded();
    const others = ["a", "b", "c"].map((id) => new User({ id }));
    session.add(others);
    post.views = 4;
    const of = (id: string) => (body: object) => JSON.stringify(body).includes(`{"S":"${id}"}`);
    const refused = refuse("ValidationException", "no");
    proxy.inject({ operation: "PutItem", when: of("b"), fault: refused });
    proxy.inject({ operation: "PutItem", when: of("c"), fault: throttle(), times: 4 });
    const error = (await session.commit().catch((thrown: unknown) => thrown)) as FlushError;
    expect(error).toBeInstanceOf(FlushError);
    expect(error.written).toEqual([post, others[0]]);
    expect(
      error.failures.map(({ entity, cause }) => [entity, (cause as { code?: string }).code]),
    ).toEqual([
      [others[1], "REQUEST_FAILED"],
      [others[2], "THROTTLED"],
    ]);
    expect(others.map((user) => session.state(user))).toEqual(["persistent", "pending", "pending"]);
    proxy.reset();
    recorder.clear();
    await session.commit();
    expect(recorder.operations).toEqual(["PutItem", "PutItem"]);
    expect(await stored(User, { id: "c" })).toBeDefined();
    await proxy.close();
  });

  it("sends nothing where one object is invalid, whatever else there is", async () => {
    class Strict extends model("Strict", {
      id: t.string().hashKey(),
      name: t
        .string()
        .optional()
        .validate((name) => name.length < 4 || "it is too long"),
    }) {}
    const { session, post, recorder, proxy } = await loaded();
    post.views = 4;
    session.put(new User({ id: "u" }));
    const strict = new Strict({ id: "x" });
    session.put(strict);
    strict.name = "too long";
    await expect(session.commit()).rejects.toMatchObject({
      code: "INVALID_VALUE",
      model: "Strict",
    });
    expect(recorder.operations).toEqual([]);
    expect(session.dirty.has(post)).toBe(true);
    expect(session.new.size).toBe(2);
    await proxy.close();
  });
});

describeOnLocal("maxRequests", () => {
  it("refuses the read that would be one too many, naming it, and sends what it allows", async () => {
    const { engine, store, recorder, tableName } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session({ maxRequests: 2 });
    const post = await session.require(Post, key);
    await session.get(Post, key);
    await session.query(Post).key({ forum: "a" }).all();
    const reads: (() => Promise<unknown>)[] = [
      () => session.get(Post, { ...key, id: 2 }),
      () => session.scan(Post).all(),
      () => session.refresh(post),
      () => session.getMany(Post, [{ ...key, id: 3 }]),
      () => session.query(Post).key({ forum: "a" }).all(),
    ];
    for (const read of reads) {
      const error = await read().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TooManyRequests);
      expect(error).toMatchObject({ maxRequests: 2, tables: [tableName(Post)] });
      expect((error as Error).stack).toContain("flush.test.ts");
    }
    expect(recorder.operations).toEqual(["GetItem", "Query"]);
  });

  it("leaves what a flush couldn't send as it was", async () => {
    const { session, post, recorder, stored, proxy } = await loaded({ maxRequests: 2 });
    post.views = 4;
    const user = new User({ id: "u" });
    session.add(user);
    await expect(session.commit()).rejects.toMatchObject({
      code: "FLUSH_ERROR",
      written: [post],
      failures: [{ entity: user, cause: { code: "TOO_MANY_REQUESTS", operation: "PutItem" } }],
    });
    expect(recorder.operations).toEqual(["UpdateItem"]);
    expect(session.state(user)).toBe("pending");
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    await proxy.close();
  });
});

describeOnLocal("a session that", () => {
  type Call = readonly [name: string, call: (session: Session, post: Post) => unknown];
  const writes: readonly Call[] = [
    ["add", (session) => session.add(new User({ id: "x" }))],
    ["put", (session) => session.put(new User({ id: "x" }))],
    ["upsert", (session) => session.upsert(new User({ id: "x" }))],
    ["delete", (session, post) => session.delete(post)],
    ["update", (session, post) => session.update(post, { views: 1 })],
    ["move", (session, post) => session.move(post, { ...key, id: 9 })],
    ["check", (session) => session.check(User, { id: "x" }, User.admin.eq(true))],
    ["merge", (session, post) => session.merge(post)],
    ["flush", (session) => session.flush()],
    ["commit", (session) => session.commit()],
  ];
  const others: readonly Call[] = [
    ["get", (session) => session.get(Post, key)],
    ["get", (session) => session.require(Post, key)],
    ["getMany", (session) => session.getMany(Post, [key])],
    ["getMany", (session) => session.getMany(Post, [], { transaction: true })],
    ["refresh", (session, post) => session.refresh(post)],
    ["expire", (session, post) => session.expire(post)],
    ["expunge", (session, post) => session.expunge(post)],
    ["plan", (session) => session.plan()],
    ["rollback", (session) => session.rollback()],
  ];
  const thrownBy = async ([, call]: Call, session: Session, post: Post): Promise<unknown> => {
    try {
      await call(session, post);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it("is closed refuses every call but close, and sends nothing", async () => {
    const { session, post, recorder, proxy } = await loaded();
    await session.close();
    for (const call of [...writes, ...others]) {
      const error = await thrownBy(call, session, post);
      expect(error, call[0]).toBeInstanceOf(SessionClosed);
      expect(error).toMatchObject({ operation: call[0] });
    }
    for (const query of [
      () => session.query(Post).key({ forum: "a" }).all(),
      () => session.scan(Post).first(),
      () => session.query(Post).key({ forum: "a" }).count(),
    ]) {
      await expect(query()).rejects.toBeInstanceOf(SessionClosed);
    }
    expect(session.isClosed).toBe(true);
    expect([session.has(post), session.state(post)]).toEqual([false, "detached"]);
    expect([session.new.size, session.dirty.size, session.deleted.size]).toEqual([0, 0, 0]);
    await session.close();
    expect(recorder.operations).toEqual([]);
    await proxy.close();
  });

  it("is closed ends what it was iterating, and what it was reading", async () => {
    const { session, engine, proxy } = await loaded();
    await engine.save(Array.from({ length: 6 }, (_, id) => new Post({ forum: "b", id })));
    const held = hold();
    proxy.inject({ operation: "GetItem", fault: held.fault });
    const reading = session.get(Post, { forum: "b", id: 3 });
    await held.arrived;
    const pages = session.query(Post).key({ forum: "b" }).limit(6).pages();
    await session.close();
    held.release();
    await expect(reading).rejects.toBeInstanceOf(SessionClosed);
    await expect(
      (async () => {
        for await (const page of pages) void page;
      })(),
    ).rejects.toBeInstanceOf(SessionClosed);
    await proxy.close();
  });

  it("is readonly refuses every write, and reads", async () => {
    const { engine, recorder, proxy } = await loaded();
    const session = engine.session({ readonly: true });
    const post = await session.require(Post, key);
    recorder.clear();
    post.views = 9;
    for (const call of writes) {
      const error = await thrownBy(call, session, post);
      expect(error, call[0]).toBeInstanceOf(InvalidState);
      expect(error).toMatchObject({ operation: call[0], state: "readonly" });
    }
    expect(recorder.operations).toEqual([]);
    await session.refresh(post);
    expect(post.views).toBe(3);
    await session.close();
    await proxy.close();
  });
});

describeOnLocal("a version", () => {
  it("guards in place of the session's setting, a delete as well", async () => {
    const { engine, store, recorder } = await makeBed([Account]);
    const wire = { id: { S: "a" }, balance: { N: "1" }, version: { N: "4" } };
    for (const atomic of ["changed", "loaded", false] as const) {
      await store(Account, wire);
      await using session = engine.session({ atomic });
      const account = await session.require(Account, { id: "a" });
      recorder.clear();
      session.delete(account);
      await session.flush();
      const condition = recorder.requests[0]?.input["ConditionExpression"];
      expect(condition).toBe(atomic === false ? undefined : "#n0 = :v0");
    }
  });
});
