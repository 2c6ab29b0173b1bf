import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  Engine,
  InvalidExpression,
  InvalidValue,
  model,
  type Session,
  type SessionOptions,
  t,
} from "dynalchemy";
import { describe, expect, it } from "vitest";
import { hydrate } from "../../../../src/model/hydrate.js";
import { infoOf } from "../../../../src/model/metadata.js";
import type { WireItem } from "../../../../src/schema/wire.js";
import { Account, Post, User } from "../../../support/models.js";
import { thrownBy } from "../../schema/thrown-by.js";

/** Plans send nothing: this client has nobody to send to. */
const engine = new Engine({ client: new DynamoDBClient({ region: "nowhere" }) });
const open = (options: SessionOptions = {}): Session => engine.session(options);

const item = (id: number, more: WireItem = {}): WireItem => ({
  forum: { S: "a" },
  id: { N: String(id) },
  views: { N: "3" },
  ...more,
});

/** A post as it was loaded, tracked by the session. */
function load(session: Session, id: number, more: WireItem = {}): Post {
  const post = hydrate(infoOf(Post), item(id, more)).instance as Post;
  session.add(post);
  return post;
}

const users = (n: number) => Array.from({ length: n }, (_, at) => new User({ id: `u${at}` }));
const shapes = (session: Session) =>
  session.plan().requests.map(({ operation, entries }) => [operation, entries.length]);

describe("a plan", () => {
  it("packs what has no condition, and sends the rest apart, in the order of the objects", () => {
    const session = open();
    const [changed, doomed] = [load(session, 1), load(session, 2)];
    changed.views = 4;
    session.put(users(2));
    session.add(new User({ id: "added" }));
    session.delete(doomed);
    session.delete(Post.ref({ forum: "a", id: 3 }));
    session.upsert(new User({ id: "upserted" }));
    const { requests } = session.plan();
    expect(
      requests.map(({ operation, entries, reason }) => [
        operation,
        entries.map(({ action, model, key }) => [action, model, Object.values(key).join()]),
        reason,
      ]),
    ).toEqual([
      [
        "BatchWriteItem",
        [
          ["put", "User", "u0"],
          ["put", "User", "u1"],
          ["delete", "Post", "a,3"],
        ],
        "2 puts and 1 delete without conditions in one batch",
      ],
      [
        "UpdateItem",
        [["update", "Post", "a,1"]],
        "an update travels alone, since batches take no updates",
      ],
      [
        "DeleteItem",
        [["delete", "Post", "a,2"]],
        "a guarded delete travels alone, since batches take no conditions",
      ],
      [
        "PutItem",
        [["put", "User", "added"]],
        "a guarded add travels alone, since batches take no conditions; put() would be packed",
      ],
      [
        "UpdateItem",
        [["update", "User", "upserted"]],
        "an update travels alone, since batches take no updates",
      ],
    ]);
  });

  it("changes nothing, and is the same each time", () => {
    const session = open();
    const post = load(session, 1, { meta: { M: { author: { S: "x" }, refs: { L: [] } } } });
    post.meta?.refs.push("r");
    session.put(users(3));
    const before = [JSON.stringify(post), session.changes(post)];
    const first = session.plan();
    const second = session.plan();
    expect(String(second)).toBe(String(first));
    expect(second.requests).toEqual(first.requests);
    expect([JSON.stringify(post), session.changes(post)]).toEqual(before);
    expect(session.state(post)).toBe("persistent");
    expect(Object.isFrozen(first.requests)).toBe(true);
    const text = String(first);
    post.views = 9;
    expect(String(first)).toBe(text);
  });

  it("fills batches with 25, and sends a single one left as a plain call", () => {
    const session = open();
    session.put(users(51));
    expect(shapes(session)).toEqual([
      ["BatchWriteItem", 25],
      ["BatchWriteItem", 25],
      ["PutItem", 1],
    ]);
    expect(session.plan().requests[2]?.reason).toBe("one put, with no other to share a batch");
    expect(session.plan().atomicSteps).toBe(51);
  });

  it("fills batches with 16 MB as they travel", () => {
    const session = open();
    const bytes = new Uint8Array(390 * 1024);
    // In JSON, bytes take a third more: 32 items of 390 KB are more than 16 MB with 25 as well.
    class Blob extends model("Blob", { id: t.integer().hashKey(), bytes: t.binary() }) {}
    session.put(Array.from({ length: 40 }, (_, id) => new Blob({ id, bytes })));
    const sizes = session.plan().requests.map(({ entries }) => entries.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
    for (const size of sizes) expect(size * ((bytes.length * 4) / 3)).toBeLessThan(16 * 1024 ** 2);
    expect(sizes).toHaveLength(2);
  });

  it("refuses an item over 400 KB, with whatever attribute it would be that", () => {
    const session = open();
    session.put(new Post({ forum: "a", id: 1, content: "x".repeat(400 * 1024) }));
    expect(() => session.plan()).toThrow(InvalidValue);
    expect(() => session.plan()).toThrow("409600");
    const other = open();
    const post = load(other, 1, { c: { S: "x".repeat(300 * 1024) } });
    post.meta = { author: "y".repeat(100 * 1024), refs: [] };
    expect(() => other.plan()).toThrow("409600");
    post.meta.author = "y".repeat(99 * 1024);
    expect(other.plan().writeUnits).toBe(400);
  });

  it("prints as a table", () => {
    const session = open();
    const post = load(session, 1, { c: { S: "Hello" } });
    post.views = 4;
    post.content = undefined;
    session.put(users(2));
    expect(String(session.plan()).split("\n")).toEqual([
      "1. BatchWriteItem: 2 puts without conditions in one batch (2 write units)",
      '   put User { id: "u0" }',
      '   put User { id: "u1" }',
      "2. UpdateItem: an update travels alone, since batches take no updates (1 write unit)",
      '   update Post { forum: "a", id: 1 }',
      "     set views = 4",
      "     remove content",
      '     if attribute_exists(forum) and views = 3 and content = "Hello"',
      "2 requests, 3 write units",
    ]);
    expect(String(open().plan())).toBe("Nothing to write: no request.");
  });
});

describe("a plan's write units", () => {
  const kb = (n: number) => "x".repeat(n * 1024);

  it("are those of the larger item, before or after", () => {
    const session = open();
    const smaller = load(session, 1, { c: { S: kb(5) } });
    smaller.content = "x";
    expect(session.plan().writeUnits).toBe(6);
    const larger = open();
    load(larger, 1).content = kb(5);
    expect(larger.plan().writeUnits).toBe(6);
    const gone = open();
    gone.delete(load(gone, 1, { c: { S: kb(5) } }));
    expect(gone.plan().writeUnits).toBe(6);
    const unknown = open();
    unknown.delete(Post.ref({ forum: "a", id: 1 }));
    expect(unknown.plan().writeUnits).toBe(1);
    const replaced = open();
    replaced.delete(load(replaced, 1, { c: { S: kb(5) } }));
    replaced.add(new Post({ forum: "a", id: 1 }));
    expect(replaced.plan().writeUnits).toBe(6);
  });

  it("count what doesn't fit its column, before and, where it stays, after", () => {
    const session = open();
    const post = load(session, 1, { views: { S: kb(5) } });
    post.content = kb(1);
    expect(session.plan().writeUnits).toBe(7);
    post.views = 1;
    expect(session.plan().writeUnits).toBe(6);
  });

  it("of a move are those of the old item, and of the new one alone where nothing was", () => {
    const session = open();
    const post = load(session, 1, { c: { S: kb(5) } });
    post.content = "x";
    session.move(post, { forum: "b" });
    expect(session.plan().writeUnits).toBe(2 * (1 + 6));
  });

  it("are doubled in a transaction, of checks as well", () => {
    const session = open();
    load(session, 1).content = kb(5);
    session.put(users(2));
    expect(session.plan().writeUnits).toBe(8);
    expect(session.plan({ transaction: true }).writeUnits).toBe(16);
    session.check(User, { id: "x" }, User.admin.eq(true));
    const plan = session.plan();
    expect(plan.writeUnits).toBe(18);
    expect(plan.atomicSteps).toBe(1);
    expect(plan.requests).toMatchObject([
      { operation: "TransactWriteItems", reason: "4 writes that succeed or fail together" },
    ]);
  });

  it("of a counting update that must count once are those of a transaction of its own", () => {
    const session = open({ exactlyOnce: true });
    const post = load(session, 1);
    session.update(post, { views: Post.views.plus(1) });
    load(session, 2).views = 4;
    expect(shapes(session)).toEqual([
      ["TransactWriteItems", 1],
      ["UpdateItem", 1],
    ]);
    expect(session.plan().requests[0]?.reason).toBe(
      "one update, with a token so that it counts exactly once",
    );
    expect(session.plan().writeUnits).toBe(3);
  });
});

describe("an expression beyond the limits", () => {
  const columns = <C>(n: number, of: () => C) =>
    Object.fromEntries(Array.from({ length: n }, (_, at) => [`c${at}`, of()] as const));

  function wide(n: number, options: SessionOptions = {}, isVersioned = false) {
    class Wide extends model("Wide", {
      id: t.string().hashKey(),
      ...columns(n, () => t.integer().optional()),
      ...(isVersioned ? { version: t.version() } : {}),
    }) {}
    const stored: WireItem = { id: { S: "x" }, ...(isVersioned && { version: { N: "1" } }) };
    for (let at = 0; at < n; at++) stored[`c${at}`] = { N: "1" };
    const session = open(options);
    const object = hydrate(infoOf(Wide), stored).instance as Record<string, unknown>;
    session.add(object);
    return { session, object };
  }

  it("within documents falls back to whole attributes", () => {
    class Doc extends model("Doc", {
      id: t.string().hashKey(),
      map: t.record(t.integer()),
    }) {}
    const session = open();
    const M: WireItem = {};
    for (let at = 0; at < 400; at++) M[`a rather long name of a member ${at}`] = { N: "1" };
    const doc = hydrate(infoOf(Doc), { id: { S: "x" }, map: { M } }).instance as Doc;
    session.add(doc);
    doc.map["a rather long name of a member 1"] = 2;
    const [path] = session.plan().requests[0]?.entries[0]?.changes ?? [];
    expect(path).toContain("member 1");
    for (const name of Object.keys(doc.map)) doc.map[name] = 2;
    const { entries } = session.plan().requests[0] ?? { entries: [] };
    expect(entries[0]?.changes).toHaveLength(1);
    expect(entries[0]?.changes[0]).toMatch(/^set map = /);
    expect(entries[0]?.condition).toMatch(/^attribute_exists\(id\) and map = /);
  });

  it("is refused before any request, naming the model", () => {
    for (const [n, options] of [
      [160, {}],
      [400, { atomic: false }],
    ] as const) {
      const { session, object } = wide(n, options);
      for (let at = 0; at < n; at++) object[`c${at}`] = 2;
      expect(() => session.plan()).toThrow(InvalidExpression);
    }
  });

  it("of a wide object's condition says what would help, and is none with a version", () => {
    for (const n of [151, 420]) {
      const { session, object } = wide(n);
      session.delete(object);
      const failure = thrownBy(() => session.plan());
      expect(failure).toBeInstanceOf(InvalidExpression);
      expect(failure).toMatchObject({ model: "Wide" });
      expect(String(failure)).toMatch(/Wide .*"x".*t\.version\(\).*atomic: false/s);
      const versioned = wide(n, {}, true);
      versioned.session.delete(versioned.object);
      expect(shapes(versioned.session)).toEqual([["DeleteItem", 1]]);
    }
  });

  it("is none of an update that changes little of a wide item, nor of an unguarded one of much", () => {
    const few = wide(400);
    few.object["c7"] = 2;
    expect(shapes(few.session)).toEqual([["UpdateItem", 1]]);
    const many = wide(300, { atomic: false });
    for (let at = 0; at < 300; at++) many.object[`c${at}`] = 2;
    expect(shapes(many.session)).toEqual([["UpdateItem", 1]]);
  });

  it("is found in the caller's own condition too", () => {
    const session = open();
    const post = load(session, 1);
    let condition = Post.views.gt(0);
    for (let at = 1; at < 200; at++) condition = condition.and(Post.views.ne(at));
    session.update(post, { views: 4 }, { condition });
    expect(() => session.plan()).toThrow("300");
  });
});

describe("a plan of one object", () => {
  it("says why it travels as it does", () => {
    const reasons: unknown[] = [];
    const plan = (act: (session: Session) => void) => {
      const session = open();
      act(session);
      reasons.push(session.plan().requests.map(({ operation, reason }) => [operation, reason]));
    };
    plan((session) => session.put(new User({ id: "a" })));
    plan((session) => session.add(new User({ id: "a" })));
    plan((session) => session.move(load(session, 1), { forum: "b", id: 1 }));
    plan((session) => session.check(User, { id: "a" }, User.admin.eq(true)));
    expect(reasons).toEqual([
      [["PutItem", "one put"]],
      [["PutItem", "one put"]],
      [
        [
          "TransactWriteItems",
          "a move: the item under its new key and the deletion of the old one",
        ],
      ],
      [["TransactWriteItems", "one check, with a token so that it counts exactly once"]],
    ]);
  });

  it("demands the version, and shows the next one", () => {
    const session = open();
    const wire = { id: { S: "a" }, balance: { N: "1" }, version: { N: "4" } };
    const account = hydrate(infoOf(Account), wire).instance as Account;
    session.add(account);
    account.balance = 2;
    expect(session.plan().requests[0]?.entries[0]).toMatchObject({
      action: "update",
      model: "Account",
      table: "Account",
      entity: account,
      changes: ["set balance = 2", "set version = 5"],
      condition: "attribute_exists(id) and version = 4",
    });
    expect(account.version).toBe(4);
  });
});
