import { describe, expect, it } from "vitest";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { Update } from "../../../src/expr/update.js";
import { InvalidValue } from "../../../src/schema/errors.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { columns, isDeeplyFrozen, Other, Post, renderUpdate, thrownBy } from "./post.js";

type Case = readonly [
  update: () => Update,
  text: string,
  values: Record<string, unknown> | undefined,
  printed: string,
  isIdempotent: boolean,
];

const one = { N: "1" };
const text = (S: string) => ({ S });

const cases: readonly Case[] = [
  [() => Post.views.set(5), "SET #n0 = :v0", { ":v0": { N: "5" } }, "set views = 5", true],
  [() => Post.content.set(""), "SET #n0 = :v0", { ":v0": text("") }, 'set content = ""', true],
  [() => Post.views.set(Post.likes), "SET #n0 = #n1", undefined, "set views = likes", false],
  [
    () => Post.anything.set(null),
    "SET #n0 = :v0",
    { ":v0": { NULL: true } },
    "set anything = null",
    true,
  ],
  [
    () => Post.tags.set(new Set(["a"])),
    "SET #n0 = :v0",
    { ":v0": { SS: ["a"] } },
    'set tags = {"a"}',
    true,
  ],
  // An empty set is stored as nothing.
  [() => Post.tags.set(new Set()), "REMOVE #n0", undefined, "remove tags", true],
  [
    () => Post.content.ifMissing("x"),
    "SET #n0 = if_not_exists(#n0, :v0)",
    { ":v0": text("x") },
    'set content = if_not_exists(content, "x")',
    true,
  ],
  [
    () => Post.views.ifMissing(Post.likes),
    "SET #n0 = if_not_exists(#n0, #n1)",
    undefined,
    "set views = if_not_exists(views, likes)",
    true,
  ],
  [() => Post.content.remove(), "REMOVE #n0", undefined, "remove content", true],
  [
    () => Post.meta.at("refs").at(2).remove(),
    "REMOVE #n0.#n1[2]",
    undefined,
    "remove meta.refs[2]",
    false,
  ],
  [() => Post.views.plus(1), "ADD #n0 :v0", { ":v0": one }, "add 1 to views", false],
  [() => Post.views.plus(-1), "ADD #n0 :v0", { ":v0": { N: "-1" } }, "add -1 to views", false],
  [() => Post.views.minus(1), "ADD #n0 :v0", { ":v0": { N: "-1" } }, "add -1 to views", false],
  [() => Post.views.minus(-1), "ADD #n0 :v0", { ":v0": one }, "add 1 to views", false],
  [() => Post.views.minus(0), "ADD #n0 :v0", { ":v0": { N: "0" } }, "add 0 to views", false],
  [
    () => Post.counts.at("a").plus(1),
    "ADD #n0.#n1 :v0",
    { ":v0": one },
    "add 1 to counts.a",
    false,
  ],
  [
    () => Post.views.plus(Post.likes),
    "SET #n0 = if_not_exists(#n0, :v0) + if_not_exists(#n1, :v0)",
    { ":v0": { N: "0" } },
    "set views = if_not_exists(views, 0) + if_not_exists(likes, 0)",
    false,
  ],
  [
    () => Post.views.minus(Post.likes),
    "SET #n0 = if_not_exists(#n0, :v0) - if_not_exists(#n1, :v0)",
    { ":v0": { N: "0" } },
    "set views = if_not_exists(views, 0) - if_not_exists(likes, 0)",
    false,
  ],
  [
    () => Post.total.minus(2n ** 90n),
    "ADD #n0 :v0",
    { ":v0": { N: "-1237940039285380274899124224" } },
    "add -1237940039285380274899124224 to total",
    false,
  ],
  [
    () => Post.price.minus(NumberValue.from("0.10000000000000000000000000000000000001")),
    "ADD #n0 :v0",
    { ":v0": { N: "-0.10000000000000000000000000000000000001" } },
    "add -0.10000000000000000000000000000000000001 to price",
    false,
  ],
  [
    () => Post.rating.minus(1e-7),
    "ADD #n0 :v0",
    { ":v0": { N: "-0.0000001" } },
    "add -0.0000001 to rating",
    false,
  ],
  [
    () => Post.lines.append("a", "b"),
    "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)",
    { ":v0": { L: [] }, ":v1": { L: [text("a"), text("b")] } },
    'set lines = list_append(if_not_exists(lines, []), ["a", "b"])',
    false,
  ],
  [
    () => Post.meta.at("refs").prepend("a"),
    "SET #n0.#n1 = list_append(:v0, if_not_exists(#n0.#n1, :v1))",
    { ":v0": { L: [text("a")] }, ":v1": { L: [] } },
    'set meta.refs = list_append(["a"], if_not_exists(meta.refs, []))',
    false,
  ],
  [
    () => Post.tags.with("a", "b"),
    "ADD #n0 :v0",
    { ":v0": { SS: ["a", "b"] } },
    'add {"a", "b"} to tags',
    true,
  ],
  [
    () => Post.tags.without("c"),
    "DELETE #n0 :v0",
    { ":v0": { SS: ["c"] } },
    'delete {"c"} from tags',
    true,
  ],
  [
    () => Post.scores.with(1, 1),
    "ADD #n0 :v0",
    { ":v0": { NS: ["1"] } },
    "add {1} to scores",
    true,
  ],
  [
    () => Post.meta.at("parts").at(0).at("marks").without("m"),
    "DELETE #n0.#n1[0].#n2 :v0",
    { ":v0": { SS: ["m"] } },
    'delete {"m"} from meta.parts[0].marks',
    true,
  ],
  [
    () => Post.anything.plus(1.5),
    "ADD #n0 :v0",
    { ":v0": { N: "1.5" } },
    "add 1.5 to anything",
    false,
  ],
  [
    () => Post.anything.with(1n),
    "ADD #n0 :v0",
    { ":v0": { NS: ["1"] } },
    "add {1} to anything",
    true,
  ],
  [
    () => Post.anything.append(null),
    "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)",
    { ":v0": { L: [] }, ":v1": { L: [{ NULL: true }] } },
    "set anything = list_append(if_not_exists(anything, []), [null])",
    false,
  ],
];

describe("each update", () => {
  it.each(cases)("%s", (make, expected, values, printed, isIdempotent) => {
    const update = make();
    const rendered = renderUpdate(update);
    expect(rendered.text).toBe(expected);
    expect(rendered.values).toEqual(values);
    expect(String(update)).toBe(printed);
    expect(update.isIdempotent).toBe(isIdempotent);
    expect(update.path).toBe(update.action.path);
    expect(Object.isFrozen(update) && isDeeplyFrozen(update.action)).toBe(true);
  });

  it("knows the type of its place", () => {
    expect(Post.views.plus(1).type).toBe(columns.views.settings.type);
    expect(Post.meta.at("refs").append("x").type.name).toBe("list(string)");
  });
});

describe("an update by position", () => {
  it("can't be sent twice: the list may be another by then", () => {
    expect(Post.lines.at(0).set("x").isIdempotent).toBe(false);
    expect(Post.lines.at(0).ifMissing("x").isIdempotent).toBe(false);
    expect(Post.anything.at(0).with("x").isIdempotent).toBe(false);
    expect(Post.meta.at("parts").at(0).at("name").set("x").isIdempotent).toBe(true);
  });
});

describe("an update of several", () => {
  it("has each clause once, with shared names and values", () => {
    expect(
      renderUpdate(
        Post.views.plus(1),
        Post.tags.without("x"),
        Post.content.remove(),
        Post.likes.set(1),
        Post.lines.append("x"),
        Post.rating.remove(),
        Post.scores.with(1),
      ),
    ).toEqual({
      text:
        "SET #n0 = :v0, #n1 = list_append(if_not_exists(#n1, :v1), :v2) " +
        "REMOVE #n2, #n3 ADD #n4 :v0, #n5 :v3 DELETE #n6 :v4",
      names: {
        "#n0": "likes",
        "#n1": "lines",
        "#n2": "c",
        "#n3": "rating",
        "#n4": "views",
        "#n5": "scores",
        "#n6": "tags",
      },
      values: {
        ":v0": one,
        ":v1": { L: [] },
        ":v2": { L: [text("x")] },
        ":v3": { NS: ["1"] },
        ":v4": { SS: ["x"] },
      },
    });
  });

  it("needs one", () => {
    expect(() => renderUpdate()).toThrow(InvalidExpression);
  });
});

describe("what can't be an update", () => {
  const loose = Post as unknown as Record<keyof typeof Post, typeof Post.anything>;

  it.each<readonly [string, () => unknown]>([
    ["undefined", () => Post.content.set(undefined as never)],
    ["null where it can't be stored", () => Post.content.set(null as never)],
    ["undefined in a document", () => Post.anything.set(undefined)],
    ["undefined where missing", () => Post.content.ifMissing(undefined as never)],
    ["an empty set where missing", () => Post.tags.ifMissing(new Set())],
    ["another type", () => Post.views.set("5" as never)],
    ["NaN", () => Post.rating.set(Number.NaN)],
    ["another column of another type", () => Post.views.set(Post.content as never)],
    ["another model's column", () => Post.likes.set(Other.views)],
    ["a size", () => Post.views.set(Post.tags.size() as never)],
    ["plus of nothing", () => Post.views.plus(undefined as never)],
    ["plus of text", () => Post.views.plus("1" as never)],
    ["plus of a fraction to an integer", () => Post.views.plus(0.5)],
    ["plus of a number to a bigint", () => Post.total.plus(1 as never)],
    ["plus of NaN", () => Post.rating.plus(Number.NaN)],
    ["plus on text", () => loose.content.plus(1)],
    ["plus on a time", () => loose.expires.plus(1)],
    ["plus of a Date on a time", () => loose.expires.plus(new Date() as never)],
    ["plus of a size", () => Post.views.plus(Post.tags.size() as never)],
    ["minus on a set", () => loose.scores.minus(1)],
    ["append of nothing", () => Post.lines.append()],
    ["prepend of nothing", () => Post.lines.prepend()],
    ["append of another type", () => Post.lines.append(1 as never)],
    ["append of undefined", () => Post.lines.append(undefined as never)],
    ["append of a column", () => Post.anything.append(Post.views)],
    ["append on text", () => loose.content.append("x")],
    ["append on a set", () => loose.tags.append("x")],
    ["with of nothing", () => Post.tags.with()],
    ["without of nothing", () => Post.tags.without()],
    ["with of another type", () => Post.tags.with(1 as never)],
    ["with of undefined", () => Post.tags.with(undefined as never)],
    ["with on a list", () => loose.lines.with("x")],
    ["with of two types", () => Post.anything.with(1, "x")],
    ["with of a column", () => Post.tags.with(Post.user as never)],
    ["with on a custom set", () => loose.labels.with("a")],
    ["the hash key", () => loose.forum.set("x")],
    ["the range key's removal", () => loose.id.remove()],
    ["a sum on the range key", () => loose.id.plus(1)],
    ["the hash key where missing", () => loose.forum.ifMissing("x")],
  ])("is refused: %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });

  it("is refused by the column's validator, as an assigned value would be", () => {
    expect(thrownBy(() => Post.slug.set("No Slug"))).toMatchObject({
      code: "INVALID_VALUE",
      model: "Post",
      attribute: "slug",
    });
    expect(() => Post.slug.ifMissing("No Slug")).toThrow(InvalidValue);
    expect(() => Post.limits.set({ low: 2, high: 1 })).toThrow(InvalidValue);
    // A part alone tells nothing of the whole.
    expect(() => Post.limits.at("low").set(5)).not.toThrow();
    expect(() => Post.slug.set("a-slug")).not.toThrow();
    expect(() => Post.slug.eq("No Slug")).not.toThrow();
  });

  it("is refused where an index couldn't hold its key", () => {
    expect(() => Post.slug.set("")).toThrow(InvalidValue);
    expect(() => Post.user.set("x".repeat(2049))).toThrow(InvalidValue);
  });
});

describe("an update's values", () => {
  it("are encoded once", () => {
    const bytes = new Uint8Array([1]);
    const update = Post.image.set(bytes);
    bytes[0] = 9;
    expect(renderUpdate(update).values).toEqual({ ":v0": { B: new Uint8Array([1]) } });
  });

  it("are data to a test: two updates that say the same are equal", () => {
    expect(Post.views.plus(1)).toEqual(Post.views.plus(1));
    expect(Post.views.plus(1)).not.toEqual(Post.views.plus(2));
    expect(Post.views.plus(1)).toBeInstanceOf(Update);
  });
});
