import { describe, expect, it } from "vitest";
import { and, or } from "../../../src/expr/condition.js";
import { InvalidKeyCondition } from "../../../src/expr/errors.js";
import { readKeyCondition } from "../../../src/expr/key-condition.js";
import { Renderer } from "../../../src/expr/renderer.js";
import { declareTable } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";
import { Other, Post, pathsOf, table, thrownBy } from "./post.js";

const byUser = table.indexes.get("byUser");
const bySlug = table.indexes.get("bySlug");
const byViews = table.indexes.get("byViews");
const hash = Post.forum.eq("f");
const day = new Date("2024-01-01");

function text(...given: Parameters<typeof readKeyCondition>): string {
  const renderer = new Renderer();
  const expression = renderer.keyCondition(readKeyCondition(...given).node);
  const names = renderer.names() ?? {};
  return expression.replace(/#n\d/g, (name) => names[name] ?? "?");
}

describe("a key condition", () => {
  it("is the hash key by equality", () => {
    expect(text(table, undefined, hash)).toBe("forum = :v0");
    const { hash: read, range, values } = readKeyCondition(table, undefined, hash);
    expect(read).toEqual({ column: table.hashKey, wire: { S: "f" } });
    expect(range).toBeUndefined();
    expect(values).toEqual([{ S: "f" }]);
  });

  it.each([
    ["eq", Post.id.eq(1), "id = :v1"],
    ["lt", Post.id.lt(1), "id < :v1"],
    ["lte", Post.id.lte(1), "id <= :v1"],
    ["gt", Post.id.gt(1), "id > :v1"],
    ["gte", Post.id.gte(1), "id >= :v1"],
    ["between", Post.id.between(1, 2), "id BETWEEN :v1 AND :v2"],
  ])("may have one condition on the range key: %s", (_, range, expected) => {
    expect(text(table, undefined, hash.and(range))).toBe(`forum = :v0 AND ${expected}`);
  });

  it("sends the hash key first, in whatever order it was given", () => {
    const given = Post.id.gt(1).and(hash);
    expect(readKeyCondition(table, undefined, given)).toEqual(
      readKeyCondition(table, undefined, hash.and(Post.id.gt(1))),
    );
    expect(readKeyCondition(table, undefined, given).values).toEqual([{ S: "f" }, { N: "1" }]);
  });

  it("is of the index that is queried", () => {
    expect(text(table, byUser, Post.user.eq("u").and(Post.date.gte(day)))).toBe(
      "user = :v0 AND date >= :v1",
    );
    expect(text(table, byViews, hash.and(Post.views.lt(3)))).toBe("forum = :v0 AND views < :v1");
    expect(text(table, bySlug, Post.slug.eq("a"))).toBe("slug = :v0");
  });

  it("takes a prefix of text", () => {
    const columns = { h: t.string().hashKey(), r: t.uuid().rangeKey() };
    const spec = declareTable("Item", columns);
    const Item = pathsOf(spec, columns);
    expect(text(spec, undefined, and(Item.r.beginsWith("3f"), Item.h.eq("x")))).toBe(
      "h = :v0 AND begins_with(r, :v1)",
    );
    expect(() =>
      readKeyCondition(spec, undefined, and(Item.r.beginsWith(""), Item.h.eq("x"))),
    ).toThrow(InvalidKeyCondition);
    const longest = (count: number) => and(Item.h.eq("x"), Item.r.beginsWith("3".repeat(count)));
    expect(() => readKeyCondition(spec, undefined, longest(1024))).not.toThrow();
    expect(() => readKeyCondition(spec, undefined, longest(1025))).toThrow(/1024|1025/);
  });

  it("takes the longest key, and counts its bytes in UTF-8", () => {
    expect(text(table, undefined, { forum: "é".repeat(1024) })).toBe("forum = :v0");
  });

  it("may be an object of the key's values", () => {
    expect(readKeyCondition(table, undefined, { forum: "f" })).toEqual(
      readKeyCondition(table, undefined, hash),
    );
    expect(readKeyCondition(table, byUser, { date: day, user: "u" })).toEqual(
      readKeyCondition(table, byUser, Post.user.eq("u").and(Post.date.eq(day))),
    );
    const bare = Object.assign(Object.create(null) as object, { forum: "f" });
    expect(text(table, undefined, bare)).toBe("forum = :v0");
  });
});

describe("no key condition", () => {
  it.each<readonly [string, unknown, typeof byUser]>([
    ["the hash key missing", Post.id.eq(1), undefined],
    ["the hash key as a range", Post.forum.gt("f"), undefined],
    ["a prefix of the hash key", Post.forum.beginsWith("f"), undefined],
    ["the hash key between", Post.forum.between("a", "b"), undefined],
    ["or", or(hash, Post.forum.eq("g")), undefined],
    ["or inside and", hash.and(or(Post.id.eq(1), Post.id.eq(2))), undefined],
    ["not", hash.not(), undefined],
    ["ne", hash.and(Post.id.ne(1)), undefined],
    ["exists", hash.and(Post.id.exists()), undefined],
    ["missing, by eq(undefined)", Post.forum.eq(undefined), undefined],
    ["isType", hash.and(Post.id.isType("N")), undefined],
    ["contains", hash.and(Post.forum.contains("f")), undefined],
    ["in", Post.forum.in("f", "g"), undefined],
    ["in of one", Post.forum.in("f"), undefined],
    ["size", hash.and(Post.forum.size().gt(1)), undefined],
    ["column against column", hash.and(Post.id.eq(Post.views)), undefined],
    ["a range to another column", hash.and(Post.id.between(1, Post.views)), undefined],
    ["another column", hash.and(Post.views.eq(1)), undefined],
    ["the hash key twice", hash.and(hash), undefined],
    ["the range key twice", and(hash, Post.id.gt(1), Post.id.lt(9)), undefined],
    ["a path into a document", hash.and(Post.counts.at("id").eq(1)), undefined],
    ["another model's column", Other.id.eq("x"), undefined],
    ["the table's key on an index", hash, byUser],
    ["the index's key on the table", Post.user.eq("u"), undefined],
    ["the table's range key on an index", and(Post.user.eq("u"), Post.id.eq(1)), byUser],
    ["a second condition without a range key", and(Post.slug.eq("s"), Post.id.eq(1)), bySlug],
    ["an empty key", Post.forum.eq(""), undefined],
    ["a hash key of 2,049 bytes", Post.forum.eq("é".repeat(1025)), undefined],
    ["an object without the hash key", { id: 1 }, undefined],
    ["an object without anything", {}, undefined],
    ["an object with more", { forum: "f", views: 1 }, undefined],
    ["an object with an inherited name", { forum: "f", constructor: 1 }, undefined],
    ["an object with undefined", { forum: "f", id: undefined }, undefined],
    ["an object with null", { forum: null }, undefined],
    ["an object with another type", { forum: 5 }, undefined],
    ["an object with a column", { forum: Post.user }, undefined],
    ["an object with a condition", { forum: "f", id: Post.id.gt(1) }, undefined],
    ["a list", ["f"], undefined],
    ["text", "f", undefined],
    ["nothing", undefined, undefined],
    ["null", null, undefined],
  ])("is %s", (_, given, index) => {
    expect(() => readKeyCondition(table, index, given as object)).toThrow(InvalidKeyCondition);
  });

  it("goes without saying what was expected of which index", () => {
    const error = thrownBy(() => readKeyCondition(table, byUser, hash));
    expect(error).toMatchObject({ code: "INVALID_KEY_CONDITION", model: "Post", index: "byUser" });
    expect((error as Error).message).toBe(
      "Invalid key condition of Post.byUser: forum isn't part of the key; filter() takes any attribute. " +
        "Expected the hash key user by eq, and at most one condition on the range key date, " +
        "by eq, lt, lte, gt, gte, between or beginsWith.",
    );
  });

  it("proposes between() for two ends of a range", () => {
    const given = and(hash, Post.id.gte(1), Post.id.lte(9));
    expect(() => readKeyCondition(table, undefined, given)).toThrow(/between\(\)/);
  });

  it("tells of the value that was wrong in an object", () => {
    const error = thrownBy(() => readKeyCondition(table, undefined, { forum: "f", id: "1" }));
    expect((error as Error).message).toMatch(
      /Post\.id: eq\(\) expected a safe integer but got "1"/,
    );
    expect((error as Error).cause).toMatchObject({ code: "INVALID_EXPRESSION" });
  });
});
