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
  it.each<readonly [string, unknown, typeof byUser, string | undefined]>([
    ["the hash key missing", Post.id.eq(1), undefined, "forum"],
    ["the hash key as a range", Post.forum.gt("f"), undefined, "forum"],
    ["a prefix of the hash key", Post.forum.beginsWith("f"), undefined, "forum"],
    ["the hash key between", Post.forum.between("a", "b"), undefined, "forum"],
    ["or", or(hash, Post.forum.eq("g")), undefined, undefined],
    ["or inside and", hash.and(or(Post.id.eq(1), Post.id.eq(2))), undefined, undefined],
    ["not", hash.not(), undefined, undefined],
    ["ne", hash.and(Post.id.ne(1)), undefined, "id"],
    ["exists", hash.and(Post.id.exists()), undefined, "id"],
    ["missing, by eq(undefined)", Post.forum.eq(undefined), undefined, "forum"],
    ["isType", hash.and(Post.id.isType("N")), undefined, "id"],
    ["contains", hash.and(Post.forum.contains("f")), undefined, "forum"],
    ["in", Post.forum.in("f", "g"), undefined, "forum"],
    ["in of one", Post.forum.in("f"), undefined, "forum"],
    ["size", hash.and(Post.forum.size().gt(1)), undefined, "forum"],
    ["column against column", hash.and(Post.id.eq(Post.views)), undefined, "id"],
    ["a range to another column", hash.and(Post.id.between(1, Post.views)), undefined, "id"],
    ["another column", hash.and(Post.views.eq(1)), undefined, "views"],
    ["the hash key twice", hash.and(hash), undefined, "forum"],
    ["the range key twice", and(hash, Post.id.gt(1), Post.id.lt(9)), undefined, "id"],
    ["a path into a document", hash.and(Post.counts.at("id").eq(1)), undefined, "counts"],
    ["another model's column", Other.id.eq("x"), undefined, "id"],
    ["the table's key on an index", hash, byUser, "forum"],
    ["the index's key on the table", Post.user.eq("u"), undefined, "user"],
    ["the table's range key on an index", and(Post.user.eq("u"), Post.id.eq(1)), byUser, "id"],
    ["a second condition without a range key", and(Post.slug.eq("s"), Post.id.eq(1)), bySlug, "id"],
    ["an empty key", Post.forum.eq(""), undefined, "forum"],
    ["a hash key of 2,049 bytes", Post.forum.eq("é".repeat(1025)), undefined, "forum"],
    ["an object without the hash key", { id: 1 }, undefined, "forum"],
    ["an object without anything", {}, undefined, undefined],
    ["an object with more", { forum: "f", views: 1 }, undefined, "views"],
    ["an object with an inherited name", { forum: "f", constructor: 1 }, undefined, "constructor"],
    ["an object with undefined", { forum: "f", id: undefined }, undefined, "id"],
    ["an object with null", { forum: null }, undefined, "forum"],
    ["an object with another type", { forum: 5 }, undefined, "forum"],
    ["an object with a column", { forum: Post.user }, undefined, "forum"],
    ["an object with a condition", { forum: "f", id: Post.id.gt(1) }, undefined, "id"],
    ["a list", ["f"], undefined, undefined],
    ["text", "f", undefined, undefined],
    ["nothing", undefined, undefined, undefined],
    ["null", null, undefined, undefined],
  ])("is %s", (_, given, index, column) => {
    const error = thrownBy(() => readKeyCondition(table, index, given as object));
    expect(error).toBeInstanceOf(InvalidKeyCondition);
    expect(error).toMatchObject({ model: "Post", column });
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
