import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import {
  type ChangeEvent,
  type FlushError,
  InvalidState,
  InvalidValue,
  model,
  ReentrantFlush,
  type SessionEvents,
  t,
} from "dynalchemy";
import { afterEach, expect, it, vi } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { dropAnswer, hold } from "../support/faults.js";
import { Post, User } from "../support/models.js";
import { makeBed, makeFaultBed } from "../support/test-bed.js";
import { unprocessed } from "../support/unprocessed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
};
const names = [
  "load",
  "beforeFlush",
  "request",
  "write",
  "conflict",
  "afterFlush",
  "rollback",
  "abandoned",
] as const satisfies readonly (keyof SessionEvents)[];

const later = () => new Promise((resolve) => setTimeout(resolve, 2));

/** What is logged because there is nobody to throw it to. */
function logged() {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  return () => log.mock.calls.map(([error]) => (error as Error).message);
}

afterEach(() => void vi.restoreAllMocks());

async function loaded() {
  const bed = await makeBed([Post, User]);
  await bed.store(Post, item);
  const session = bed.engine.session();
  const post = await session.require(Post, key);
  bed.recorder.clear();
  return { ...bed, session, post };
}

describeOnLocal("the events of a session", () => {
  it("come in the order of what happens, to the session's listeners and then to the engine's", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    const heard: string[] = [];
    for (const name of names) engine.events.on(name, () => void heard.push(`engine ${name}`));
    const session = engine.session();
    for (const name of names) session.events.on(name, () => void heard.push(name));
    const take = () => heard.splice(0);
    const both = (...list: readonly string[]) => list.flatMap((name) => [name, `engine ${name}`]);

    const post = await session.require(Post, key);
    expect(take()).toEqual(both("request", "load"));
    post.views = 4;
    await session.flush();
    expect(take()).toEqual(both("beforeFlush", "request", "write", "afterFlush"));
    await store(Post, item);
    post.views = 5;
    await session.flush().catch(() => undefined);
    expect(take()).toEqual(both("beforeFlush", "request", "conflict", "afterFlush"));
    await session.rollback();
    expect(take()).toEqual(both("rollback"));
    await session.flush();
    expect(take()).toEqual([]);
    post.views = 6;
    await session.close();
    expect(take()).toEqual(both("abandoned"));
  });

  it("are heard by the engine of all sessions, and by a session of itself alone", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    const heard: unknown[] = [];
    engine.events.on("load", ({ session, entity, model }) => heard.push([session, entity, model]));
    const [one, two] = [engine.session(), engine.session()];
    const own = vi.fn();
    one.events.on("load", own);
    const posts = [await one.require(Post, key), await two.require(Post, key)];
    expect(heard).toEqual([
      [one, posts[0], "Post"],
      [two, posts[1], "Post"],
    ]);
    expect(own).toHaveBeenCalledOnce();
    const careful = engine.context({ consistent: true });
    expect(careful.events).toBe(engine.events);
    await engine.save(new Post({ forum: "a", id: 2 }));
    await Promise.all([one.close(), two.close()]);
  });

  it('are heard by "*" under their names, and by nobody who was taken off', async () => {
    const { session, post } = await loaded();
    const heard: unknown[] = [];
    session.events.on("*", (name, event) => {
      heard.push([name, "session" in event && event.session === session]);
    });
    const off = vi.fn();
    session.events.on("beforeFlush", off);
    session.events.off("beforeFlush", off);
    post.views = 4;
    await session.flush();
    expect(heard).toEqual([
      ["beforeFlush", true],
      ["request", false],
      ["write", true],
      ["afterFlush", true],
    ]);
    expect(off).not.toHaveBeenCalled();
    session.events.all.clear();
    post.views = 5;
    await session.flush();
    expect(heard).toHaveLength(4);
  });

  it("reach those who were there when an event began, though listeners come and go meanwhile", async () => {
    const { session, post } = await loaded();
    const heard: string[] = [];
    const second = () => void heard.push("second");
    const late = () => void heard.push("late");
    const first = () => {
      heard.push("first");
      session.events.off("beforeFlush", first);
      session.events.off("beforeFlush", second);
      session.events.on("beforeFlush", late);
    };
    session.events.on("beforeFlush", first);
    session.events.on("beforeFlush", second);
    post.views = 4;
    await session.flush();
    expect(heard.splice(0)).toEqual(["first", "second"]);
    post.views = 5;
    await session.flush();
    expect(heard).toEqual(["late"]);
  });
});

describeOnLocal("load", () => {
  it("is told once for each object that comes from the table, whichever way", async () => {
    const { engine, store } = await makeBed([Post]);
    for (const id of ["1", "2", "3", "4"]) await store(Post, { ...item, id: { N: id } });
    await using session = engine.session();
    const ids: number[] = [];
    session.events.on("load", ({ entity }) => void ids.push((entity as Post).id));
    await session.get(Post, key);
    await session.getMany(Post, [key, { ...key, id: 2 }, { ...key, id: 9 }]);
    await session.query(Post).key({ forum: "a" }).all();
    await session.scan(Post).all();
    await session.merge(new Post({ ...key, id: 4, views: 1 }));
    expect(ids.sort()).toEqual([1, 2, 3, 4]);
    session.add(new Post({ ...key, id: 5 }));
    const first = await session.require(Post, key);
    await session.refresh(first);
    await session.flush();
    expect(ids).toHaveLength(4);
  });
});

describeOnLocal("beforeFlush", () => {
  it("is worked out by the same functions at each flush, so that none stays in memory with its session", async () => {
    const { session, post } = await loaded();
    const events: SessionEvents["beforeFlush"][] = [];
    session.events.on("beforeFlush", (event) => void events.push(event));
    post.views = 4;
    await session.flush();
    post.views = 5;
    await session.flush();
    const [one, two] = events.map((event) => Object.getOwnPropertyDescriptors(event));
    expect(events).toHaveLength(2);
    for (const name of ["plan", "changes"] as const) {
      expect(one?.[name]).toMatchObject({ enumerable: true, get: expect.any(Function) });
      expect(one?.[name].get).toBe(two?.[name].get);
    }
  });

  it("shows the plan and the changes, and comes only where there is something to write", async () => {
    const { session, post } = await loaded();
    const heard: SessionEvents["beforeFlush"][] = [];
    session.events.on("beforeFlush", (event) => void heard.push(event));
    await session.flush();
    await session.commit();
    expect(heard).toEqual([]);
    post.views = 4;
    const added = new User({ id: "u" });
    session.put(added);
    const removed = Post.ref({ forum: "a", id: 2 });
    session.delete(removed);
    let text = "";
    let changes: readonly ChangeEvent[] = [];
    session.events.on("beforeFlush", (event) => {
      text = String(event.plan);
      changes = event.changes;
    });
    const expected = String(session.plan());
    await session.flush();
    expect(heard).toHaveLength(1);
    expect(heard[0]?.session).toBe(session);
    expect(text).toBe(expected);
    expect(changes).toEqual([
      {
        entity: post,
        model: "Post",
        key,
        action: "update",
        patches: [{ op: "replace", path: ["views"], value: 4 }],
      },
      {
        entity: added,
        model: "User",
        key: { id: "u" },
        action: "put",
        patches: [
          { op: "add", path: ["id"], value: "u" },
          { op: "add", path: ["admin"], value: false },
        ],
      },
      { entity: removed, model: "Post", key: { forum: "a", id: 2 }, action: "delete", patches: [] },
    ]);
  });

  it("takes what its listeners add, change and delete into the same flush, now or later", async () => {
    const { session, post, engine, stored, store, recorder } = await loaded();
    await store(Post, { ...item, id: { N: "2" } });
    const other = await session.require(Post, { ...key, id: 2 });
    const handlers: ((event: SessionEvents["beforeFlush"]) => unknown)[] = [
      ({ session }) => session.put(new User({ id: "now" })),
      async ({ session }) => {
        await later();
        session.put(new User({ id: "returned" }));
      },
      ({ session, waitUntil }) => {
        waitUntil(later().then(() => session.put(new User({ id: "waited for" }))));
      },
      () => {
        post.content = "changed";
      },
      ({ session }) => session.delete(other),
      async ({ session }) => {
        const found = await session.get(Post, { ...key, id: 3 });
        expect(found).toBeUndefined();
      },
    ];
    for (const handler of handlers) session.events.on("beforeFlush", handler);
    engine.events.on("beforeFlush", ({ session }) => session.put(new User({ id: "engine" })));
    post.views = 4;
    const seen: number[] = [];
    session.events.on("afterFlush", ({ changes }) => void seen.push(changes.length));
    recorder.clear();
    const { written } = await session.flush();
    expect(written).toHaveLength(6);
    expect(seen).toEqual([6]);
    expect(recorder.operations.sort()).toEqual([
      "BatchWriteItem",
      "DeleteItem",
      "GetItem",
      "UpdateItem",
    ]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" }, c: { S: "changed" } });
    expect(await stored(Post, { ...key, id: 2 })).toBeUndefined();
    for (const id of ["now", "returned", "waited for", "engine"]) {
      expect(await stored(User, { id })).toBeDefined();
    }
  });

  it("may leave nothing to write, and make valid what wasn't", async () => {
    const { session, post, recorder } = await loaded();
    const undo = () => {
      post.views = 3;
    };
    session.events.on("beforeFlush", undo);
    const after = vi.fn();
    session.events.on("afterFlush", after);
    post.views = 4;
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    expect(recorder.operations).toEqual([]);
    expect(after).not.toHaveBeenCalled();
    post.views = 1.5;
    expect(() => session.plan()).toThrow(InvalidValue);
    await session.flush();
    post.views = "x" as never;
    session.events.off("beforeFlush", undo);
    await expect(session.flush()).rejects.toBeInstanceOf(InvalidValue);
    session.events.on("beforeFlush", ({ changes }) => void changes);
    await expect(session.flush()).rejects.toBeInstanceOf(InvalidValue);
    expect(recorder.operations).toEqual([]);
  });

  it("stops the flush by a throw or a rejection: nothing is sent, and everything stays", async () => {
    const ways: ((event: SessionEvents["beforeFlush"]) => unknown)[] = [
      () => {
        throw new Error("no");
      },
      async () => {
        await later();
        throw new Error("no");
      },
      ({ waitUntil }) => waitUntil(later().then(() => Promise.reject(new Error("no")))),
    ];
    for (const way of ways) {
      for (const level of ["session", "engine"] as const) {
        const { engine, session, post, recorder, stored } = await loaded();
        const { events } = level === "session" ? session : engine;
        const others = vi.fn();
        const after = vi.fn();
        session.events.on("afterFlush", after);
        events.on("beforeFlush", way);
        events.on("beforeFlush", others);
        post.views = 4;
        const added = new User({ id: "u" });
        session.add(added);
        await expect(session.commit()).rejects.toThrow("no");
        expect(recorder.operations).toEqual([]);
        expect([session.state(post), session.state(added)]).toEqual(["persistent", "pending"]);
        expect(session.dirty.has(post)).toBe(true);
        expect(others).toHaveBeenCalledOnce();
        expect(after).not.toHaveBeenCalled();
        events.off("beforeFlush", way);
        await session.commit();
        expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
      }
    }
  });

  it("throws the first mistake, and logs the others", async () => {
    const { session, post } = await loaded();
    const log = logged();
    for (const name of ["first", "second", "third"]) {
      session.events.on("beforeFlush", async () => {
        throw new Error(name);
      });
    }
    post.views = 4;
    await expect(session.flush()).rejects.toThrow("first");
    expect(log()).toEqual(["second", "third"]);
  });
});

describeOnLocal("what listeners throw once something was written", () => {
  for (const name of ["write", "afterFlush"] as const) {
    it(`in ${name} leaves the write as it is, and is thrown by the flush`, async () => {
      const { session, post, stored, recorder } = await loaded();
      const handler = () => {
        throw new Error("too late");
      };
      session.events.on(name, handler);
      post.views = 4;
      await expect(session.commit()).rejects.toThrow("too late");
      expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
      expect(session.dirty.size).toBe(0);
      recorder.clear();
      expect(await session.commit()).toEqual({ written: [], requests: 0 });
      expect(recorder.operations).toEqual([]);
    });
  }

  it("stands behind the flush's own error, and is logged then", async () => {
    const { session, post, store } = await loaded();
    const log = logged();
    session.events.on("conflict", async () => {
      throw new Error("conflict listener");
    });
    session.events.on("afterFlush", () => {
      throw new Error("afterFlush listener");
    });
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    await expect(session.flush()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect(log()).toEqual(["conflict listener", "afterFlush listener"]);
    expect(session.dirty.has(post)).toBe(true);
  });

  it("in load, request, rollback and abandoned is logged, and breaks nothing", async () => {
    const { engine, store, stored } = await makeBed([Post]);
    await store(Post, item);
    const log = logged();
    const session = engine.session();
    for (const name of ["load", "request", "rollback", "abandoned"] as const) {
      session.events.on(name, () => {
        throw new Error(name);
      });
    }
    const rejected = new Error("a rejection");
    session.events.on("rollback", () => Promise.reject(rejected));
    const post = await session.require(Post, key);
    post.views = 4;
    await session.flush();
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    await session.rollback();
    post.views = 5;
    await session.close();
    await later();
    expect(log()).toEqual(["request", "load", "request", "rollback", "a rejection", "abandoned"]);
  });
});

describeOnLocal("afterFlush", () => {
  it("comes once everything is settled, with what was written and what went wrong", async () => {
    const { session, post, store } = await loaded();
    await store(User, { id: { S: "taken" }, admin: { BOOL: true } });
    const taken = new User({ id: "taken" });
    const free = new User({ id: "free" });
    session.add([taken, free]);
    post.views = 4;
    const heard: unknown[] = [];
    session.events.on("afterFlush", ({ session, written, changes, error }) => {
      heard.push(
        [...written],
        changes.map(({ entity, action }) => [entity, action]),
        (error as FlushError).failures.map(({ entity }) => entity),
        [post, free, taken].map((object) => session.state(object)),
        session.dirty.size,
      );
    });
    await expect(session.flush()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect(heard).toEqual([
      [post, free],
      [
        [post, "update"],
        [free, "put"],
      ],
      [taken],
      ["persistent", "persistent", "pending"],
      0,
    ]);
  });

  it("adds work for the next flush, which a commit does as well", async () => {
    const { session, post, stored } = await loaded();
    const add = ({ session, written }: SessionEvents["afterFlush"]) => {
      for (const each of written) {
        if (each instanceof Post) session.add(new User({ id: `of ${each.views}` }));
      }
    };
    session.events.on("afterFlush", add);
    post.views = 4;
    await session.flush();
    expect(await stored(User, { id: "of 4" })).toBeUndefined();
    expect(session.new.size).toBe(1);
    post.views = 5;
    const { written, requests } = await session.commit();
    expect(written).toHaveLength(3);
    expect(requests).toBe(3);
    expect(await stored(User, { id: "of 4" })).toBeDefined();
    expect(await stored(User, { id: "of 5" })).toBeDefined();
  });

  it("that always adds more ends the commit after 100 rounds", async () => {
    const { session, post, recorder } = await loaded();
    session.events.on("afterFlush", () => {
      post.views += 1;
    });
    post.views = 4;
    const error = await session.commit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidState);
    expect(String(error)).toContain("100 times");
    expect(recorder.operations).toHaveLength(100);
    expect(session.dirty.size).toBe(1);
  });

  it("is waited for", async () => {
    const { session, post } = await loaded();
    const done: string[] = [];
    session.events.on("afterFlush", async () => {
      await later();
      done.push("returned");
    });
    session.events.on("afterFlush", ({ waitUntil }) => {
      waitUntil(later().then(() => done.push("waited for")));
    });
    post.views = 4;
    await session.flush();
    expect(done.sort()).toEqual(["returned", "waited for"]);
  });
});

describeOnLocal("write and request", () => {
  it("tell each request that wrote, and what it cost", async () => {
    const { session, post, tableName } = await loaded();
    const writes: unknown[] = [];
    session.events.on("write", ({ session: _, durationMs, ...facts }) => {
      expect(durationMs).toBeGreaterThan(0);
      writes.push(facts);
    });
    post.views = 4;
    const users = ["a", "b"].map((id) => new User({ id }));
    session.put(users);
    await session.flush();
    const facts = { attempts: 1, consumedCapacity: 1 };
    expect(writes).toEqual(
      expect.arrayContaining([
        {
          ...facts,
          operation: "BatchWriteItem",
          tables: [tableName(User)],
          entities: users,
          consumedCapacity: 2,
        },
        { ...facts, operation: "UpdateItem", tables: [tableName(Post)], entities: [post] },
      ]),
    );
    writes.length = 0;
    post.views = 5;
    session.delete(users);
    await session.flush({ transaction: true });
    expect(writes).toEqual([
      {
        operation: "TransactWriteItems",
        tables: [tableName(Post), tableName(User)],
        entities: [post, ...users],
        attempts: 1,
        consumedCapacity: expect.any(Number),
      },
    ]);
  });

  it("tell failures and resends, and of reads the index", async () => {
    const { engine, proxy, store, tableName } = await makeFaultBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const heard: Omit<SessionEvents["request"], "durationMs">[] = [];
    session.events.on("request", ({ durationMs, ...facts }) => {
      expect(durationMs).toBeGreaterThan(0);
      heard.push(facts);
    });
    await session.query(Post.byUser).key({ user: "ann" }).all();
    proxy.inject({ operation: "GetItem", fault: dropAnswer() });
    const post = await session.require(Post, key);
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    await session.flush().catch(() => undefined);
    const tables = [tableName(Post)];
    const index = undefined;
    expect(heard).toMatchObject([
      { operation: "Query", tables, index: "byUser", attempts: 1, errorCode: undefined },
      { operation: "GetItem", tables, index, attempts: 2, lostAnswers: 1, consumedCapacity: 0.5 },
      {
        operation: "UpdateItem",
        attempts: 1,
        consumedCapacity: undefined,
        errorCode: "CONDITION_NOT_MET",
      },
    ]);
    await proxy.close();
  });

  it("are told in the caller's asynchronous context", async () => {
    const { engine } = await makeBed([User]);
    const caller = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    engine.events.on("request", ({ operation }) => heard.push(`${operation} ${caller.getStore()}`));
    const names = ["a", "b", "c"];
    await Promise.all(
      names.map((name) =>
        caller.run(name, async () => {
          await using session = engine.session();
          await session.get(User, { id: name });
          session.put(new User({ id: name }));
          await session.commit();
        }),
      ),
    );
    const expected = names.flatMap((name) => [`GetItem ${name}`, `PutItem ${name}`]);
    expect(heard.sort()).toEqual(expected.sort());
  });

  it("keep the item of a failed condition from whoever logs the event", async () => {
    const { engine, session, post, store } = await loaded();
    const heard: SessionEvents["request"][] = [];
    engine.events.on("request", (event) => void heard.push(event));
    await store(Post, { ...item, c: { S: "their secret" } });
    post.content = "my secret";
    await expect(session.flush()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    const [event] = heard;
    expect(event?.error).toMatchObject({ code: "CONDITION_NOT_MET" });
    for (const text of [JSON.stringify(event), inspect({ ...event }), inspect(event)]) {
      expect(text).toContain("CONDITION_NOT_MET");
      expect(text).not.toContain("secret");
    }
  });

  it("name of a batch only what it wrote", async () => {
    const { engine, proxy } = await makeFaultBed([User]);
    await using session = engine.session();
    const users = ["a", "b", "c"].map((id) => new User({ id }));
    session.put(users);
    const entities: unknown[] = [];
    session.events.on("write", (event) => void entities.push(event.entities));
    proxy.inject({ operation: "BatchWriteItem", fault: unprocessed(2) });
    await session.flush();
    expect(entities).toEqual([users.slice(0, 2), users.slice(2)]);
    await proxy.close();
  });
});

describeOnLocal("abandoned", () => {
  it("tells what no flush has written when a session is closed", async () => {
    const { session, post, store } = await loaded();
    await store(Post, { ...item, id: { N: "2" } });
    const doomed = await session.require(Post, { ...key, id: 2 });
    const heard: unknown[] = [];
    session.events.on("abandoned", ({ session: own, entities }) =>
      heard.push([own, [...entities]]),
    );
    const added = new User({ id: "u" });
    session.add(added);
    session.delete(doomed);
    post.views = 4;
    await session.close();
    await session.close();
    expect(heard).toEqual([[session, [post, doomed, added]]]);
  });

  it("tells of writes whose outcome nobody knows", async () => {
    const { engine, store, proxy } = await makeFaultBed([Post]);
    await store(Post, item);
    const session = engine.session();
    const post = await session.require(Post, key);
    post.views = 4;
    proxy.inject({ operation: "UpdateItem", fault: dropAnswer(), times: 4 });
    await expect(session.flush()).rejects.toMatchObject({ uncertain: [post] });
    const heard = vi.fn();
    session.events.on("abandoned", heard);
    await session.close();
    expect(heard.mock.calls[0]?.[0]).toMatchObject({ entities: [post] });
    await proxy.close();
  });

  it("isn't told where everything was written, rolled back or let go", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    const heard = vi.fn();
    engine.events.on("abandoned", heard);
    {
      await using session = engine.session();
      const post = await session.require(Post, key);
      post.views = 4;
      await session.commit();
      post.views = 5;
      await session.rollback();
      post.views = 6;
      session.expunge(post);
    }
    await engine.save(new Post({ forum: "b", id: 1 }));
    expect(heard).not.toHaveBeenCalled();
  });
});

describeOnLocal("a listener of the session's own events", () => {
  const waiting = ["flush", "commit", "rollback", "close", "refresh"] as const;
  for (const name of ["beforeFlush", "write", "conflict", "afterFlush"] as const) {
    it(`can't flush in ${name}, at once or later: it would wait for itself`, async () => {
      const { session, post, store } = await loaded();
      const errors: unknown[] = [];
      const call = (operation: (typeof waiting)[number]) =>
        operation === "refresh" ? session.refresh(post) : session[operation]();
      session.events.on(name, async () => {
        const calls = waiting.map((operation) => call(operation).catch((error: unknown) => error));
        errors.push(...(await Promise.all(calls)));
        await later();
        errors.push(await session.flush().catch((error: unknown) => error));
      });
      if (name === "conflict") await store(Post, { ...item, views: { N: "7" } });
      post.views = 4;
      await session.flush().catch(() => undefined);
      if (name === "write") await later().then(later);
      const refused = errors.slice(0, waiting.length);
      expect(refused.map((error) => error instanceof ReentrantFlush)).toEqual(
        waiting.map(() => true),
      );
      expect(refused).toMatchObject(waiting.map((operation) => ({ operation })));
      // Nobody waits for a listener of write, so that it may flush once the event is over.
      if (name !== "write") expect(errors.at(-1)).toBeInstanceOf(ReentrantFlush);
      expect(session.isClosed).toBe(false);
      await session.close();
    });
  }

  it("may flush another session, and this one once the event is over", async () => {
    const { engine, session, post, stored } = await loaded();
    const pending: Promise<unknown>[] = [];
    session.events.on("beforeFlush", async () => {
      await using other = engine.session();
      other.put(new User({ id: "other" }));
      await other.commit();
      await engine.save(new User({ id: "direct" }));
    });
    session.events.on("afterFlush", () => {
      pending.push(later().then(() => session.flush()));
    });
    post.views = 4;
    await session.flush();
    await Promise.all(pending);
    expect(await stored(User, { id: "other" })).toBeDefined();
    expect(await stored(User, { id: "direct" })).toBeDefined();
  });

  it("keeps nobody else from flushing meanwhile", async () => {
    const { session, post, stored } = await loaded();
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    session.events.on("beforeFlush", async () => {
      begin();
      await opened;
    });
    post.views = 4;
    const first = session.flush();
    await begun;
    const second = session.flush();
    open();
    const [{ written }, rest] = await Promise.all([first, second]);
    expect([written, rest.written]).toEqual([[post], []]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
  });
});

describeOnLocal("an outbox", () => {
  class Message extends model("Message", {
    id: t.uuid().hashKey(),
    about: t.string(),
    changed: t.list(t.string()),
  }) {}

  /** As docs/transactions.md has it. */
  function announce({ session, changes }: SessionEvents["beforeFlush"]) {
    for (const object of session.new) if (object instanceof Message) session.expunge(object);
    for (const { model, action, patches } of changes) {
      if (model === "Message" || action === "check") continue;
      const changed = [...new Set(patches.map(({ path }) => String(path[0])))];
      session.add(new Message({ id: randomUUID(), about: model, changed }));
    }
  }

  async function withOutbox() {
    const bed = await makeBed([Post, Message]);
    await bed.store(Post, item);
    bed.engine.events.on("beforeFlush", announce);
    const session = bed.engine.session({ transaction: true });
    const post = await session.require(Post, key);
    const messages = () => bed.engine.scan(Message).all();
    bed.recorder.clear();
    return { ...bed, session, post, messages };
  }

  it("is written in the same transaction as what it announces", async () => {
    const { session, post, recorder, messages, tableName } = await withOutbox();
    post.views = 4;
    await session.commit();
    expect(recorder.operations).toEqual(["TransactWriteItems"]);
    expect(recorder.requests[0]?.input).toMatchObject({
      TransactItems: [
        { Update: { TableName: tableName(Post) } },
        { Put: { TableName: tableName(Message) } },
      ],
    });
    expect(await messages()).toMatchObject([{ about: "Post", changed: ["views"] }]);
  });

  it("holds nothing of a commit that failed, and each change once where it is tried again", async () => {
    const { session, post, store, stored, messages } = await withOutbox();
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect(await messages()).toEqual([]);
    post.content = "as well";
    await session.commit({ onConflict: "mine" });
    expect(await messages()).toMatchObject([{ about: "Post", changed: ["views", "content"] }]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
  });

  it("holds each change once where an answer is lost", async () => {
    const { engine, proxy, store } = await makeFaultBed([Post, Message]);
    await store(Post, item);
    engine.events.on("beforeFlush", announce);
    await using session = engine.session({ transaction: true });
    const post = await session.require(Post, key);
    post.views = 4;
    const held = hold({ landed: true });
    proxy.inject({ operation: "TransactWriteItems", fault: held.fault });
    const impatience = new AbortController();
    const committing = session.commit({ signal: impatience.signal });
    await held.arrived;
    impatience.abort();
    await expect(committing).rejects.toMatchObject({ code: "FLUSH_ERROR" });
    expect(session.state(post)).toBe("uncertain");
    await session.commit();
    expect(await engine.scan(Message).all()).toHaveLength(1);
    held.release();
    await proxy.close();
  });
});
