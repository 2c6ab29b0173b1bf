import {
  AttributeNotLoaded,
  ConstraintViolation,
  FlushError,
  InvalidState,
  type Session,
  TransactionCancelled,
  TransactionTooLarge,
} from "dynalchemy";
import { describe, expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import {
  dropAnswer,
  internalError,
  refuse,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
} from "../support/faults.js";
import { Account, Post, User } from "../support/models.js";
import { makeBed, makeFaultBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = { forum: { S: "a" }, id: { N: "1" }, views: { N: "3" }, c: { S: "Hello" } };
const operation = "TransactWriteItems";

type FaultBed = Awaited<ReturnType<typeof makeFaultBed>>;

/** A session with two changes, behind a proxy. */
async function twoChanges(): Promise<FaultBed & { session: Session; post: Post; user: User }> {
  const bed = await makeFaultBed([Post, User]);
  await bed.store(Post, item);
  const session = bed.engine.session({ transaction: true });
  const post = await session.require(Post, key);
  post.views = 4;
  const user = new User({ id: "u" });
  session.add(user);
  bed.proxy.reset();
  bed.recorder.clear();
  return { ...bed, session, post, user };
}

const tokens = ({ proxy }: FaultBed) => proxy.log.map(({ body }) => body["ClientRequestToken"]);

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describeOnLocal("a transaction's token", () => {
  it("is one for all resends of a plan, those of the SDK and those of the session", async () => {
    const bed = await twoChanges();
    const { proxy, session, stored } = bed;
    proxy.inject({ operation, fault: dropAnswer(), times: 5 });
    proxy.inject({ operation, fault: internalError({ landed: true }), nth: 1 });
    proxy.inject({ operation, fault: transactionInProgress(), nth: 1 });
    await session.commit();
    expect(proxy.log.length).toBeGreaterThan(6);
    expect(new Set(tokens(bed)).size).toBe(1);
    expect(new Set(proxy.log.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(String(tokens(bed)[0]).length).toBeLessThanOrEqual(36);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    await proxy.close();
  });

  it("makes a counting update count once, however often it is sent", async () => {
    const bed = await makeFaultBed([Post]);
    await bed.store(Post, item);
    await using session = bed.engine.session({ exactlyOnce: true });
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(5) });
    bed.proxy.inject({ operation, fault: dropAnswer(), times: 6 });
    await session.commit();
    expect(await bed.stored(Post, key)).toMatchObject({ views: { N: "8" } });
    await bed.proxy.close();
  });

  it("is another one for another payload", async () => {
    const bed = await twoChanges();
    const { session, post, store, proxy } = bed;
    await session.commit();
    post.views = 5;
    session.put(new User({ id: "other" }));
    await session.commit();
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 6;
    session.put(new User({ id: "third" }));
    await session.commit({ onConflict: "mine" });
    expect(proxy.operations).toEqual(Array(4).fill(operation));
    expect(new Set(tokens(bed)).size).toBe(4);
    await proxy.close();
  });

  it("stays while another transaction is in the way, and changes for what is edited after that", async () => {
    const bed = await twoChanges();
    const { proxy, session, post } = bed;
    const conflict = proxy.inject({ operation, fault: transactionCancelled(), times: 100 });
    await errorOf(session.commit());
    expect(tokens(bed)).toHaveLength(8);
    expect(new Set(tokens(bed)).size).toBe(1);
    conflict.remove();
    post.views = 9;
    await session.commit();
    expect(new Set(tokens(bed)).size).toBe(2);
    await proxy.close();
  });

  it("may be the caller's own, under which two sessions write once", async () => {
    const bed = await makeFaultBed([Post, User]);
    await bed.store(Post, item);
    const token = "order-4711";
    for (const _ of [1, 2]) {
      await using session = bed.engine.session({ atomic: false });
      const post = await session.require(Post, key);
      session.update(post, { views: Post.views.plus(5) });
      session.put(new User({ id: "u" }));
      await session.commit({ token });
    }
    expect(tokens(bed).filter((each) => each !== undefined)).toEqual([token, token]);
    expect(await bed.stored(Post, key)).toMatchObject({ views: { N: "8" } });
    await bed.proxy.close();
  });

  it("of the caller's makes a transaction of a single write", async () => {
    const { engine, recorder } = await makeBed([User]);
    await using session = engine.session();
    session.put(new User({ id: "u" }));
    expect(session.plan({ token: "t" }).requests[0]?.operation).toBe(operation);
    await session.commit({ token: "t" });
    expect(recorder.requests).toMatchObject([{ operation, input: { ClientRequestToken: "t" } }]);
  });

  it("of the caller's belongs to the first payload: what is written after that is a transaction too", async () => {
    const bed = await twoChanges();
    const { engine, store, proxy, stored } = bed;
    await using session = engine.session();
    const post = await session.require(Post, key);
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    session.put(new User({ id: "other" }));
    proxy.reset();
    session.events.on("afterFlush", ({ error, session }) => {
      if (error === undefined) session.events.all.clear();
      if (error === undefined) session.put(["x", "y"].map((id) => new User({ id })));
    });
    await session.commit({ token: "mine", onConflict: "mine" });
    expect(proxy.operations).toEqual([operation, operation, operation]);
    expect(tokens(bed)[0]).toBe("mine");
    expect(new Set(tokens(bed)).size).toBe(3);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    await proxy.close();
  });

  it("of the caller's with another payload is refused by the service, and nothing is written", async () => {
    const { engine, stored } = await makeBed([User]);
    for (const id of ["a", "b"]) {
      const session = engine.session();
      const user = new User({ id });
      session.put(user);
      const error = await errorOf(session.commit({ token: "once" }));
      if (id === "a") expect(error).toBeUndefined();
      else {
        expect(error).toBeInstanceOf(FlushError);
        expect(error).toMatchObject({
          uncertain: [],
          failures: [{ cause: { reason: "IdempotentParameterMismatchException" } }],
        });
        expect(session.state(user)).toBe("pending");
      }
    }
    expect(await stored(User, { id: "b" })).toBeUndefined();
  });

  it("that can't be one is refused before any request", async () => {
    const { engine, recorder } = await makeBed([User]);
    await using session = engine.session();
    session.put(new User({ id: "u" }));
    for (const token of ["", "x".repeat(37), 5 as never]) {
      await expect(session.commit({ token })).rejects.toBeInstanceOf(InvalidState);
      expect(() => session.plan({ token })).toThrow("1 to 36 characters");
    }
    const refused = session.flush({ token: "t", transaction: false });
    await expect(refused).rejects.toThrow("belongs to a transaction");
    expect(recorder.operations).toEqual([]);
    await session.commit({ token: "x".repeat(36) });
  });
});

describeOnLocal("a transaction that meets another one", () => {
  it("is sent again until it gets through", async () => {
    const { proxy, session, post, user } = await twoChanges();
    proxy.inject({
      operation,
      fault: transactionCancelled(["None", "TransactionConflict"]),
      times: 3,
    });
    const { written, requests } = await session.commit();
    expect(written).toEqual([post, user]);
    expect(requests).toBe(4);
    await proxy.close();
  });

  it("is given up after eight times, as a failure and not as a conflict of ours", async () => {
    const { proxy, session, post, user, stored } = await twoChanges();
    proxy.inject({ operation, fault: transactionCancelled(), times: 100 });
    const error = await errorOf(session.commit());
    expect(error).toBeInstanceOf(FlushError);
    expect(error).not.toBeInstanceOf(ConstraintViolation);
    expect((error as FlushError).failures).toMatchObject([
      {
        entity: post,
        isUnmet: false,
        isUncertain: false,
        cause: { code: "TRANSACTION_CANCELLED" },
      },
      { entity: user, isUnmet: false, isUncertain: false },
    ]);
    expect(proxy.operations).toHaveLength(8);
    expect([session.state(post), session.state(user)]).toEqual(["persistent", "pending"]);
    expect(await stored(User, { id: "u" })).toBeUndefined();
    proxy.reset();
    await session.commit();
    expect(await stored(User, { id: "u" })).toBeDefined();
    await proxy.close();
  });

  it("isn't sent again where any reason says that it never will", async () => {
    for (const code of [
      "ConditionalCheckFailed",
      "ValidationError",
      "ItemCollectionSizeLimitExceeded",
    ]) {
      const { proxy, session } = await twoChanges();
      proxy.inject({ operation, fault: transactionCancelled(["TransactionConflict", code]) });
      await expect(session.commit()).rejects.toBeInstanceOf(FlushError);
      expect(proxy.operations).toEqual([operation]);
      await proxy.close();
    }
  });

  it("is waited for by a single write as well", async () => {
    const { engine, proxy, stored } = await makeFaultBed([User]);
    await using session = engine.session();
    session.add(new User({ id: "u" }));
    proxy.inject({ operation: "PutItem", fault: transactionConflict(), times: 2 });
    await session.commit();
    expect(proxy.operations.filter((each) => each === "PutItem")).toHaveLength(3);
    expect(await stored(User, { id: "u" })).toBeDefined();
    await proxy.close();
  });
});

describeOnLocal("a cancelled transaction", () => {
  it("tells of each object whether it was the reason", async () => {
    const { engine, store, stored, recorder } = await makeBed([Post, User]);
    for (const id of ["1", "2", "3"]) await store(Post, { ...item, id: { N: id } });
    for (const id of ["in the way", "checked"]) await store(User, { id: { S: id } });
    await using session = engine.session();
    const [fine, changed, doomed] = (await session.getMany(
      Post,
      [1, 2, 3].map((id) => ({ forum: "a", id })),
    )) as [Post, Post, Post];
    await store(Post, { ...item, id: { N: "2" }, views: { N: "7" } });
    await store(Post, { ...item, id: { N: "3" }, views: { N: "8" } });
    fine.views = 4;
    changed.views = 4;
    session.delete(doomed);
    const free = new User({ id: "free" });
    const taken = new User({ id: "in the way" });
    session.add([free, taken]);
    session.check(User, { id: "checked" }, User.admin.eq(true));
    recorder.clear();
    const error = (await errorOf(session.commit({ transaction: true }))) as FlushError;
    expect(error).toBeInstanceOf(ConstraintViolation);
    expect(recorder.operations).toEqual([operation]);
    const told = new Map(error.failures.map((failure) => [failure.entity, failure]));
    expect(told.size).toBe(6);
    for (const object of [fine, free]) {
      expect(told.get(object)).toMatchObject({ isUnmet: false, isCancelled: true });
      expect(told.get(object)?.cause).toBeInstanceOf(TransactionCancelled);
    }
    expect(told.get(changed)).toMatchObject({ isUnmet: true, current: { id: 2, views: 7 } });
    expect(told.get(doomed)).toMatchObject({ isUnmet: true, current: { id: 3, views: 8 } });
    expect(told.get(taken)).toMatchObject({ isUnmet: true, current: { id: "in the way" } });
    expect(told.get(undefined)).toMatchObject({
      model: "User",
      key: { id: "checked" },
      isUnmet: true,
      current: { id: "checked" },
    });
    expect([fine, changed, doomed, free, taken].map((object) => session.state(object))).toEqual([
      "persistent",
      "persistent",
      "delete-marked",
      "pending",
      "pending",
    ]);
    expect(await stored(User, { id: "free" })).toBeUndefined();
    expect(await stored(Post, key)).toEqual(item);
  });

  it("for another reason than a condition tells whose it was, and is no conflict then", async () => {
    const { engine, store, recorder, stored } = await makeBed([Post, User]);
    await store(User, { id: { S: "u" } });
    // What the model doesn't know makes the item too large; only the table can tell.
    await store(Post, { ...item, unknown: { S: "u".repeat(300_000) } });
    await using session = engine.session();
    const post = await session.require(Post, key);
    const user = await session.require(User, { id: "u" });
    post.content = "x".repeat(200_000);
    user.name = "ann";
    for (const isInTheWay of [false, true]) {
      const taken = new User({ id: "u2" });
      if (isInTheWay) {
        await store(User, { id: { S: "u2" } });
        session.add(taken);
      }
      recorder.clear();
      const committing = session.commit({ transaction: true, onConflict: "mine" });
      const error = (await errorOf(committing)) as FlushError;
      expect(recorder.operations).toEqual([operation]);
      expect(error.code).toBe("FLUSH_ERROR");
      expect(error.message).toMatch(/Post .* \(the transaction was cancelled for its sake: Valid/);
      const told = new Map(error.failures.map((failure) => [failure.entity, failure]));
      expect(told.get(post)).toMatchObject({ isUnmet: false, isCancelled: false });
      expect(told.get(post)?.reason).toMatch(/^ValidationError: /);
      expect(told.get(user)).toMatchObject({ isUnmet: false, isCancelled: true });
      expect(told.get(user)).not.toHaveProperty("reason");
      if (isInTheWay) expect(told.get(taken)).toMatchObject({ isUnmet: true });
    }
    expect(await stored(User, { id: "u" })).toEqual({ id: { S: "u" } });
  });

  it("without reasons, as for an impossible request, fails all of it", async () => {
    const { proxy, session, post, user } = await twoChanges();
    proxy.inject({
      operation,
      fault: refuse("ValidationException", "The document path is invalid"),
    });
    await expect(session.commit()).rejects.toMatchObject({
      code: "FLUSH_ERROR",
      failures: [
        { entity: post, cause: { code: "REQUEST_FAILED", reason: "ValidationException" } },
        { entity: user },
      ],
    });
    expect([session.state(post), session.state(user)]).toEqual(["persistent", "pending"]);
    await proxy.close();
  });
});

describeOnLocal("a commit as a transaction", () => {
  it("sends a single write as a plain call, at half the price", async () => {
    const { engine, store, recorder } = await makeBed([Post, User]);
    await store(Post, item);
    await using session = engine.session({ transaction: true });
    const post = await session.require(Post, key);
    const work: readonly [string, () => void][] = [
      ["UpdateItem", () => (post.views += 1)],
      ["PutItem", () => session.add(new User({ id: "a" }))],
      ["PutItem", () => session.put(new User({ id: "b" }))],
      ["UpdateItem", () => session.upsert(new User({ id: "c" }))],
      ["DeleteItem", () => session.delete(post)],
    ];
    for (const [operation, act] of work) {
      act();
      const { requests, writeUnits } = session.plan();
      expect(requests).toHaveLength(1);
      expect(writeUnits).toBe(1);
      recorder.clear();
      await session.commit();
      expect(recorder.operations).toEqual([operation]);
    }
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("holds a move's two actions beside the others", async () => {
    const { engine, store, stored, recorder } = await makeBed([Post, User]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    session.move(post, { ...key, forum: "b" });
    session.add(new User({ id: "u" }));
    recorder.clear();
    await session.commit({ transaction: true });
    expect(recorder.operations).toEqual(["GetItem", operation]);
    expect(recorder.requests[1]?.input["TransactItems"]).toHaveLength(3);
    expect(await stored(Post, { ...key, forum: "b" })).toBeDefined();
    expect(await stored(Post, key)).toBeUndefined();
  });

  it("isn't told what the table computed: that is read anew", async () => {
    const { engine, store } = await makeBed([Post, User]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(5) });
    session.put(new User({ id: "u" }));
    await session.commit({ transaction: true });
    expect(() => post.views).toThrow(AttributeNotLoaded);
    expect(post.content).toBe("Hello");
    expect(await session.get(Post, key)).toBe(post);
    expect(post.views).toBe(8);
    expect(session.dirty.size).toBe(0);
  });

  it("takes 100 actions, and refuses 101 before sending any", async () => {
    const { engine, recorder, stored } = await makeBed([User]);
    await using session = engine.session({ transaction: true });
    const users = Array.from({ length: 101 }, (_, at) => new User({ id: String(at) }));
    session.put(users);
    const error = await errorOf(session.commit());
    expect(error).toBeInstanceOf(TransactionTooLarge);
    expect(error).toMatchObject({ actions: 101 });
    expect(() => session.plan()).toThrow(TransactionTooLarge);
    expect(recorder.operations).toEqual([]);
    expect(session.new.size).toBe(101);
    session.expunge(users[100] as User);
    await session.commit();
    expect(recorder.operations).toEqual([operation]);
    expect(await stored(User, { id: "99" })).toBeDefined();
  });

  it("counts checks and both parts of a move among the 100", async () => {
    const { engine, store, recorder } = await makeBed([Post, User]);
    await store(Post, item);
    await using session = engine.session({ transaction: true });
    const post = await session.require(Post, key);
    recorder.clear();
    session.move(post, { ...key, forum: "b" });
    session.check(User, { id: "none" }, User.id.missing());
    session.put(Array.from({ length: 98 }, (_, at) => new User({ id: String(at) })));
    expect(() => session.plan()).toThrow("101 actions");
    expect(recorder.operations).toEqual([]);
  });

  it("takes 4 MB, and refuses more before sending any", async () => {
    const { engine, recorder } = await makeBed([Post]);
    await using session = engine.session({ transaction: true });
    const content = "x".repeat(380 * 1024);
    const posts = Array.from({ length: 11 }, (_, id) => new Post({ forum: "b", id, content }));
    session.put(posts);
    const error = await errorOf(session.commit());
    expect(error).toBeInstanceOf(TransactionTooLarge);
    expect((error as TransactionTooLarge).bytes).toBeGreaterThan(11 * content.length);
    expect(recorder.operations).toEqual([]);
    session.expunge(posts.slice(10));
    await session.commit();
    expect(recorder.operations).toEqual([operation]);
  });
});

describeOnLocal("a check", () => {
  async function checked() {
    const bed = await makeBed([Post, User]);
    await bed.store(Post, item);
    await bed.store(User, { id: { S: "u" }, admin: { BOOL: false }, name: { S: "Ann" } });
    const session = bed.engine.session();
    const post = await session.require(Post, key);
    bed.recorder.clear();
    return { ...bed, session, post };
  }

  it("makes a transaction of the flush, and stops it where it doesn't hold", async () => {
    const { session, post, stored, store, recorder } = await checked();
    post.views = 4;
    session.check(User, { id: "u" }, User.admin.eq(true));
    await expect(session.flush()).rejects.toMatchObject({
      code: "CONSTRAINT_VIOLATION",
      failures: [
        { entity: undefined, model: "User", key: { id: "u" }, isUnmet: true },
        { entity: post, isCancelled: true },
      ],
    });
    expect(await stored(Post, key)).toEqual(item);
    await store(User, { id: { S: "u" }, admin: { BOOL: true } });
    recorder.clear();
    await session.flush();
    expect(recorder.operations).toEqual([operation]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    post.views = 5;
    recorder.clear();
    await session.flush();
    expect(recorder.operations).toEqual(["UpdateItem"]);
  });

  it("goes alone where there is nothing to write", async () => {
    const { session, recorder } = await checked();
    session.check(User, { id: "u" }, User.c.name.eq("Ann"));
    expect(await session.commit()).toEqual({ written: [], requests: 1 });
    expect(recorder.requests).toMatchObject([
      { operation, input: { TransactItems: [{ ConditionCheck: { Key: { id: { S: "u" } } } }] } },
    ]);
    session.check(User, { id: "none" }, User.id.exists());
    const error = await errorOf(session.commit());
    expect(error).toMatchObject({ failures: [{ model: "User", current: undefined, diff: {} }] });
    await session.rollback();
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("of one item twice is one action with both conditions", async () => {
    const { session, post } = await checked();
    post.views = 4;
    session.check(User, { id: "u" }, User.c.name.eq("Ann"));
    session.check(User, { id: "u" }, User.admin.eq(false));
    const [request] = session.plan().requests;
    expect(request?.entries.map(({ action, condition }) => [action, condition])).toEqual([
      ["check", 'name = "Ann" and admin = false'],
      ["update", "attribute_exists(forum) and views = 3"],
    ]);
    await session.commit();
  });

  it("of an item that is written joins the write's condition, and needs no transaction then", async () => {
    const { session, post, store, stored, recorder } = await checked();
    post.views = 4;
    session.check(Post, key, Post.content.eq("Hello"));
    await store(Post, { ...item, c: { S: "Bye" } });
    await expect(session.commit()).rejects.toMatchObject({
      failures: [{ entity: post, isUnmet: true, current: { content: "Bye" } }],
    });
    await store(Post, item);
    recorder.clear();
    await session.commit();
    expect(recorder.requests).toMatchObject([
      {
        operation: "UpdateItem",
        input: { ConditionExpression: "attribute_exists(#n1) AND #n0 = :v1 AND #n2 = :v2" },
      },
    ]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    recorder.clear();
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("of a condition alone on a loaded object is a check in a transaction", async () => {
    const { session, post, recorder } = await checked();
    session.update(post, {}, { condition: Post.views.lt(10) });
    session.put(new User({ id: "new" }));
    await session.commit({ transaction: true });
    expect(recorder.requests[0]?.input).toMatchObject({
      TransactItems: [{ ConditionCheck: { Key: { forum: { S: "a" } } } }, { Put: {} }],
    });
  });
});

describeOnLocal("engine.transaction", () => {
  async function withAccount() {
    const bed = await makeFaultBed([Account, User]);
    await bed.engine.save(new Account({ id: "a", balance: 0 }));
    bed.proxy.reset();
    bed.recorder.clear();
    return bed;
  }

  it("reads consistently, commits once, and returns what the function returns", async () => {
    const { engine, recorder, stored, proxy } = await withAccount();
    let used: Session | undefined;
    const result = await engine.transaction(async (session) => {
      used = session;
      const account = await session.require(Account, { id: "a" });
      account.balance += 5;
      session.add(new User({ id: "u" }));
      return account.balance;
    });
    expect(result).toBe(5);
    expect(used?.isClosed).toBe(true);
    expect(recorder.requests).toMatchObject([
      { operation: "GetItem", input: { ConsistentRead: true } },
      { operation },
    ]);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "5" } });
    await proxy.close();
  });

  it("runs the function again in a fresh session on a conflict, so often at most", async () => {
    const { engine, store, stored, proxy } = await withAccount();
    const sessions = new Set<Session>();
    const run = (rivals: number, attempts?: number) => {
      sessions.clear();
      return engine.transaction(
        async (session) => {
          sessions.add(session);
          const account = await session.require(Account, { id: "a" });
          if (sessions.size <= rivals) {
            const version = { N: String((account.version ?? 0) + 1) };
            await store(Account, { id: { S: "a" }, balance: { N: "100" }, version });
          }
          account.balance += 1;
        },
        attempts === undefined ? {} : { attempts },
      );
    };
    await run(4);
    expect(sessions.size).toBe(5);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "101" } });
    await expect(run(5)).rejects.toBeInstanceOf(ConstraintViolation);
    expect(sessions.size).toBe(5);
    await expect(run(9, 2)).rejects.toBeInstanceOf(ConstraintViolation);
    expect(sessions.size).toBe(2);
    await expect(run(1, 1)).rejects.toBeInstanceOf(ConstraintViolation);
    expect(sessions.size).toBe(1);
    for (const session of sessions) expect(session.isClosed).toBe(true);
    await proxy.close();
  });

  it("runs it again where other transactions kept it out", async () => {
    const { engine, stored, proxy } = await withAccount();
    proxy.inject({ operation, fault: transactionCancelled(), times: 8 });
    let runs = 0;
    await engine.transaction(async (session) => {
      runs += 1;
      const account = await session.require(Account, { id: "a" });
      account.balance += 1;
      session.put(new User({ id: "u" }));
    });
    expect(runs).toBe(2);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "1" } });
    await proxy.close();
  });

  it("ends with what the function throws, and writes nothing", async () => {
    const { engine, recorder, stored, proxy } = await withAccount();
    let runs = 0;
    const mistake = new Error("not enough");
    const running = engine.transaction(async (session) => {
      runs += 1;
      (await session.require(Account, { id: "a" })).balance += 5;
      throw mistake;
    });
    await expect(running).rejects.toBe(mistake);
    expect(runs).toBe(1);
    expect(recorder.operations).toEqual(["GetItem"]);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "0" } });
    await proxy.close();
  });

  it("doesn't run the function again once a flush of it was acknowledged: that would count twice", async () => {
    const { engine, store, stored, proxy } = await withAccount();
    let runs = 0;
    const running = engine.transaction(async (session) => {
      runs += 1;
      const account = await session.require(Account, { id: "a" });
      session.update(account, { balance: Account.balance.plus(1) });
      await session.flush();
      const user = new User({ id: "u" });
      session.add(user);
      await store(User, { id: { S: "u" } });
    });
    await expect(running).rejects.toBeInstanceOf(ConstraintViolation);
    expect(runs).toBe(1);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "1" } });
    await proxy.close();
  });

  it("doesn't run it again where nobody knows whether it was written", async () => {
    const { engine, proxy } = await withAccount();
    proxy.inject({ operation, fault: dropAnswer(), times: 100 });
    let runs = 0;
    const running = engine.transaction(async (session) => {
      runs += 1;
      const account = await session.require(Account, { id: "a" });
      account.balance += 1;
      session.put(new User({ id: "u" }));
    });
    const error = await errorOf(running);
    expect(error).toMatchObject({ code: "FLUSH_ERROR", uncertain: [{ id: "a" }, { id: "u" }] });
    expect(runs).toBe(1);
    await proxy.close();
  });

  it("is given up by its signal, in a request and in a pause", async () => {
    const { engine, store, proxy } = await withAccount();
    const early = engine.transaction(async (session) => session.require(Account, { id: "a" }), {
      signal: AbortSignal.abort(),
    });
    await expect(early).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    const impatience = new AbortController();
    let runs = 0;
    const running = engine.transaction(
      async (session) => {
        runs += 1;
        const account = await session.require(Account, { id: "a" });
        await store(Account, { id: { S: "a" }, balance: { N: "9" }, version: { N: "77" } });
        account.balance += 1;
        session.events.on("conflict", () => impatience.abort());
      },
      { signal: impatience.signal },
    );
    await expect(running).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    expect(runs).toBe(1);
    await proxy.close();
  });

  it("lets many writers of one item each have their turn", async () => {
    const { engine, stored, proxy } = await withAccount();
    const writers = Array.from({ length: 8 }, () =>
      engine.transaction(
        async (session) => {
          const account = await session.require(Account, { id: "a" });
          account.balance += 1;
        },
        { attempts: 50 },
      ),
    );
    await Promise.all(writers);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "8" } });
    await proxy.close();
  });
});

describeOnLocal("reading in a transaction", () => {
  it("gives items of any models in their order, untracked, undefined where there is none", async () => {
    const { engine, store, recorder } = await makeBed([Post, User]);
    await store(Post, item);
    await store(User, { id: { S: "u" }, admin: { BOOL: true } });
    const [user, post, none, again] = await engine.readTransaction([
      [User, { id: "u" }],
      [Post, key],
      [User, { id: "none" }],
      [Post, key],
    ]);
    expect(user).toBeInstanceOf(User);
    expect(user?.admin).toBe(true);
    expect(post?.title).toBe("Hello");
    expect(none).toBeUndefined();
    expect(again).toEqual(post);
    expect(recorder.operations).toEqual(["TransactGetItems"]);
    expect(recorder.requests[0]?.input["TransactItems"]).toHaveLength(3);
    expect(await engine.readTransaction([])).toEqual([]);
    expect(recorder.operations).toHaveLength(1);
  });

  it("waits for a transaction in its way, and refuses more than 100 keys before sending", async () => {
    const { engine, store, proxy } = await makeFaultBed([User]);
    await store(User, { id: { S: "u" } });
    proxy.inject({ operation: "TransactGetItems", fault: transactionCancelled(), times: 2 });
    const [user] = await engine.readTransaction([[User, { id: "u" }]]);
    expect(user?.id).toBe("u");
    proxy.reset();
    const keys = Array.from({ length: 101 }, (_, at) => ({ id: String(at) }));
    const many = engine.readTransaction(keys.map((key) => [User, key] as const));
    await expect(many).rejects.toBeInstanceOf(TransactionTooLarge);
    await using session = engine.session();
    const read = session.getMany(User, keys, { transaction: true });
    await expect(read).rejects.toBeInstanceOf(TransactionTooLarge);
    expect(proxy.operations).toEqual([]);
    const found = await session.getMany(User, keys.slice(1), { transaction: true });
    expect(found).toHaveLength(100);
    await proxy.close();
  });

  it("by a session tracks what it finds, and leaves what it knows", async () => {
    const { engine, store, recorder } = await makeBed([Post]);
    for (const id of ["1", "2", "3"]) await store(Post, { ...item, id: { N: id } });
    await using session = engine.session();
    const [one, two, three] = [1, 2, 3].map((id) => ({ forum: "a", id }));
    const first = await session.require(Post, one as typeof key);
    first.content = "edited";
    const doomed = await session.require(Post, three as typeof key);
    session.delete(doomed);
    await store(Post, { ...item, views: { N: "9" } });
    recorder.clear();
    const keys = [two, one, { forum: "a", id: 4 }, two, three] as (typeof key)[];
    const found = await session.getMany(Post, keys, { transaction: true });
    expect(recorder.operations).toEqual(["TransactGetItems"]);
    expect(found[1]).toBe(first);
    expect(first).toMatchObject({ views: 3, content: "edited" });
    expect(found[0]).toBe(found[3]);
    expect([found[2], found[4]]).toEqual([undefined, undefined]);
    expect(await session.get(Post, two as typeof key)).toBe(found[0]);
    expect(recorder.operations).toHaveLength(1);
  });
});

describe("a transaction's price", () => {
  it("is twice that of its writes", async () => {
    const { engine } = await makeBed([User]);
    await using session = engine.session();
    session.put(["a", "b", "c"].map((id) => new User({ id })));
    expect(session.plan().writeUnits).toBe(3);
    expect(session.plan({ transaction: true }).writeUnits).toBe(6);
  });
});
