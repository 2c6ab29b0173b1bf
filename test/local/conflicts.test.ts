import { inspect } from "node:util";
import {
  type AttributeConflict,
  ConstraintViolation,
  FlushError,
  type FlushFailure,
  InvalidState,
  model,
  NumberValue,
  ReentrantFlush,
  type Resolution,
  type Session,
  t,
} from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { hold } from "../support/faults.js";
import { Account, Post, User } from "../support/models.js";
import { type Bed, makeBed, makeFaultBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
  tags: { SS: ["x"] },
  meta: { M: { author: { S: "ann" }, refs: { L: [{ S: "r0" }, { S: "r1" }] } } },
  unknown: { S: "u" },
};

/** What Node writes of an error that nobody catches; it doesn't ask the error how. */
const printed = (error: unknown) => inspect(error, { customInspect: false, depth: 9 });

async function violationOf(flushing: Promise<unknown>): Promise<ConstraintViolation> {
  const error = await flushing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConstraintViolation);
  return error as ConstraintViolation;
}

function onlyFailure({ failures }: FlushError): FlushFailure {
  expect(failures).toHaveLength(1);
  return failures[0] as FlushFailure;
}

function onlyUnmet({ failures }: FlushError): FlushFailure {
  return onlyFailure({ failures: failures.filter(({ isUnmet }) => isUnmet) } as never);
}

/** A session that has loaded the post, which others have changed since. */
async function rival(theirs: object, atomic?: "loaded"): Promise<Bed & Loaded> {
  const bed = await makeBed([Post]);
  await bed.store(Post, item);
  const session = bed.engine.session(atomic === undefined ? {} : { atomic });
  const post = await session.require(Post, key);
  await bed.store(Post, { ...item, ...theirs });
  bed.recorder.clear();
  return { ...bed, session, post };
}

interface Loaded {
  readonly session: Session;
  readonly post: Post;
}

const proto = "__proto__";

/** Every kind of value that JSON has no word for. */
class Odd extends model("Odd", {
  id: t.binary().hashKey(),
  at: t.datetime().rangeKey(),
  numbers: t.set(t.integer()).optional(),
  day: t.datetime().optional(),
  until: t.timestamp().optional(),
  big: t.bigint().optional(),
  price: t.decimal().optional(),
  bytes: t.binary().optional(),
  map: t.map({ when: t.datetime(), ids: t.set(t.bigint()) }).optional(),
  any: t.any().optional(),
  [proto]: t.string().optional(),
}) {}

describeOnLocal("a conflict", () => {
  it("is printed without the objects' values, by Node as well, and keeps them", async () => {
    const { session, post, ...bed } = await rival({ c: { S: "secret of theirs" } });
    post.content = "secret of mine";
    const alone = await violationOf(session.commit());
    session.put(new Post({ ...key, id: 2, content: "secret of another" }));
    const together = await violationOf(session.commit({ transaction: true }));
    for (const error of [alone, together]) {
      expect(onlyUnmet(error).current).toMatchObject({ content: "secret of theirs" });
      for (const text of [printed(error), inspect(error, { depth: 9 })]) {
        expect(text).toContain(
          'Post { forum: "a", id: 1 } (its condition wasn\'t met; differing: content)',
        );
        expect(text).toContain("at ");
        expect(text).not.toMatch(/secret/);
      }
      expect(Object.keys(error)).toEqual(["code"]);
    }
    const session2 = bed.engine.session();
    const known = await session2.require(Post, key);
    const twin = new Post({ ...key, content: "secret of a twin" });
    const conflict = await Promise.resolve()
      .then(() => session2.add(twin))
      .catch((error: unknown) => error);
    expect(conflict).toMatchObject({ entity: twin, other: known });
    expect(printed(conflict)).not.toMatch(/secret/);
  });

  it("tells who wanted what, from the answer to the write and without another read", async () => {
    const { session, post, recorder } = await rival({ views: { N: "7" }, c: { S: "Theirs" } });
    post.views = 4;
    post.tags?.add("y");
    const patches = session.changes(post);
    const error = await violationOf(session.commit());
    expect(recorder.operations).toEqual(["UpdateItem"]);
    const failure = onlyFailure(error);
    expect(failure).toMatchObject({
      entity: post,
      model: "Post",
      key,
      patches,
      isUnmet: true,
      isCancelled: false,
      isUncertain: false,
    });
    expect(failure.base).toEqual({
      ...key,
      user: undefined,
      date: undefined,
      views: 3,
      content: "Hello",
      tags: new Set(["x"]),
      meta: { author: "ann", refs: ["r0", "r1"] },
    });
    expect(failure.current).toBeInstanceOf(Post);
    expect(failure.current).toMatchObject({ views: 7, content: "Theirs", tags: new Set(["x"]) });
    expect(failure.diff).toEqual({
      views: { base: 3, mine: 4, theirs: 7 },
      content: { base: "Hello", mine: "Hello", theirs: "Theirs" },
      tags: { base: new Set(["x"]), mine: new Set(["x", "y"]), theirs: new Set(["x"]) },
    });
    expect(error.written).toEqual([]);
    expect(session.state(post)).toBe("persistent");
    expect(session.changes(post)).toEqual(patches);
  });

  it("shares nothing with the object or with what the session knows", async () => {
    const { session, post, store } = await rival({ views: { N: "7" } });
    post.views = 4;
    if (post.meta) post.meta.author = "bob";
    const { base, current, diff } = onlyFailure(await violationOf(session.commit()));
    (base as Post).meta?.refs.push("b");
    (current as Post).meta?.refs.push("c");
    const { mine, base: was } = diff["meta"] as AttributeConflict;
    for (const side of [mine, was]) (side as { refs: string[] }).refs.push("d");
    expect(post.meta?.refs).toEqual(["r0", "r1"]);
    expect(session.has(current as object)).toBe(false);
    expect(session.changes(post).map(({ path }) => path.join("."))).toEqual([
      "views",
      "meta.author",
    ]);
    await store(Post, item);
    await session.commit();
  });

  it("tells what was sent, and not what the object was given since", async () => {
    const { engine, store, proxy } = await makeFaultBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    const held = hold();
    proxy.inject({ operation: "UpdateItem", fault: held.fault });
    const committing = session.commit();
    await held.arrived;
    post.views = 5;
    post.content = "Later";
    held.release();
    const failure = onlyFailure(await violationOf(committing));
    expect(failure.diff).toEqual({ views: { base: 3, mine: 4, theirs: 7 } });
    expect(failure.patches).toEqual([{ op: "replace", path: ["views"], value: 4 }]);
    expect(session.changes(post)).toHaveLength(2);
    await proxy.close();
  });

  it("of a path in a document shows the attribute as each side has it", async () => {
    const { session, post } = await rival({
      meta: { M: { author: { S: "eve" }, refs: item.meta.M.refs } },
    });
    if (post.meta) post.meta.author = "bob";
    const { diff, patches } = onlyFailure(await violationOf(session.commit()));
    expect(patches).toEqual([{ op: "replace", path: ["meta", "author"], value: "bob" }]);
    const refs = ["r0", "r1"];
    expect(diff).toEqual({
      meta: {
        base: { author: "ann", refs },
        mine: { author: "bob", refs },
        theirs: { author: "eve", refs },
      },
    });
  });

  it("of an attribute that others removed, and of one that we remove, says undefined", async () => {
    const { views: _, ...rest } = item;
    const { session, post, store } = await rival({});
    await store(Post, { ...rest, c: { S: "Theirs" } });
    post.views = 4;
    post.content = undefined;
    const { diff, current } = onlyFailure(await violationOf(session.commit()));
    expect(diff).toEqual({
      views: { base: 3, mine: 4, theirs: undefined },
      content: { base: "Hello", mine: undefined, theirs: "Theirs" },
    });
    expect(() => (current as Post).views).toThrow("required");
  });

  it("with an item that is gone has no current one, and never brings it back", async () => {
    const { session, post, remove, stored } = await rival({});
    await remove(Post, key);
    post.views = 4;
    const { current, diff, base } = onlyFailure(await violationOf(session.commit()));
    expect(current).toBeUndefined();
    expect(base).toMatchObject({ views: 3 });
    expect(diff["views"]).toEqual({ base: 3, mine: 4, theirs: undefined });
    expect(await stored(Post, key)).toBeUndefined();
  });

  it("of a deletion shows what others changed, and nothing as ours", async () => {
    const { session, post, stored } = await rival({ views: { N: "7" } });
    post.content = "edited, and not to be written";
    session.delete(post);
    const failure = onlyFailure(await violationOf(session.commit()));
    expect(failure).toMatchObject({ entity: post, patches: [], current: { views: 7 } });
    expect(failure.diff).toEqual({ views: { base: 3, mine: undefined, theirs: 7 } });
    expect(session.state(post)).toBe("delete-marked");
    expect(await stored(Post, key)).toMatchObject({ views: { N: "7" } });
  });

  it("of an added object compares it with the item that was there", async () => {
    const { engine, store, stored } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const post = new Post({ ...key, views: 9 });
    session.add(post);
    const failure = onlyFailure(await violationOf(session.commit()));
    expect(failure.base).toBeUndefined();
    expect(failure.patches).toEqual(
      expect.arrayContaining([{ op: "add", path: ["views"], value: 9 }]),
    );
    expect(failure.diff).toMatchObject({
      views: { base: undefined, mine: 9, theirs: 3 },
      content: { base: undefined, mine: undefined, theirs: "Hello" },
    });
    expect(session.state(post)).toBe("pending");
    expect(await stored(Post, key)).toEqual(item);
  });

  it("of a replacement shows its condition's item", async () => {
    const { session, post } = await rival({ views: { N: "7" } });
    post.views = 4;
    session.put(post, { condition: Post.views.lt(5) });
    const { current, diff } = onlyFailure(await violationOf(session.commit()));
    expect(current).toMatchObject({ views: 7 });
    expect(diff).toEqual({ views: { base: 3, mine: 4, theirs: 7 } });
  });

  it("in a transaction belongs to the object whose condition it was", async () => {
    const { engine, store, recorder, stored } = await makeBed([Post, User]);
    await store(Post, item);
    await store(User, { id: { S: "u" }, admin: { BOOL: false } });
    await using session = engine.session();
    const post = await session.require(Post, key);
    post.views = 4;
    const added = new User({ id: "new" });
    session.add(added);
    session.check(User, { id: "u" }, User.admin.eq(true));
    await store(Post, { ...item, views: { N: "7" } });
    recorder.clear();
    const { failures, written, message } = await violationOf(session.commit({ transaction: true }));
    expect(recorder.operations).toEqual(["TransactWriteItems"]);
    expect(written).toEqual([]);
    expect(
      failures.map(({ model, entity, isUnmet, isCancelled }) => ({
        model,
        entity,
        isUnmet,
        isCancelled,
      })),
    ).toEqual([
      { model: "User", entity: undefined, isUnmet: true, isCancelled: false },
      { model: "Post", entity: post, isUnmet: true, isCancelled: false },
      { model: "User", entity: added, isUnmet: false, isCancelled: true },
    ]);
    expect(failures[0]?.current).toMatchObject({ id: "u", admin: false });
    expect(failures[1]?.diff).toEqual({ views: { base: 3, mine: 4, theirs: 7 } });
    expect(failures[2]).toMatchObject({ current: undefined, diff: {} });
    expect(message).toContain("cancelled with the transaction");
    expect(await stored(User, { id: "new" })).toBeUndefined();
  });

  it("beside another failure is a FlushError that tells both", async () => {
    class Nowhere extends model("Nowhere", { id: t.string().hashKey() }) {}
    const { session, post } = await rival({ views: { N: "7" } });
    post.views = 4;
    session.put(new Nowhere({ id: "x" }));
    const error = await session.commit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlushError);
    expect(error).not.toBeInstanceOf(ConstraintViolation);
    expect((error as FlushError).failures.map(({ isUnmet }) => isUnmet)).toEqual([true, false]);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      code: "FLUSH_ERROR",
      failures: [{ code: "CONSTRAINT_VIOLATION" }, { code: "TABLE_NOT_FOUND", diff: {} }],
    });
  });

  it("names keys and attributes in its message, and no values", async () => {
    const { session, post } = await rival({ c: { S: "their secret" } });
    post.content = "my secret";
    const { message } = await violationOf(session.commit());
    expect(message).toContain('Post { forum: "a", id: 1 }');
    expect(message).toContain("content");
    expect(message).not.toContain("secret");
  });
});

describeOnLocal("a conflict as JSON", () => {
  it("holds the key and the attributes in conflict, and nothing else of the items", async () => {
    const { session, post } = await rival({ views: { N: "7" }, unknown: { S: "not ours" } });
    post.views = 4;
    const body = JSON.parse(JSON.stringify(await violationOf(session.commit())));
    expect(body).toEqual({
      code: "CONSTRAINT_VIOLATION",
      message: "1 change was not written.",
      failures: [
        {
          code: "CONSTRAINT_VIOLATION",
          model: "Post",
          key,
          diff: { views: { base: 3, mine: 4, theirs: 7 } },
        },
      ],
    });
  });

  it("says sets, dates, big numbers and bytes in JSON's words, and absent as null", async () => {
    const { engine, tableName } = await makeBed([Odd]);
    expect(tableName(Odd)).toContain("Odd");
    const own = { id: new Uint8Array([1, 255]), at: new Date("2024-01-02T03:04:05Z") };
    await engine.save(new Odd(own));
    await using session = engine.session();
    const odd = await session.require(Odd, own);
    const theirs = Odd.ref(own);
    theirs.numbers = new Set([2, 1]);
    theirs.big = 2n ** 70n;
    await engine.save(theirs);
    odd.numbers = new Set([3]);
    odd.day = new Date("2024-05-06T00:00:00Z");
    odd.until = new Date("2030-01-01T00:00:00Z");
    odd.big = 1n;
    odd.price = NumberValue.from("12345678901234567890.123");
    odd.bytes = new Uint8Array([0, 1, 2]);
    odd.map = { when: new Date("2024-01-01T00:00:00Z"), ids: new Set([5n]) };
    odd.any = { deep: [new Set(["s"])] };
    session.update(odd, { [proto]: "own" });
    const error = await violationOf(session.commit());
    const [failure] = JSON.parse(JSON.stringify(error)).failures;
    expect(failure.key).toEqual({ id: "Af8=", at: "2024-01-02T03:04:05.000Z" });
    const { [proto]: hazardous, ...diff } = failure.diff;
    expect(Object.hasOwn(failure.diff, proto)).toBe(true);
    expect(hazardous).toEqual({ base: null, mine: "own", theirs: null });
    expect(diff).toEqual({
      numbers: { base: null, mine: [3], theirs: expect.arrayContaining([1, 2]) },
      day: { base: null, mine: "2024-05-06T00:00:00.000Z", theirs: null },
      until: { base: null, mine: "2030-01-01T00:00:00.000Z", theirs: null },
      big: { base: null, mine: "1", theirs: String(2n ** 70n) },
      price: { base: null, mine: "12345678901234567890.123", theirs: null },
      bytes: { base: null, mine: "AAEC", theirs: null },
      map: { base: null, mine: { when: "2024-01-01T00:00:00.000Z", ids: ["5"] }, theirs: null },
      any: { base: null, mine: { deep: [["s"]] }, theirs: null },
    });
  });
});

describeOnLocal("a conflict under onConflict", () => {
  it("rebase replays our changes on the current item where both sides touch no common path", async () => {
    const { session, post, stored, recorder } = await rival(
      { views: { N: "7" }, meta: { M: { author: { S: "eve" }, refs: item.meta.M.refs } } },
      "loaded",
    );
    post.content = "Mine";
    post.meta?.refs.push("r2");
    const { written, requests } = await session.commit({ onConflict: "rebase" });
    expect(recorder.operations).toEqual(["UpdateItem", "UpdateItem"]);
    expect([written, requests]).toEqual([[post], 2]);
    expect(post).toMatchObject({
      views: 7,
      content: "Mine",
      meta: { author: "eve", refs: ["r0", "r1", "r2"] },
    });
    expect(await stored(Post, key)).toMatchObject({
      views: { N: "7" },
      c: { S: "Mine" },
      meta: { M: { author: { S: "eve" }, refs: { L: [{ S: "r0" }, { S: "r1" }, { S: "r2" }] } } },
      unknown: { S: "u" },
    });
    expect(session.dirty.size).toBe(0);
  });

  it("rebase throws where both sides touch one path, and leaves everything as it is", async () => {
    const { session, post, recorder } = await rival(
      { meta: { M: { author: { S: "eve" }, refs: item.meta.M.refs } } },
      "loaded",
    );
    if (post.meta) post.meta.author = "bob";
    const patches = session.changes(post);
    await violationOf(session.commit({ onConflict: "rebase" }));
    expect(recorder.operations).toEqual(["UpdateItem"]);
    expect(session.changes(post)).toEqual(patches);
  });

  it("rebase takes no side where one removes what the other changes within", async () => {
    const { meta: _, ...bare } = item;
    const { session, post, store } = await rival({}, "loaded");
    await store(Post, bare);
    if (post.meta) post.meta.author = "bob";
    const { diff } = onlyFailure(await violationOf(session.commit({ onConflict: "rebase" })));
    expect(diff["meta"]?.theirs).toBeUndefined();
  });

  it("rebase keeps what the table is to compute", async () => {
    const { session, post, stored } = await rival({ c: { S: "Theirs" } }, "loaded");
    session.update(post, { views: Post.views.plus(5) });
    await session.commit({ onConflict: "rebase" });
    expect(post).toMatchObject({ views: 8, content: "Theirs" });
    expect(await stored(Post, key)).toMatchObject({ views: { N: "8" }, c: { S: "Theirs" } });
  });

  it("rebase goes on over versions, which are nobody's own change", async () => {
    const { engine, stored } = await makeBed([Account]);
    await engine.save(new Account({ id: "a" }));
    await using session = engine.session();
    const mine = await session.require(Account, { id: "a" });
    await using other = engine.session();
    (await other.require(Account, { id: "a" })).owner = "bob";
    await other.commit();
    mine.balance = 5;
    await session.commit({ onConflict: "rebase" });
    expect(mine).toMatchObject({ version: 3, owner: "bob", balance: 5 });
    expect(await stored(Account, { id: "a" })).toMatchObject({ version: { N: "3" } });
  });

  it("mine lets our values win, on what the table holds otherwise", async () => {
    const { session, post, stored } = await rival({
      views: { N: "7" },
      c: { S: "Theirs" },
      tags: { SS: ["z"] },
    });
    post.views = 4;
    post.tags?.add("y");
    await session.commit({ onConflict: "mine" });
    expect(post).toMatchObject({ views: 4, content: "Theirs", tags: new Set(["x", "y"]) });
    expect(await stored(Post, key)).toMatchObject({
      views: { N: "4" },
      c: { S: "Theirs" },
      tags: { SS: expect.arrayContaining(["x", "y"]) },
    });
  });

  it("theirs drops our changes, and sends nothing more", async () => {
    const { session, post, recorder, stored } = await rival({ views: { N: "7" } });
    post.views = 4;
    post.content = "Mine";
    const { written } = await session.commit({ onConflict: "theirs" });
    expect(written).toEqual([]);
    expect(recorder.operations).toEqual(["UpdateItem"]);
    expect(post).toMatchObject({ views: 7, content: "Hello" });
    expect(session.dirty.size).toBe(0);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "7" } });
  });

  it("mine deletes what others changed; theirs takes the deletion back; rebase does neither", async () => {
    const outcomes: Record<Resolution, readonly [string, boolean]> = {
      mine: ["deleted", false],
      theirs: ["persistent", true],
      rebase: ["delete-marked", true],
    };
    for (const [policy, [state, isThere]] of Object.entries(outcomes)) {
      const { session, post, stored } = await rival({ views: { N: "7" } });
      session.delete(post);
      const committing = session.commit({ onConflict: policy as Resolution });
      if (policy === "rebase") await violationOf(committing);
      else await committing;
      expect(session.state(post)).toBe(state);
      expect((await stored(Post, key)) !== undefined).toBe(isThere);
    }
  });

  it("can't be resolved for an added object, nor for an item that is gone", async () => {
    for (const policy of ["rebase", "mine", "theirs"] as const) {
      const { engine, store, remove, stored } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const added = new Post({ ...key, views: 9 });
      session.add(added);
      await violationOf(session.commit({ onConflict: policy }));
      expect(await stored(Post, key)).toEqual(item);
      session.expunge(added);
      const post = await session.require(Post, key);
      await remove(Post, key);
      post.views = 4;
      await violationOf(session.commit({ onConflict: policy }));
      expect(await stored(Post, key)).toBeUndefined();
    }
  });

  it("isn't tried again where only the caller's own condition wasn't met", async () => {
    for (const policy of ["rebase", "mine"] as const) {
      const { session, post, recorder } = await rival({});
      post.content = "Mine";
      session.update(post, {}, { condition: Post.views.gt(100) });
      await violationOf(session.commit({ onConflict: policy }));
      expect(recorder.operations).toEqual(["UpdateItem"]);
    }
  });

  it("asks a function once for each conflict, which may answer later", async () => {
    const { engine, store, stored, recorder } = await makeBed([Post]);
    await store(Post, item);
    await store(Post, { ...item, id: { N: "2" } });
    await using session = engine.session();
    const one = await session.require(Post, key);
    const two = await session.require(Post, { ...key, id: 2 });
    await store(Post, { ...item, views: { N: "7" } });
    await store(Post, { ...item, id: { N: "2" }, views: { N: "8" } });
    one.views = 4;
    two.views = 5;
    const asked: unknown[] = [];
    recorder.clear();
    await session.commit({
      onConflict: async ({ entity, diff }) => {
        asked.push(entity);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return diff["views"]?.theirs === 7 ? "mine" : "theirs";
      },
    });
    expect(asked).toEqual([one, two]);
    expect([one.views, two.views]).toEqual([4, 8]);
    expect(recorder.operations).toHaveLength(3);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    expect(await stored(Post, { ...key, id: 2 })).toMatchObject({ views: { N: "8" } });
  });

  it("is thrown where the function returns undefined, and then nothing of any object is resolved", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    await store(Post, { ...item, id: { N: "2" } });
    await using session = engine.session();
    const one = await session.require(Post, key);
    const two = await session.require(Post, { ...key, id: 2 });
    await store(Post, { ...item, views: { N: "7" } });
    await store(Post, { ...item, id: { N: "2" }, views: { N: "8" } });
    one.views = 4;
    two.views = 5;
    const { failures } = await violationOf(
      session.commit({ onConflict: ({ entity }) => (entity === one ? "theirs" : undefined) }),
    );
    expect(failures).toHaveLength(2);
    expect([one.views, two.views]).toEqual([4, 5]);
  });

  it("lets what the function throws out of the commit, and stays to be resolved", async () => {
    for (const onConflict of [
      () => {
        throw new Error("no idea");
      },
      () => Promise.reject(new Error("no idea")),
    ]) {
      const { session, post, stored } = await rival({ views: { N: "7" } });
      post.views = 4;
      await expect(session.commit({ onConflict })).rejects.toThrow("no idea");
      expect([...session.dirty]).toEqual([post]);
      await session.commit({ onConflict: "mine" });
      expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    }
  });

  it("refuses a policy that is none, before any request, and an answer that is none", async () => {
    const { session, post, recorder, stored } = await rival({ views: { N: "7" } });
    post.views = 4;
    for (const policy of ["Mine", "", 5, {}, null]) {
      recorder.clear();
      const committing = session.commit({ onConflict: policy as never });
      await expect(committing).rejects.toBeInstanceOf(InvalidState);
      await expect(committing).rejects.toThrow("onConflict");
      expect(recorder.operations).toEqual([]);
    }
    for (const answer of ["ours", true, 0]) {
      const committing = session.commit({ onConflict: () => answer as never });
      await expect(committing).rejects.toBeInstanceOf(InvalidState);
      expect(await stored(Post, key)).toMatchObject({ views: { N: "7" } });
    }
  });

  it("keeps what is edited while the function is awaited", async () => {
    const { session, post, stored } = await rival({ views: { N: "7" } }, "loaded");
    post.content = "Mine";
    await session.commit({
      onConflict: async () => {
        await Promise.resolve();
        post.content = "Mine, later";
        return "rebase" as const;
      },
    });
    expect(post).toMatchObject({ views: 7, content: "Mine, later" });
    expect(await stored(Post, key)).toMatchObject({ c: { S: "Mine, later" } });
  });

  it("lets the function read, but not flush, refresh, roll back or close: it would wait for itself", async () => {
    const { session, post } = await rival({ views: { N: "7" } });
    post.views = 4;
    const calls = [
      () => session.flush(),
      () => session.commit(),
      () => session.refresh(post),
      () => session.rollback(),
      () => session.close(),
    ];
    const refused: unknown[] = [];
    await session.commit({
      onConflict: async () => {
        for (const call of calls) refused.push(await call().catch((error: unknown) => error));
        expect(await session.get(Post, { forum: "none", id: 1 })).toBeUndefined();
        return "mine" as const;
      },
    });
    expect(refused.map((error) => error instanceof ReentrantFlush)).toEqual(calls.map(() => true));
    await session.flush();
  });

  it("is given up after ten tries", async () => {
    const { session, post, store, recorder } = await rival({ views: { N: "7" } });
    post.views = 4;
    let rivals = 7;
    const error = await violationOf(
      session.commit({
        onConflict: async () => {
          rivals += 1;
          await store(Post, { ...item, views: { N: String(rivals) } });
          return "mine" as const;
        },
      }),
    );
    expect(rivals).toBe(17);
    expect(recorder.operations).toEqual(Array(11).fill("UpdateItem"));
    expect(onlyFailure(error).diff).toEqual({ views: { base: 16, mine: 4, theirs: 17 } });
    expect(session.dirty.has(post)).toBe(true);
  });

  it("in a transaction is resolved for all of it, and sent as one again", async () => {
    const { engine, store, stored, recorder } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    await store(Post, { ...item, views: { N: "7" } });
    post.views = 4;
    session.add(new Post({ forum: "a", id: 2 }));
    recorder.clear();
    await session.commit({ transaction: true, onConflict: "mine" });
    expect(recorder.operations).toEqual(["TransactWriteItems", "TransactWriteItems"]);
    const [first, second] = recorder.requests.map(({ input }) => input["ClientRequestToken"]);
    expect(second).not.toBe(first);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
    expect(await stored(Post, { forum: "a", id: 2 })).toBeDefined();
  });

  it("tells what was written before, in the error and in the result", async () => {
    const { session, post, stored } = await rival({ views: { N: "7" } });
    const added = new Post({ forum: "a", id: 2 });
    session.add(added);
    post.views = 4;
    const error = await violationOf(session.commit({ onConflict: () => undefined }));
    expect(error.written).toEqual([added]);
    const other = new Post({ forum: "a", id: 3 });
    session.add(other);
    const { written } = await session.commit({ onConflict: "mine" });
    expect(new Set(written)).toEqual(new Set([post, other]));
    expect(await stored(Post, key)).toMatchObject({ views: { N: "4" } });
  });

  it("is told to listeners each time", async () => {
    const { engine, session, post, store } = await rival({ views: { N: "7" } });
    post.views = 4;
    const heard: unknown[] = [];
    session.events.on("conflict", ({ failure, session: own }) => {
      heard.push([failure.diff["views"]?.theirs, own === session, failure.entity === post]);
    });
    engine.events.on("conflict", () => void heard.push("engine"));
    let isFirst = true;
    await session.commit({
      onConflict: async () => {
        if (isFirst) await store(Post, { ...item, views: { N: "8" } });
        isFirst = false;
        return "mine" as const;
      },
    });
    expect(heard).toEqual([[7, true, true], "engine", [8, true, true], "engine"]);
  });

  it("rebases a move, with what the item has by then", async () => {
    const { session, post, stored } = await rival({});
    session.move(post, { ...key, forum: "b" });
    const handler = async () => {
      session.events.off("beforeFlush", handler);
    };
    session.events.on("beforeFlush", handler);
    await session.commit({ onConflict: "rebase" });
    expect(await stored(Post, { ...key, forum: "b" })).toEqual({ ...item, forum: { S: "b" } });
  });
});
