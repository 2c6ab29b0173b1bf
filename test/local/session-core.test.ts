import {
  type AnyModel,
  type Client,
  ConstraintViolation,
  IdentityConflict,
  KeyChanged,
  MissingItems,
  SessionClosed,
} from "dynalchemy";
import { describe, expect, it } from "vitest";
import { makeClient, makeDocumentClient } from "../support/client.js";
import { itOnLocal } from "../support/engine-facts.js";
import { Account, Post, User } from "../support/models.js";
import { expectRequests } from "../support/recorder.js";
import { makeBed as bedWith } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
  tags: { SS: ["x"] },
  meta: { M: { author: { S: "ann" }, refs: { L: [{ S: "r0" }] } } },
  unknown: { S: "kept" },
};

const clients: readonly (readonly [string, () => Client])[] = [
  ["DynamoDBClient", () => makeClient()],
  ["DynamoDBDocumentClient", () => makeDocumentClient()],
  // One that would marshall everything otherwise than the library does, were it asked.
  [
    "DynamoDBDocumentClient with settings",
    () =>
      makeDocumentClient(
        {},
        {
          marshallOptions: { convertEmptyValues: true, removeUndefinedValues: true },
          unmarshallOptions: { wrapNumbers: true },
        },
      ),
  ],
];

describe.each(clients)("through a %s:", (_, makeClientOf) => {
  const makeBed = (models: readonly AnyModel[]) => bedWith(models, { client: makeClientOf() });

  describe("a flush", () => {
    it("sends one UpdateItem that names one attribute for a scalar change", async () => {
      const { engine, recorder, store, stored, tableName } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      recorder.clear();
      post.views += 1;
      await session.flush();
      expectRequests(recorder, [
        {
          operation: "UpdateItem",
          input: {
            TableName: tableName(Post),
            Key: { forum: { S: "a" }, id: { N: "1" } },
            UpdateExpression: "SET #n0 = :v0",
            ConditionExpression: "attribute_exists(#n1) AND #n0 = :v1",
            ExpressionAttributeNames: { "#n0": "views", "#n1": "forum" },
            ExpressionAttributeValues: { ":v0": { N: "4" }, ":v1": { N: "3" } },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
        },
      ]);
      expect(await stored(Post, key)).toEqual({ ...item, views: { N: "4" } });
    });

    it("sends nothing where nothing changed, or what changed was put back", async () => {
      const { engine, recorder, store } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      recorder.clear();
      post.views = 9;
      post.meta?.refs.push("r1");
      post.views = 3;
      post.meta?.refs.pop();
      post.tags = new Set(["x"]);
      expect(session.dirty.size).toBe(0);
      const result = await session.commit();
      expect(result).toEqual({ written: [], requests: 0 });
      expectRequests(recorder, []);
    });

    it("writes nested changes as paths", async () => {
      const { engine, recorder, store, stored } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      recorder.clear();
      if (post.meta) post.meta.author = "bob";
      post.meta?.refs.push("r1");
      post.tags?.add("y");
      expect(session.changes(post).map(({ op, path }) => ({ op, path }))).toEqual([
        { op: "replace", path: ["tags"] },
        { op: "replace", path: ["meta", "author"] },
        { op: "add", path: ["meta", "refs", 1] },
      ]);
      await session.commit();
      expect(recorder.requests).toHaveLength(1);
      expect(await stored(Post, key)).toEqual({
        ...item,
        tags: { SS: expect.arrayContaining(["x", "y"]) },
        meta: { M: { author: { S: "bob" }, refs: { L: [{ S: "r0" }, { S: "r1" }] } } },
      });
      expect(session.dirty.size).toBe(0);
    });

    it("sends 60 puts in 3 requests, and 250 loads in 3", async () => {
      const { engine, recorder } = await makeBed([User]);
      const users = Array.from({ length: 250 }, (_, at) => new User({ id: `u${at}` }));
      await using session = engine.session();
      session.put(users.slice(0, 60));
      await session.commit();
      expect(recorder.operations).toEqual(["BatchWriteItem", "BatchWriteItem", "BatchWriteItem"]);
      await engine.save(users.slice(60));
      recorder.clear();
      await using other = engine.session();
      const found = await other.getMany(
        User,
        users.map(({ id }) => ({ id })),
      );
      expect(recorder.operations).toEqual(["BatchGetItem", "BatchGetItem", "BatchGetItem"]);
      expect(found.map((user) => user?.id)).toEqual(users.map(({ id }) => id));
      recorder.clear();
      await engine.load(users.map(({ id }) => User.ref({ id })));
      expect(recorder.operations).toEqual(["BatchGetItem", "BatchGetItem", "BatchGetItem"]);
    });

    it("loads one item by a GetItem, however many instances are to be filled with it", async () => {
      const { engine, recorder } = await makeBed([User]);
      await engine.save(new User({ id: "ann", name: "Ann" }));
      recorder.clear();
      const twins = [User.ref({ id: "ann" }), User.ref({ id: "ann" })];
      await engine.load(twins, { consistent: true });
      expect(twins.map(({ name }) => name)).toEqual(["Ann", "Ann"]);
      await expect(engine.load(User.ref({ id: "eve" }))).rejects.toBeInstanceOf(MissingItems);
      expect(recorder.requests).toMatchObject([
        { operation: "GetItem", input: { Key: { id: { S: "ann" } }, ConsistentRead: true } },
        { operation: "GetItem", input: { Key: { id: { S: "eve" } } } },
      ]);
    });

    it("sends the gets of one tick as one BatchGetItem without duplicates", async () => {
      const { engine, recorder, store } = await makeBed([User]);
      await store(User, { id: { S: "a" }, admin: { BOOL: true } });
      await using session = engine.session();
      const [a, again, b] = await Promise.all([
        session.get(User, { id: "a" }),
        session.get(User, { id: "a" }),
        session.get(User, { id: "b" }),
      ]);
      expect(a).toBe(again);
      expect(b).toBeUndefined();
      expect(recorder.operations).toEqual(["BatchGetItem"]);
      expect(Object.values(recorder.requests[0]?.input["RequestItems"] as object)[0]).toMatchObject(
        {
          Keys: [{ id: { S: "a" } }, { id: { S: "b" } }],
        },
      );
    });

    itOnLocal("never overwrites what somebody else changed, and tells both sides", async () => {
      const { engine, store, stored } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      await store(Post, { ...item, views: { N: "7" } });
      post.views = 4;
      const error = await session.commit().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConstraintViolation);
      const [failure] = (error as ConstraintViolation).failures;
      expect(failure).toMatchObject({ entity: post, model: "Post", key, isUnmet: true });
      expect(failure?.current).toMatchObject({ views: 7 });
      expect(failure?.diff).toEqual({ views: { base: 3, mine: 4, theirs: 7 } });
      expect(await stored(Post, key)).toMatchObject({ views: { N: "7" } });
      expect(session.dirty.has(post)).toBe(true);
    }, ["currentItem"]);

    it("lets two sessions change different attributes of one item", async () => {
      const { engine, store, stored } = await makeBed([Post]);
      await store(Post, item);
      await using one = engine.session();
      await using two = engine.session();
      const mine = await one.require(Post, key);
      const theirs = await two.require(Post, key);
      mine.views = 4;
      theirs.content = "Bye";
      await one.commit();
      await two.commit();
      expect(await stored(Post, key)).toMatchObject({ views: { N: "4" }, c: { S: "Bye" } });
    });

    it("never revives a deleted item, and never replaces one by add", async () => {
      const { engine, store, stored, remove } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      await remove(Post, key);
      post.views = 4;
      await expect(session.commit()).rejects.toMatchObject({
        code: "CONSTRAINT_VIOLATION",
        failures: [{ current: undefined }],
      });
      expect(await stored(Post, key)).toBeUndefined();
      await store(Post, item);
      await using other = engine.session();
      other.add(new Post({ forum: "a", id: 1 }));
      await expect(other.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      expect(other.new.size).toBe(1);
      expect(await stored(Post, key)).toEqual(item);
    });

    it("sends what is left by the second commit", async () => {
      const { engine, store, stored, recorder } = await makeBed([User]);
      await store(User, { id: { S: "taken" }, admin: { BOOL: true } });
      await using session = engine.session();
      const taken = new User({ id: "taken" });
      session.add([new User({ id: "free" }), taken]);
      await expect(session.commit()).rejects.toMatchObject({ written: [{ id: "free" }] });
      expect(await stored(User, { id: "free" })).toBeDefined();
      recorder.clear();
      await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      expect(recorder.operations).toEqual(["PutItem"]);
    });

    it("counts on the table's side with plus, and brings the result back", async () => {
      const { engine, store, stored } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      await store(Post, { ...item, views: { N: "10" } });
      session.update(post, { views: Post.views.plus(5) });
      expect(post.views).toBe(3);
      await session.commit();
      expect(post.views).toBe(15);
      expect(await stored(Post, key)).toMatchObject({ views: { N: "15" } });
      expect(session.dirty.size).toBe(0);
    });

    it("deletes a loaded object on condition that it is unchanged, and a ref without one", async () => {
      const { engine, store, stored } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      await store(Post, { ...item, views: { N: "7" } });
      session.delete(post);
      await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      expect(session.deleted.has(post)).toBe(true);
      await using other = engine.session();
      other.delete(Post.ref(key));
      await other.commit();
      expect(await stored(Post, key)).toBeUndefined();
    });

    it("demands the loaded version, and counts it up", async () => {
      const { engine, stored } = await makeBed([Account]);
      await using session = engine.session();
      const account = new Account({ id: "a" });
      session.add(account);
      await session.commit();
      expect(account.version).toBe(1);
      await using other = engine.session();
      const theirs = await other.require(Account, { id: "a" });
      theirs.owner = "bob";
      await other.commit();
      expect(theirs.version).toBe(2);
      account.balance = 5;
      await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      await session.refresh(account);
      account.balance = 5;
      await session.commit();
      expect(await stored(Account, { id: "a" })).toMatchObject({
        version: { N: "3" },
        owner: { S: "bob" },
        balance: { N: "5" },
      });
    });

    itOnLocal("writes everything or nothing in a transaction", async () => {
      const { engine, store, stored, recorder } = await makeBed([User, Post]);
      await store(User, { id: { S: "taken" }, admin: { BOOL: true } });
      await using session = engine.session();
      session.add([new Post({ forum: "f", id: 1 }), new User({ id: "taken" })]);
      await expect(session.commit({ transaction: true })).rejects.toMatchObject({
        code: "CONSTRAINT_VIOLATION",
        failures: [{ isCancelled: true }, { isUnmet: true, current: { admin: true } }],
      });
      expect(await stored(Post, { forum: "f", id: 1 })).toBeUndefined();
      expect(recorder.operations).toEqual(["TransactWriteItems"]);
    }, ["transactions"]);
  });

  describe("a session", () => {
    it("has one object for each key", async () => {
      const { engine, store } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      expect(await session.get(Post, key)).toBe(post);
      const [found] = await session.query(Post).key({ forum: "a" }).all();
      expect(found).toBe(post);
      expect(() => session.add(new Post({ forum: "a", id: 1 }))).toThrow(IdentityConflict);
      expect(session.has(post)).toBe(true);
    });

    it("refuses a changed key, naming both", async () => {
      const { engine, store } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      (post as { id: number }).id = 2;
      await expect(session.commit()).rejects.toBeInstanceOf(KeyChanged);
      await expect(session.commit()).rejects.toThrow(/id: 1.*id: 2/);
    });

    it("restores objects in place by rollback", async () => {
      const { engine, store, recorder } = await makeBed([Post]);
      await store(Post, item);
      await using session = engine.session();
      const post = await session.require(Post, key);
      const { meta } = post;
      post.views = 9;
      post.meta?.refs.push("r1");
      const added = new Post({ forum: "b", id: 2 });
      session.add(added);
      session.rollback();
      expect(post.views).toBe(3);
      expect(post.meta?.refs).toEqual(["r0"]);
      expect(meta).toBeDefined();
      expect(session.state(added)).toBe("transient");
      recorder.clear();
      await session.commit();
      expect(recorder.operations).toEqual([]);
    });

    it("refuses everything once it is closed, and leaves its objects readable", async () => {
      const { engine, store } = await makeBed([Post]);
      await store(Post, item);
      const session = engine.session();
      const post = await session.require(Post, key);
      await session.close();
      await session.close();
      expect(post.views).toBe(3);
      await expect(session.get(Post, key)).rejects.toBeInstanceOf(SessionClosed);
      expect(() => session.add(post)).toThrow(SessionClosed);
      await expect(session.commit()).rejects.toBeInstanceOf(SessionClosed);
    });
  });
});
