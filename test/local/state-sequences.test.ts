import { IdentityConflict, InvalidState, KeyChanged } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { Post, User } from "../support/models.js";
import { expectRequests } from "../support/recorder.js";
import { makeBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
  unknown: { S: "kept" },
};
const isThere = "attribute_exists(#n0)";

describeOnLocal("a key that changes hands", () => {
  async function switched() {
    const bed = await makeBed([Post]);
    await bed.store(Post, item);
    const session = bed.engine.session();
    const old = await session.require(Post, key);
    session.delete(old);
    const fresh = new Post({ ...key, views: 1 });
    session.add(fresh);
    bed.recorder.clear();
    return { ...bed, session, old, fresh };
  }

  it("is one Put on condition of the old object's values", async () => {
    const { session, old, fresh, recorder, stored, tableName } = await switched();
    expect([session.state(old), session.state(fresh)]).toEqual(["delete-marked", "pending"]);
    expect(await session.get(Post, key)).toBe(fresh);
    const result = await session.commit();
    expect(result).toEqual({ written: [fresh], requests: 1 });
    expectRequests(recorder, [
      {
        operation: "PutItem",
        input: {
          TableName: tableName(Post),
          Item: { forum: { S: "a" }, id: { N: "1" }, views: { N: "1" } },
          ConditionExpression: [
            isThere,
            "attribute_not_exists(#n1)",
            "attribute_not_exists(#n2)",
            "#n3 = :v0",
            "#n4 = :v1",
            "attribute_not_exists(#n5)",
            "attribute_not_exists(#n6)",
          ].join(" AND "),
          ExpressionAttributeNames: {
            "#n0": "forum",
            "#n1": "user",
            "#n2": "date",
            "#n3": "views",
            "#n4": "c",
            "#n5": "tags",
            "#n6": "meta",
          },
          ExpressionAttributeValues: { ":v0": { N: "3" }, ":v1": { S: "Hello" } },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      },
    ]);
    expect([session.state(old), session.state(fresh)]).toEqual(["deleted", "persistent"]);
    expect(await stored(Post, key)).toEqual({
      forum: { S: "a" },
      id: { N: "1" },
      views: { N: "1" },
    });
  });

  it("stays with the old item where that was changed", async () => {
    const { session, old, fresh, store, stored } = await switched();
    await store(Post, { ...item, views: { N: "8" } });
    await expect(session.commit()).rejects.toMatchObject({
      code: "CONSTRAINT_VIOLATION",
      failures: [{ entity: fresh, current: { views: 8 } }],
    });
    expect([session.state(old), session.state(fresh)]).toEqual(["delete-marked", "pending"]);
    expect(await stored(Post, key)).toMatchObject({ views: { N: "8" } });
  });

  it("is unconditional where the old object was known by its key alone", async () => {
    const { engine, recorder, store, stored } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    session.delete(Post.ref(key));
    session.put(new Post({ ...key, views: 1 }));
    await session.commit();
    expect(recorder.requests).toMatchObject([{ operation: "PutItem" }]);
    expect(recorder.requests[0]?.input).not.toHaveProperty("ConditionExpression");
    expect(await stored(Post, key)).not.toHaveProperty("unknown");
  });

  it("leaves nothing of the old item for an upsert to keep", async () => {
    const { engine, recorder, store, stored } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    session.delete(await session.require(Post, key));
    session.upsert(new Post(key));
    recorder.clear();
    await session.commit();
    expect(recorder.operations).toEqual(["PutItem"]);
    expect(await stored(Post, key)).toEqual({
      forum: { S: "a" },
      id: { N: "1" },
      views: { N: "0" },
    });
  });

  it("goes back to the old object when the new one is deleted, let go or rolled back", async () => {
    for (const giveUp of ["delete", "expunge", "rollback"] as const) {
      const { session, old, fresh, recorder } = await switched();
      if (giveUp === "rollback") await session.rollback();
      else session[giveUp](fresh);
      expect(session.state(fresh)).toBe("transient");
      expect(session.state(old)).toBe(giveUp === "rollback" ? "persistent" : "delete-marked");
      await session.commit();
      expect(recorder.operations).toEqual(giveUp === "rollback" ? [] : ["DeleteItem"]);
    }
  });

  it("is refused to a third object, and to the old one", async () => {
    const { session, old, fresh } = await switched();
    for (const take of [() => session.add(new Post(key)), () => session.add(old)]) {
      expect(take).toThrow(IdentityConflict);
    }
    expect([session.state(old), session.state(fresh)]).toEqual(["delete-marked", "pending"]);
    expect([...session.new, ...session.deleted]).toEqual([fresh, old]);
  });

  it("belongs to the new object alone once the old one was let go", async () => {
    const { session, old, fresh, recorder } = await switched();
    session.expunge(old);
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect(recorder.requests[0]?.input).toMatchObject({
      ConditionExpression: "attribute_not_exists(#n0)",
    });
    session.expunge(fresh);
    expect(await session.get(Post, key)).toMatchObject({ views: 3 });
  });
});

describeOnLocal("adding", () => {
  it("takes none of several objects where one is refused, and names both that have one key", async () => {
    const { engine, recorder, store } = await makeBed([User]);
    await store(User, { id: { S: "b" }, admin: { BOOL: true } });
    await using session = engine.session();
    const tracked = await session.require(User, { id: "b" });
    const doomed = new User({ id: "d" });
    await store(User, { id: { S: "d" }, admin: { BOOL: false } });
    const marked = await session.require(User, { id: "d" });
    session.delete(marked);
    const [a, b, c] = ["a", "b", "c"].map((id) => new User({ id }));
    const add = () => session.add([marked, a, b, c].filter((user) => user !== undefined));
    expect(add).toThrow(IdentityConflict);
    try {
      add();
    } catch (error) {
      expect(error).toMatchObject({ model: "User", key: { id: "b" }, entity: b, other: tracked });
      expect(String(error)).toContain('User with the key { id: "b" }');
    }
    expect([a, b, c].map((user) => user && session.state(user))).toEqual(
      Array(3).fill("transient"),
    );
    expect(session.state(marked)).toBe("delete-marked");
    expect(session.state(doomed)).toBe("transient");
    recorder.clear();
    await session.commit();
    expect(recorder.operations).toEqual(["DeleteItem"]);
  });

  it("refuses two new objects with one key, however the key is written", async () => {
    const { engine } = await makeBed([Post]);
    await using session = engine.session();
    const add = () =>
      session.add([new Post({ forum: "a", id: 1 }), new Post({ forum: "a", id: 1.0 })]);
    expect(add).toThrow(IdentityConflict);
    expect(session.new.size).toBe(0);
  });

  it("refuses an object of another open session, and takes it once that is closed", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    await using one = engine.session();
    await using two = engine.session();
    const post = await one.require(Post, key);
    expect(() => two.add(post)).toThrow(IdentityConflict);
    const pending = new Post({ forum: "b", id: 1 });
    one.add(pending);
    expect(() => two.add(pending)).toThrow(IdentityConflict);
    await one.close();
    two.add([post, pending]);
    expect([two.state(post), two.state(pending)]).toEqual(["persistent", "pending"]);
  });

  it("brings a detached object back with its edits, and with the snapshot that they are against", async () => {
    const { engine, recorder, store, stored } = await makeBed([Post]);
    await store(Post, item);
    const first = engine.session();
    const post = await first.require(Post, key);
    await first.close();
    post.views = 7;
    await using second = engine.session();
    second.add(post);
    expect([...second.dirty]).toEqual([post]);
    recorder.clear();
    await second.commit();
    expect(recorder.requests[0]?.input).toMatchObject({
      UpdateExpression: "SET #n0 = :v0",
      ExpressionAttributeValues: { ":v0": { N: "7" }, ":v1": { N: "3" } },
    });
    expect(await stored(Post, key)).toEqual({ ...item, views: { N: "7" } });
    await store(Post, item);
    await second.close();
    post.views = 9;
    await using third = engine.session();
    third.add(post);
    await expect(third.commit()).rejects.toMatchObject({ failures: [{ base: { views: 7 } }] });
  });

  it("refuses what was deleted, and what is no instance", async () => {
    const { engine } = await makeBed([Post]);
    await using session = engine.session();
    const post = new Post(key);
    session.add(post);
    await session.commit();
    session.delete(post);
    await session.commit();
    expect(() => session.add(post)).toThrow(InvalidState);
    session.add(new Post({ ...post }));
    await session.commit();
    for (const other of [null, undefined, 5, "text", Post, {}, [{}]]) {
      expect(() => session.add(other as never)).toThrow(InvalidState);
    }
  });
});

describeOnLocal("what was never stored", () => {
  it("is deleted without a request", async () => {
    const { engine, recorder } = await makeBed([Post]);
    await using session = engine.session();
    const post = new Post(key);
    session.add(post);
    session.delete(post);
    expect(session.has(post)).toBe(false);
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    expect(recorder.operations).toEqual([]);
    session.add(post);
    await session.commit();
    expect(recorder.operations).toEqual(["PutItem"]);
  });
});

describeOnLocal("a changed key", () => {
  it("is refused before any request, whatever else is to be written", async () => {
    const { engine, recorder, store } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    session.add(new Post({ forum: "b", id: 1 }));
    for (const id of [2, undefined, "x", null]) {
      (post as { id: unknown }).id = id;
      expect([...session.dirty]).toEqual([post]);
      recorder.clear();
      const error = await session.commit().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(KeyChanged);
      expect(recorder.operations).toEqual([]);
    }
    (post as { id: number }).id = 1.0;
    expect(session.dirty.size).toBe(0);
    await session.commit();
  });

  it.each(["add", "put", "upsert"] as const)(
    "is refused of an object given to %s as well, which the session knows by the first",
    async (operation) => {
      const { engine, recorder, stored } = await makeBed([Post]);
      await using session = engine.session();
      const post = new Post({ ...key, content: "mine" });
      session[operation](post);
      (post as { id: number }).id = 2;
      expect(() => session.plan()).toThrow(KeyChanged);
      recorder.clear();
      const error = await session.commit().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "KEY_CHANGED",
        key: '{ forum: "a", id: 1 }',
        newKey: '{ forum: "a", id: 2 }',
        message: expect.stringContaining("expunge() it, and add it again"),
      });
      expect(recorder.operations).toEqual([]);
      session.expunge(post);
      session[operation](post);
      await session.commit();
      expect(await session.get(Post, { ...key, id: 2 })).toBe(post);
      expect(await stored(Post, key)).toBeUndefined();
      expect(await stored(Post, { ...key, id: 2 })).toMatchObject({ c: { S: "mine" } });
    },
  );
});

describeOnLocal("an object that knows only its key", () => {
  it("is loaded by get, and keeps what was assigned before", async () => {
    const { engine, recorder, store, stored } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const ref = Post.ref(key);
    session.add(ref);
    expect(session.dirty.size).toBe(0);
    ref.views = 7;
    recorder.clear();
    expect(await session.get(Post, key)).toBe(ref);
    expect(ref).toMatchObject({ views: 7, content: "Hello" });
    await session.commit();
    expect(recorder.operations).toEqual(["GetItem", "UpdateItem"]);
    expect(await stored(Post, key)).toEqual({ ...item, views: { N: "7" } });
    expect(await session.get(Post, key)).toBe(ref);
    expect(recorder.operations).toHaveLength(2);
  });

  it("is nothing to get where there is no item, unless something is to be written", async () => {
    const { engine } = await makeBed([Post]);
    await using session = engine.session();
    const idle = Post.ref(key);
    const busy = Post.ref({ forum: "a", id: 2 });
    session.add([idle, busy]);
    busy.views = 7;
    expect(await session.get(Post, key)).toBeUndefined();
    expect(session.state(idle)).toBe("detached");
    expect(await session.get(Post, { forum: "a", id: 2 })).toBe(busy);
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
  });
});

describeOnLocal("a rollback", () => {
  it("brings back what an expired and then deleted object was: expired", async () => {
    const { engine, store, recorder } = await makeBed([Post]);
    await store(Post, item);
    await using session = engine.session();
    const post = await session.require(Post, key);
    session.expire(post);
    session.delete(post);
    await session.rollback();
    expect(session.state(post)).toBe("expired");
    session.delete(post);
    session.add(post);
    expect(session.state(post)).toBe("expired");
    recorder.clear();
    expect(await session.get(Post, key)).toBe(post);
    expect(post.views).toBe(3);
    expect(recorder.requests[0]?.input).toMatchObject({ ConsistentRead: true });
  });

  it("restores what the table holds after a partial flush, and forgets conditions and checks", async () => {
    const { engine, store, recorder } = await makeBed([Post, User]);
    await store(Post, item);
    await store(User, { id: { S: "taken" }, admin: { BOOL: true } });
    await using session = engine.session();
    const post = await session.require(Post, key);
    post.views = 4;
    const taken = new User({ id: "taken" });
    session.add(taken);
    await expect(session.commit()).rejects.toMatchObject({ written: [post] });
    post.views = 9;
    session.update(post, {}, { condition: Post.views.gt(100) });
    session.check(User, { id: "none" }, User.admin.eq(true));
    await session.rollback();
    expect(post.views).toBe(4);
    expect(session.state(taken)).toBe("transient");
    recorder.clear();
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    expect(recorder.operations).toEqual([]);
  });
});
