import { QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { Engine, globalIndex, InvalidExpression, InvalidKeyCondition, model, t } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { Post, User } from "../../support/models.js";
import { thrownBy } from "../schema/thrown-by.js";
import { stubClient } from "./stub.js";

const { client, sent } = stubClient();
const engine = new Engine({ client, tableName: (name) => `dev-${name}` });
const query = () => engine.query(Post).key({ forum: "a" });

const ofPost = { code: "INVALID_EXPRESSION", model: "Post" };

const byForum = {
  TableName: "dev-Posts",
  KeyConditionExpression: "#n0 = :v0",
  ExpressionAttributeNames: { "#n0": "forum" },
  ExpressionAttributeValues: { ":v0": { S: "a" } },
};

class Ticket extends model(
  "Ticket",
  {
    id: t.string().hashKey(),
    user: t.string(),
    data: t.string().optional(),
    expires: t.timestamp().optional().ttl(),
    version: t.version(),
  },
  {
    indexes: {
      byUser: globalIndex({ hashKey: "user", projection: "keys" }),
      byEnd: globalIndex({ hashKey: "user", rangeKey: "expires", projection: "keys" }),
    },
  },
) {}

describe("a query's request", () => {
  it("asks for the hash key", () => {
    expect(query().request()).toEqual(byForum);
    expect(engine.query(Post).key(Post.forum.eq("a")).request()).toEqual(byForum);
  });

  it("joins key conditions by AND, the hash key first", () => {
    const between = {
      ...byForum,
      KeyConditionExpression: "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2",
      ExpressionAttributeNames: { "#n0": "forum", "#n1": "id" },
      ExpressionAttributeValues: { ":v0": { S: "a" }, ":v1": { N: "1" }, ":v2": { N: "9" } },
    };
    const range = Post.id.between(1, 9);
    expect(
      engine
        .query(Post)
        .key(range.and(Post.forum.eq("a")))
        .request(),
    ).toEqual(between);
    expect(query().key(range).request()).toEqual(between);
    expect(query().key({ id: 1 }).request()).toMatchObject({
      KeyConditionExpression: "#n0 = :v0 AND #n1 = :v1",
      ExpressionAttributeValues: { ":v0": { S: "a" }, ":v1": { N: "1" } },
    });
  });

  it("joins filters by AND", () => {
    const twice = query()
      .filter(Post.views.gt(5).or(Post.views.lt(1)))
      .filter(Post.content.beginsWith("a"));
    expect(twice.request()).toEqual({
      ...byForum,
      FilterExpression: "(#n1 > :v1 OR #n1 < :v2) AND begins_with(#n2, :v0)",
      ExpressionAttributeNames: { "#n0": "forum", "#n1": "views", "#n2": "c" },
      ExpressionAttributeValues: { ":v0": { S: "a" }, ":v1": { N: "5" }, ":v2": { N: "1" } },
    });
  });

  it("names an index, by reference or by name", () => {
    const expected = {
      TableName: "dev-Posts",
      IndexName: "byUser",
      KeyConditionExpression: "#n0 = :v0",
      ExpressionAttributeNames: { "#n0": "user" },
      ExpressionAttributeValues: { ":v0": { S: "ann" } },
    };
    expect(engine.query(Post.byUser).key({ user: "ann" }).request()).toEqual(expected);
    expect(engine.query(Post).index("byUser").key({ user: "ann" }).request()).toEqual(expected);
  });

  it("keeps what holds of the index as well, and refuses what doesn't", () => {
    expect(query().filter(Post.views.gt(5)).index("byDate").request()).toEqual({
      ...byForum,
      IndexName: "byDate",
      FilterExpression: "#n1 > :v1",
      ExpressionAttributeNames: { "#n0": "forum", "#n1": "views" },
      ExpressionAttributeValues: { ":v0": { S: "a" }, ":v1": { N: "5" } },
    });
    expect(() => query().index("byUser")).toThrow(InvalidKeyCondition);
    expect(() => query().filter(Post.date.exists()).index("byDate")).toThrow(InvalidExpression);
    expect(() => query().filter(Post.content.exists()).index("byDate")).toThrow(InvalidExpression);
    expect(() => query().consistent().index("byUser")).toThrow(InvalidExpression);
    expect(() => engine.query(Ticket).select("data").index("byUser")).toThrow(InvalidExpression);
  });

  it("says the direction only where it isn't the default", () => {
    expect(query().descending().request()).toEqual({ ...byForum, ScanIndexForward: false });
    expect(query().descending().ascending().request()).toEqual(byForum);
  });

  it("reads consistently as it is told, or as the engine does", () => {
    expect(query().consistent().request()).toEqual({ ...byForum, ConsistentRead: true });
    const careful = engine.context({ consistent: true });
    expect(careful.query(Post).key({ forum: "a" }).request()).toEqual({
      ...byForum,
      ConsistentRead: true,
    });
    expect(careful.query(Post).key({ forum: "a" }).consistent(false).request()).toEqual(byForum);
    const user = careful.query(Post.byUser).key({ user: "ann" });
    expect(user.request()).not.toHaveProperty("ConsistentRead");
    expect(thrownBy(() => user.consistent())).toMatchObject(ofPost);
    expect(thrownBy(() => query().consistent().index("byUser"))).toMatchObject(ofPost);
    expect(user.consistent(false).request()).toEqual(user.request());
    expect(query().index("byDate").consistent().request()).toMatchObject({ ConsistentRead: true });
    expect(careful.scan(User).request()).toEqual({ TableName: "dev-User", ConsistentRead: true });
  });

  it("refreshes by consistent reads, where there are such", () => {
    expect(query().refresh().request()).toEqual({ ...byForum, ConsistentRead: true });
    expect(query().refresh().consistent(false).request()).toEqual(byForum);
    const user = engine.query(Post.byUser).key({ user: "ann" });
    expect(user.refresh().request()).toEqual(user.request());
  });

  it("limits what is read to what is wanted, unless a filter drops some of it", () => {
    const filter = Post.views.gt(5);
    expect(query().limit(10).request()).toEqual({ ...byForum, Limit: 10 });
    expect(query().pageSize(7).request()).toEqual({ ...byForum, Limit: 7 });
    expect(query().limit(10).pageSize(7).request()).toEqual({ ...byForum, Limit: 7 });
    expect(query().limit(5).pageSize(7).request()).toEqual({ ...byForum, Limit: 5 });
    expect(query().filter(filter).limit(10).request()).not.toHaveProperty("Limit");
    expect(query().filter(filter).limit(1).pageSize(7).request()).toMatchObject({ Limit: 7 });
    expect(query().limit(Number.MAX_SAFE_INTEGER).request()).toEqual(byForum);
  });

  it("projects what is selected, the keys, and the version", () => {
    expect(query().select("content", "views", "content").request()).toEqual({
      ...byForum,
      ProjectionExpression: "#n1, #n2, #n0, #n3",
      ExpressionAttributeNames: { "#n0": "forum", "#n1": "c", "#n2": "views", "#n3": "id" },
    });
    expect(engine.query(Post.byUser).key({ user: "a" }).select("id").request()).toMatchObject({
      ProjectionExpression: "#n1, #n2, #n0, #n3",
      ExpressionAttributeNames: { "#n0": "user", "#n1": "id", "#n2": "forum", "#n3": "date" },
    });
    expect(engine.scan(Ticket).select("data").request()).toEqual({
      TableName: "dev-Ticket",
      ProjectionExpression: "#n0, #n1, #n2, #n3",
      ExpressionAttributeNames: { "#n0": "data", "#n1": "id", "#n2": "version", "#n3": "expires" },
    });
    expect(engine.scan(Ticket).select("data").includeExpired().request()).toMatchObject({
      ProjectionExpression: "#n0, #n1, #n2",
    });
  });

  it("has a local index fetch what it doesn't hold, where that is asked for", () => {
    const byDate = query().index("byDate");
    expect(byDate.complete().request()).toEqual({
      ...byForum,
      IndexName: "byDate",
      Select: "ALL_ATTRIBUTES",
    });
    expect(byDate.request()).toEqual({ ...byForum, IndexName: "byDate" });
    expect(byDate.select("content").request()).toMatchObject({
      ProjectionExpression: expect.any(String),
    });
    expect(byDate.complete().select("content").request()).not.toHaveProperty("Select");
  });

  it("reads what a global index doesn't hold by complete() alone", () => {
    const byUser = engine.query(Ticket.byUser).key({ user: "ann" });
    expect(() => byUser.select("data")).toThrow(/complete\(\)/);
    expect(byUser.complete().select("data").request()).toEqual(byUser.request());
    expect(byUser.select("version").request()).toMatchObject({
      ProjectionExpression: "#n1, #n2, #n0",
      ExpressionAttributeNames: { "#n0": "user", "#n1": "version", "#n2": "id" },
    });
    expect(byUser.complete().select("version").request()).toEqual(
      byUser.select("version").request(),
    );
  });

  it("is what the SDK takes", () => {
    new QueryCommand(query().filter(Post.views.gt(5)).limit(3).request());
    new ScanCommand(engine.scan(User).parallel(2).request());
  });

  it("needs a key", () => {
    expect(() => engine.query(Post).request()).toThrow(InvalidKeyCondition);
    expect(() => engine.query(Post).key(Post.id.gt(1))).toThrow(InvalidKeyCondition);
    expect(() => engine.query(Post).key({} as never)).toThrow(InvalidKeyCondition);
    expect(() => query().key({ forum: "b" })).toThrow(/twice/);
    expect(() => query().key(Post.id.gt(1)).key(Post.id.lt(9))).toThrow(/two conditions/);
    expect(() => query().key({ views: 1 })).toThrow(/isn't part of the key/);
    expect(() => query().key(undefined as never)).toThrow(InvalidKeyCondition);
  });

  it("is refused before it is sent", async () => {
    await expect(engine.query(Post).all()).rejects.toBeInstanceOf(InvalidKeyCondition);
    await expect(engine.query(Post).count()).rejects.toBeInstanceOf(InvalidKeyCondition);
    await expect(engine.query(Post).page()).rejects.toBeInstanceOf(InvalidKeyCondition);
    const many = Array.from({ length: 400 }, (_, at) => Post.views.eq(at));
    const [first, ...others] = many;
    if (first) {
      await expect(
        query()
          .filter(first.or(...others))
          .all(),
      ).rejects.toBeInstanceOf(InvalidExpression);
    }
    expect(sent).toEqual([]);
  });
});

describe("a scan's request", () => {
  it("reads a table or an index", () => {
    expect(engine.scan(User).request()).toEqual({ TableName: "dev-User" });
    const byUser = { TableName: "dev-Posts", IndexName: "byUser" };
    expect(engine.scan(Post.byUser).request()).toEqual(byUser);
    expect(engine.scan(Post).index("byUser").request()).toEqual(byUser);
  });

  it("may filter by keys", () => {
    expect(engine.scan(Post).filter(Post.forum.eq("a")).request()).toMatchObject({
      FilterExpression: "#n0 = :v0",
    });
  });

  it("divides a table into segments", () => {
    expect(engine.scan(User).parallel(4).request()).toEqual({
      TableName: "dev-User",
      Segment: 0,
      TotalSegments: 4,
    });
    expect(engine.scan(User).parallel(1).request()).toEqual({ TableName: "dev-User" });
  });
});

describe("a search", () => {
  it("is frozen, and each step gives a new one", () => {
    const base = query();
    const request = base.request();
    const steps = [
      base.index("byDate"),
      base.filter(Post.views.gt(5)),
      base.consistent(),
      base.ascending(),
      base.descending(),
      base.limit(1),
      base.pageSize(1),
      base.after(undefined),
      base.refresh(),
      base.select("views"),
      base.untracked(),
      base.complete(),
      base.includeExpired(),
      base.key({ id: 1 }),
    ];
    for (const step of steps) {
      expect(step).not.toBe(base);
      expect(Object.isFrozen(step)).toBe(true);
    }
    expect(base.request()).toEqual(request);
    expect(Object.isFrozen(request)).toBe(true);
  });

  it.each([
    ["limit", "Post", (n: number) => query().limit(n)],
    ["pageSize", "Post", (n: number) => query().pageSize(n)],
    ["parallel", "User", (n: number) => engine.scan(User).parallel(n)],
  ])("takes a whole number of 1 or more as %s", (_, model, step) => {
    for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", undefined, null]) {
      const error = thrownBy(() => step(bad as number));
      expect(error).toBeInstanceOf(InvalidExpression);
      expect(error).toMatchObject({ model });
    }
    expect(() => engine.scan(User).parallel(1_000_001)).toThrow(InvalidExpression);
  });

  it("refuses names that the model doesn't have, inherited ones too", () => {
    for (const bad of ["other", "__proto__", "constructor", "toString", "", "c"]) {
      expect(() => query().select(bad as "views"), bad).toThrow(InvalidExpression);
      expect(() => query().index(bad as "byDate"), bad).toThrow(InvalidExpression);
    }
    expect(() => query().select(...([] as unknown as ["views"]))).toThrow(InvalidExpression);
  });

  it("refuses as filter what is no condition, and conditions of other models", () => {
    for (const bad of [undefined, null, {}, true, "views > 5"]) {
      expect(thrownBy(() => query().filter(bad as never))).toMatchObject(ofPost);
    }
    expect(() => query().filter(User.c.name.eq("x"))).toThrow(InvalidExpression);
    expect(() => query().filter(Post.id.gt(1))).toThrow(/\.key\(\)/);
  });
});
