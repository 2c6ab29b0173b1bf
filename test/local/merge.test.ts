import { ConstraintViolation, InvalidState, InvalidValue } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { Account, Post, User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
  meta: { M: { author: { S: "ann" }, refs: { L: [{ S: "r0" }] } } },
  unknown: { S: "u" },
};

async function withPost() {
  const bed = await makeBed([Post, User, Account]);
  await bed.store(Post, item);
  return { ...bed, session: bed.engine.session() };
}

describeOnLocal("merging", () => {
  it("a new object brings the values that it was given onto the loaded one, and no defaults", async () => {
    const { session, recorder, stored } = await withPost();
    const copy = new Post({ ...key, content: "Mine" });
    const merged = await session.merge(copy);
    expect(merged).not.toBe(copy);
    expect(recorder.requests).toMatchObject([
      { operation: "GetItem", input: { ConsistentRead: true } },
    ]);
    expect([session.state(copy), session.state(merged)]).toEqual(["transient", "persistent"]);
    expect(merged).toMatchObject({ content: "Mine", views: 3 });
    expect(session.changes(merged).map(({ path }) => path)).toEqual([["content"]]);
    await session.commit();
    expect(await stored(Post, key)).toEqual({ ...item, c: { S: "Mine" } });
  });

  it("shares no document with the copy, and takes equal values for no change", async () => {
    const { session, recorder } = await withPost();
    const copy = new Post({ ...key, views: 3, meta: { author: "ann", refs: ["r0"] } });
    const merged = await session.merge(copy);
    expect(session.dirty.size).toBe(0);
    copy.meta?.refs.push("of the copy");
    expect(merged.meta?.refs).toEqual(["r0"]);
    recorder.clear();
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    expect(recorder.operations).toEqual([]);
  });

  it("sends no read where the object is tracked, and keeps its other edits", async () => {
    const { session, recorder } = await withPost();
    const post = await session.require(Post, key);
    post.content = "edited";
    recorder.clear();
    expect(await session.merge(new Post({ ...key, views: 9 }))).toBe(post);
    expect(recorder.operations).toEqual([]);
    expect(post).toMatchObject({ views: 9, content: "edited" });
  });

  it("brings an object of another session, edits included, and leaves it there", async () => {
    const { engine, session } = await withPost();
    await using other = engine.session();
    const theirs = await other.require(Post, key);
    theirs.views = 9;
    theirs.content = undefined;
    const merged = await session.merge(theirs);
    expect(merged).not.toBe(theirs);
    expect(merged).toMatchObject({ views: 9, content: undefined });
    expect([other.state(theirs), session.state(theirs)]).toEqual(["persistent", "detached"]);
    expect(session.changes(merged).map(({ path }) => path[0])).toEqual(["views", "content"]);
  });

  it("brings of a ref, or of a part, what it knows alone", async () => {
    const { engine, session } = await withPost();
    const ref = Post.ref(key);
    const merged = await session.merge(ref);
    expect(session.dirty.size).toBe(0);
    ref.views = 9;
    expect(await session.merge(ref)).toBe(merged);
    expect(session.changes(merged)).toEqual([{ op: "replace", path: ["views"], value: 9 }]);
    await using other = engine.session();
    const whole = await other.require(Post, key);
    other.expire(whole);
    whole.content = "blind";
    await session.rollback();
    await session.merge(whole);
    expect(session.changes(merged)).toEqual([{ op: "replace", path: ["content"], value: "blind" }]);
  });

  it("brings of a copy that was loaded what was edited since", async () => {
    const { engine, session, store, stored } = await withPost();
    const other = engine.session();
    const copy = await other.require(Post, key);
    await other.close();
    copy.content = "edited";
    copy.meta?.refs.push("r1");
    await store(Post, { ...item, views: { N: "10" } });
    const merged = await session.merge(copy);
    expect(merged).toMatchObject({ views: 10, content: "edited", meta: { refs: ["r0", "r1"] } });
    await session.commit();
    expect(await stored(Post, key)).toMatchObject({ views: { N: "10" }, c: { S: "edited" } });
  });

  it("adds a copy where there is no item", async () => {
    const { session, recorder, stored } = await withPost();
    const copy = new User({ id: "new", name: "Ann" });
    const merged = await session.merge(copy);
    expect(merged).not.toBe(copy);
    expect(merged).toEqual(copy);
    expect([session.state(copy), session.state(merged)]).toEqual(["transient", "pending"]);
    expect(await session.merge(merged)).toBe(merged);
    expect(await session.merge(new User({ id: "new", name: "Bob" }))).toBe(merged);
    expect(merged.name).toBe("Bob");
    recorder.clear();
    await session.commit();
    expect(recorder.requests).toMatchObject([
      { operation: "PutItem", input: { ConditionExpression: "attribute_not_exists(#n0)" } },
    ]);
    expect(await stored(User, { id: "new" })).toMatchObject({ name: { S: "Bob" } });
  });

  it("is refused for what was deleted or is to be, whichever object says so", async () => {
    const { session } = await withPost();
    const post = await session.require(Post, key);
    session.delete(post);
    await expect(session.merge(post)).rejects.toBeInstanceOf(InvalidState);
    await expect(session.merge(new Post(key))).rejects.toMatchObject({ state: "delete-marked" });
    await session.commit();
    await expect(session.merge(post)).rejects.toMatchObject({ state: "deleted" });
    const again = await session.merge(new Post({ ...key, views: 1 }));
    expect(session.state(again)).toBe("pending");
  });

  it("is a conflict where the copy is of another version", async () => {
    const { engine, session, stored } = await withPost();
    await engine.save(new Account({ id: "a", balance: 1 }));
    await using other = engine.session();
    const old = await other.require(Account, { id: "a" });
    other.expunge(old);
    (await other.require(Account, { id: "a" })).balance = 2;
    await other.commit();
    old.owner = "late";
    const error = await session.merge(old).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConstraintViolation);
    expect(error).toMatchObject({
      failures: [
        {
          entity: old,
          current: { balance: 2 },
          diff: { version: { base: 1, mine: 1, theirs: 2 } },
        },
      ],
    });
    expect(session.dirty.size).toBe(0);
    const merged = await session.merge(new Account({ id: "a", owner: "new" }));
    await session.commit();
    expect(merged.version).toBe(3);
    expect(await stored(Account, { id: "a" })).toMatchObject({
      owner: { S: "new" },
      balance: { N: "2" },
    });
  });

  it("refuses what is no instance, and one without a key that can be", async () => {
    const { session, recorder } = await withPost();
    for (const other of [null, 5, {}, Post]) {
      await expect(session.merge(other as object)).rejects.toBeInstanceOf(InvalidState);
    }
    const broken = new Post(key);
    (broken as { id: unknown }).id = "x";
    await expect(session.merge(broken)).rejects.toBeInstanceOf(InvalidValue);
    expect(recorder.operations).toEqual([]);
  });
});
