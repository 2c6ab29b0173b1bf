import { describe, expect, it } from "vitest";
import { not, or } from "../../../src/expr/condition.js";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { assertFilter, assertOfModel } from "../../../src/expr/filter.js";
import { pathNode } from "../../../src/expr/nodes.js";
import { Other, Post, table, thrownBy } from "./post.js";

const byUser = table.indexes.get("byUser");
const bySlug = table.indexes.get("bySlug");
const byViews = table.indexes.get("byViews");

describe("a filter", () => {
  it("may name what isn't a key of what is queried", () => {
    expect(() => assertFilter(Post.views.gt(1), table, undefined)).not.toThrow();
    expect(() => assertFilter(Post.forum.eq("x"), table, byUser)).not.toThrow();
    expect(() => assertFilter(Post.user.eq("x"), table, undefined)).not.toThrow();
    expect(() => assertFilter(Post.counts.at("forum").eq(1), table, undefined)).not.toThrow();
  });

  it.each([
    ["the hash key", Post.forum.eq("x"), undefined],
    ["the range key", Post.id.gt(1), undefined],
    ["a key's existence", Post.id.exists(), undefined],
    ["a key's size", Post.forum.size().gt(1), undefined],
    ["a key to compare with", Post.views.gt(Post.id), undefined],
    ["a key's size to compare with", Post.views.gt(Post.forum.size()), undefined],
    ["a key in a list", Post.views.in(1, Post.id), undefined],
    ["a key's prefix", Post.forum.beginsWith("x"), undefined],
    ["the index's hash key", Post.user.eq("x"), byUser],
    ["the index's range key", Post.date.exists(), byUser],
  ])("of a query can't name %s", (_, condition, index) => {
    expect(() => assertFilter(condition, table, index)).toThrow(/\.key\(\)/);
    expect(() => assertFilter(or(Post.views.eq(1), not(condition)), table, index)).toThrow(
      InvalidExpression,
    );
    expect(() => assertFilter(condition, table, index, "scan")).not.toThrow();
  });

  it("can't name what the index doesn't hold", () => {
    expect(() => assertFilter(Post.views.gt(1), table, bySlug)).not.toThrow();
    expect(() => assertFilter(Post.id.gt(1), table, bySlug)).not.toThrow();
    expect(() => assertFilter(Post.content.exists(), table, byUser)).not.toThrow();
    expect(() => assertFilter(Post.content.exists(), table, bySlug)).toThrow(/bySlug/);
    expect(() => assertFilter(Post.content.exists(), table, byViews)).toThrow(/byViews/);
    expect(() => assertFilter(Post.content.exists(), table, bySlug, "scan")).toThrow(/bySlug/);
  });

  it("can't name another model's column, be it of the same name", () => {
    expect(() => assertFilter(Other.views.gt(1), table, undefined)).toThrow(/of the same name/);
    expect(() => assertFilter(Other.views.gt(1), table, undefined, "scan")).toThrow(
      InvalidExpression,
    );
  });
});

describe("no condition at all", () => {
  it.each([
    ["a column", Post.isPublic],
    ["an update", Post.views.plus(1)],
    ["an object", { views: 5 }],
    ["text", "views > 5"],
    ["nothing", undefined],
    ["null", null],
  ])("is refused: %s", (_, value) => {
    expect(() => assertFilter(value as never, table, undefined)).toThrow(InvalidExpression);
    expect(() => assertOfModel(value as never, table)).toThrow(InvalidExpression);
  });
});

describe("a condition of a model", () => {
  it("names that model's columns alone", () => {
    expect(() => assertOfModel(Post.forum.exists().and(Post.views.gt(1)), table)).not.toThrow();
    const error = thrownBy(() => assertOfModel(Post.views.gt(1).and(Other.views.gt(1)), table));
    expect(error).toMatchObject({ code: "INVALID_EXPRESSION", model: "Post", path: "views" });
  });

  it("is known by name where the session made the tree", () => {
    const node = (model: string) =>
      ({ kind: "exists", path: pathNode(model, "views", ["views"]) }) as const;
    expect(() => assertOfModel(node("Post"), table)).not.toThrow();
    expect(() => assertOfModel(node("User"), table)).toThrow(InvalidExpression);
  });
});
