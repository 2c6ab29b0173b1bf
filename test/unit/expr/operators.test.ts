import { describe, expect, it } from "vitest";
import { type Condition, not } from "../../../src/expr/condition.js";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { NumberValue } from "../../../src/schema/number-value.js";
import { isDeeplyFrozen, Other, Post, render, thrownBy } from "./post.js";

const cause = new Error("of the type's own");
const day = new Date("2024-02-29T12:00:00Z");
const text = (S: string) => ({ S });
const number = (N: string) => ({ N });

type Case = readonly [
  condition: () => Condition,
  text: string,
  values: Record<string, unknown> | undefined,
  printed: string,
];

/** Each is about one column, whose attribute is `#n0`. */
const cases: readonly Case[] = [
  [() => Post.views.eq(5), "#n0 = :v0", { ":v0": number("5") }, "views = 5"],
  [() => Post.views.ne(5), "#n0 <> :v0", { ":v0": number("5") }, "views <> 5"],
  [() => Post.views.lt(5), "#n0 < :v0", { ":v0": number("5") }, "views < 5"],
  [() => Post.views.lte(5), "#n0 <= :v0", { ":v0": number("5") }, "views <= 5"],
  [() => Post.views.gt(5), "#n0 > :v0", { ":v0": number("5") }, "views > 5"],
  [() => Post.views.gte(-0), "#n0 >= :v0", { ":v0": number("0") }, "views >= 0"],
  [
    () => Post.views.between(1, 5),
    "#n0 BETWEEN :v0 AND :v1",
    { ":v0": number("1"), ":v1": number("5") },
    "views between 1 and 5",
  ],
  [
    () => Post.views.between(5, 5),
    "#n0 BETWEEN :v0 AND :v0",
    { ":v0": number("5") },
    "views between 5 and 5",
  ],
  [
    () => Post.views.in(1, 2),
    "#n0 IN (:v0, :v1)",
    { ":v0": number("1"), ":v1": number("2") },
    "views in (1, 2)",
  ],
  [() => Post.content.exists(), "attribute_exists(#n0)", undefined, "attribute_exists(content)"],
  [
    () => Post.content.missing(),
    "attribute_not_exists(#n0)",
    undefined,
    "attribute_not_exists(content)",
  ],
  [
    () => Post.content.isType("S"),
    "attribute_type(#n0, :v0)",
    { ":v0": text("S") },
    'attribute_type(content, "S")',
  ],
  [
    () => Post.content.contains("x"),
    "contains(#n0, :v0)",
    { ":v0": text("x") },
    'contains(content, "x")',
  ],
  [
    () => Post.tags.contains("x"),
    "contains(#n0, :v0)",
    { ":v0": text("x") },
    'contains(tags, "x")',
  ],
  [
    () => Post.numbers.contains(3),
    "contains(#n0, :v0)",
    { ":v0": number("3") },
    "contains(numbers, 3)",
  ],
  [
    () => Post.content.beginsWith("Hello"),
    "begins_with(#n0, :v0)",
    { ":v0": text("Hello") },
    'begins_with(content, "Hello")',
  ],
  [
    () => Post.image.beginsWith(new Uint8Array([1, 2])),
    "begins_with(#n0, :v0)",
    { ":v0": { B: new Uint8Array([1, 2]) } },
    "begins_with(image, <2 bytes>)",
  ],
  [
    () => Post.token.beginsWith("3f2c"),
    "begins_with(#n0, :v0)",
    { ":v0": text("3f2c") },
    'begins_with(token, "3f2c")',
  ],
  [
    () => Post.state.contains("raf"),
    "contains(#n0, :v0)",
    { ":v0": text("raf") },
    'contains(state, "raf")',
  ],
  [() => Post.tags.size().gt(3), "size(#n0) > :v0", { ":v0": number("3") }, "size(tags) > 3"],
  [() => Post.tags.size().eq(3), "size(#n0) = :v0", { ":v0": number("3") }, "size(tags) = 3"],
  [() => Post.tags.size().ne(3), "size(#n0) <> :v0", { ":v0": number("3") }, "size(tags) <> 3"],
  [() => Post.tags.size().lt(2.5), "size(#n0) < :v0", { ":v0": number("2.5") }, "size(tags) < 2.5"],
  [() => Post.tags.size().lte(3), "size(#n0) <= :v0", { ":v0": number("3") }, "size(tags) <= 3"],
  [() => Post.tags.size().gte(3), "size(#n0) >= :v0", { ":v0": number("3") }, "size(tags) >= 3"],
  [
    () => Post.tags.size().between(1, 3),
    "size(#n0) BETWEEN :v0 AND :v1",
    { ":v0": number("1"), ":v1": number("3") },
    "size(tags) between 1 and 3",
  ],
  [
    () => Post.tags.size().in([1, 3]),
    "size(#n0) IN (:v0, :v1)",
    { ":v0": number("1"), ":v1": number("3") },
    "size(tags) in (1, 3)",
  ],
  [() => not(Post.views.eq(5)), "NOT #n0 = :v0", { ":v0": number("5") }, "not (views = 5)"],
  [
    () => Post.tags.contains("x").not(),
    "NOT contains(#n0, :v0)",
    { ":v0": text("x") },
    'not contains(tags, "x")',
  ],
  // Each type by its own encoding.
  [
    () => Post.date.eq(day),
    "#n0 = :v0",
    { ":v0": text("2024-02-29T12:00:00.000Z") },
    'date = "2024-02-29T12:00:00.000Z"',
  ],
  [
    () => Post.expires.lt(day),
    "#n0 < :v0",
    { ":v0": number("1709208000") },
    "expires < 1709208000",
  ],
  [
    () => Post.total.gt(2n ** 80n),
    "#n0 > :v0",
    { ":v0": number("1208925819614629174706176") },
    "total > 1208925819614629174706176",
  ],
  [
    () => Post.price.eq(NumberValue.from("12.50")),
    "#n0 = :v0",
    { ":v0": number("12.5") },
    "price = 12.5",
  ],
  [() => Post.isPublic.eq(true), "#n0 = :v0", { ":v0": { BOOL: true } }, "isPublic = true"],
  [
    () => Post.tags.eq(new Set(["b", "a"])),
    "#n0 = :v0",
    { ":v0": { SS: ["b", "a"] } },
    'tags = {"b", "a"}',
  ],
  [() => Post.lines.eq(["a"]), "#n0 = :v0", { ":v0": { L: [text("a")] } }, 'lines = ["a"]'],
  [
    () => Post.counts.eq({ a: 1 }),
    "#n0 = :v0",
    { ":v0": { M: { a: number("1") } } },
    "counts = {a: 1}",
  ],
  [
    () => Post.stamp.gte(new URL("https://a.example/")),
    "#n0 >= :v0",
    { ":v0": text("https://a.example/") },
    'stamp >= "https://a.example/"',
  ],
  [() => Post.anything.gt("a"), "#n0 > :v0", { ":v0": text("a") }, 'anything > "a"'],
];

describe("each operator", () => {
  it.each(cases)("%s", (make, expected, values, printed) => {
    const condition = make();
    const rendered = render(condition);
    expect(rendered.text).toBe(expected);
    expect(rendered.values).toEqual(values);
    expect(Object.keys(rendered.names ?? {})).toEqual(["#n0"]);
    expect(String(condition)).toBe(printed);
  });

  it("names the attribute as it is called in the table, and people the column", () => {
    expect(render(Post.content.exists()).names).toEqual({ "#n0": "c" });
    expect(String(Post.content.exists())).toBe("attribute_exists(content)");
  });
});

describe("equality with nothing", () => {
  it.each([undefined, null])("asks whether the attribute is missing: %s", (nothing) => {
    expect(Post.content.eq(nothing).node).toEqual(Post.content.missing().node);
    expect(Post.content.ne(nothing).node).toEqual(Post.content.exists().node);
    expect(Post.anything.eq(nothing).node).toEqual(Post.anything.missing().node);
    expect(Post.meta.at("age").eq(nothing).node).toEqual(Post.meta.at("age").missing().node);
  });

  it("takes an empty set for nothing, since that is how it is stored", () => {
    expect(Post.tags.eq(new Set()).node).toEqual(Post.tags.missing().node);
    expect(Post.tags.ne(new Set()).node).toEqual(Post.tags.exists().node);
  });

  it("takes the empty text, list and map for values", () => {
    expect(render(Post.content.eq("")).values).toEqual({ ":v0": { S: "" } });
    expect(render(Post.lines.eq([])).values).toEqual({ ":v0": { L: [] } });
    expect(render(Post.counts.eq({})).values).toEqual({ ":v0": { M: {} } });
  });
});

describe("document paths", () => {
  it("lead by names and positions", () => {
    const { text, names } = render(Post.meta.at("parts").at(2).at("name").eq("x"));
    expect(text).toBe("#n0.#n1[2].#n2 = :v0");
    expect(names).toEqual({ "#n0": "meta", "#n1": "parts", "#n2": "name" });
    expect(String(Post.meta.at("refs").at(0))).toBe("meta.refs[0]");
  });

  it("encode values by the type of their place", () => {
    expect(render(Post.meta.at("parts").at(0).at("marks").contains("m")).values).toEqual({
      ":v0": { S: "m" },
    });
    expect(render(Post.counts.at("any name").gt(1)).values).toEqual({ ":v0": { N: "1" } });
    const deep = Post.anything
      .at("a")
      .at(0)
      .at("b")
      .eq({ c: new Set([1]) });
    expect(render(deep).values).toEqual({ ":v0": { M: { c: { NS: ["1"] } } } });
  });

  it("keep a name that looks like a path one name", () => {
    const rendered = render(Post.counts.at("a.b[0]").exists());
    expect(rendered.text).toBe("attribute_exists(#n0.#n1)");
    expect(rendered.names).toEqual({ "#n0": "counts", "#n1": "a.b[0]" });
    expect(String(Post.counts.at("a.b[0]"))).toBe('counts["a.b[0]"]');
  });

  it("tell a member named by a digit from a position", () => {
    expect(render(Post.anything.at("0").exists()).text).toBe("attribute_exists(#n0.#n1)");
    expect(render(Post.anything.at(0).exists()).text).toBe("attribute_exists(#n0[0])");
  });

  it("are made anew: the path that they begin with stays as it is", () => {
    const refs = Post.meta.at("refs");
    refs.at(0);
    expect(String(refs)).toBe("meta.refs");
    expect(Object.isFrozen(refs)).toBe(true);
    expect(Object.isFrozen(refs.node.steps)).toBe(true);
  });

  it.each([
    ["a position of a map", () => Post.meta.at(0 as never)],
    ["a name in a list", () => Post.lines.at("0" as never)],
    ["a position of a set", () => (Post.tags as unknown as typeof Post.lines).at(0)],
    ["a member of text", () => (Post.content as unknown as typeof Post.counts).at("x")],
    ["an unknown member", () => Post.meta.at("nope" as never)],
    ["an inherited name", () => Post.meta.at("constructor" as never)],
    ["a member of a custom type", () => (Post.stamp as unknown as typeof Post.counts).at("x")],
    ["a negative position", () => Post.lines.at(-1)],
    ["a fraction", () => Post.lines.at(0.5)],
    ["NaN", () => Post.lines.at(Number.NaN)],
    ["a position beyond DynamoDB's", () => Post.lines.at(2 ** 31)],
    ["an empty name", () => Post.counts.at("")],
    ["half of a surrogate pair", () => Post.counts.at("\ud83d")],
    ["a step of another type", () => Post.anything.at({} as never)],
  ])("refuse %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });

  it("refuse more than 32 steps", () => {
    let path = Post.anything;
    for (let depth = 1; depth < 32; depth++) path = path.at("a");
    expect(() => path.exists()).not.toThrow();
    expect(() => path.at("a")).toThrow(InvalidExpression);
  });
});

describe("column against column", () => {
  it("compares two attributes", () => {
    expect(render(Post.views.gt(Post.likes))).toEqual({
      text: "#n0 > #n1",
      names: { "#n0": "views", "#n1": "likes" },
      values: undefined,
    });
    expect(String(Post.views.gt(Post.likes))).toBe("views > likes");
  });

  it("goes wherever a value goes", () => {
    expect(render(Post.views.between(Post.likes, 9)).text).toBe("#n0 BETWEEN #n1 AND :v0");
    expect(render(Post.views.in([Post.likes, 9])).text).toBe("#n0 IN (#n1, :v0)");
    expect(render(Post.tags.contains(Post.user)).text).toBe("contains(#n0, #n1)");
    expect(render(Post.content.beginsWith(Post.user)).text).toBe("begins_with(#n0, #n1)");
    expect(render(Post.views.eq(Post.tags.size())).text).toBe("#n0 = size(#n1)");
    expect(render(Post.tags.size().lt(Post.lines.size())).text).toBe("size(#n0) < size(#n1)");
    expect(render(Post.tags.size().lt(Post.views)).text).toBe("size(#n0) < #n1");
    expect(render(Post.anything.eq(Post.views)).text).toBe("#n0 = #n1");
    expect(render(Post.views.eq(Post.anything.at("n"))).text).toBe("#n0 = #n1.#n2");
    expect(render(Post.views.eq(Post.total)).text).toBe("#n0 = #n1");
  });

  it.each([
    ["another type", () => Post.views.eq(Post.content as never)],
    ["a Date as text with one as a number", () => Post.date.eq(Post.expires)],
    ["itself", () => Post.views.eq(Post.views)],
    ["itself in a range", () => Post.views.between(0, Post.views)],
    ["itself in a list", () => Post.views.in(1, Post.views)],
    ["itself as a part", () => Post.content.contains(Post.content)],
    ["another model's", () => Post.user.eq(Other.id)],
    ["a namesake's", () => Post.likes.eq(Other.views)],
    ["a size with text", () => Post.content.eq(Post.tags.size() as never)],
    ["another model's size", () => Post.tags.size().eq(Other.views)],
  ])("refuses %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });
});

describe("in", () => {
  const expected = render(Post.user.in("a", "b"));

  it("takes values one by one, or any iterable of them", () => {
    expect(render(Post.user.in(["a", "b"]))).toEqual(expected);
    expect(render(Post.user.in(new Set(["a", "b"])))).toEqual(expected);
    expect(
      render(
        Post.user.in(
          new Map([
            ["a", 1],
            ["b", 2],
          ]).keys(),
        ),
      ),
    ).toEqual(expected);
  });

  it("takes a text for one value, not for its characters", () => {
    expect(render(Post.user.in("ab")).values).toEqual({ ":v0": { S: "ab" } });
  });

  it("takes one list for a value where lists are the values", () => {
    expect(render(Post.lines.in(["a", "b"])).values).toEqual({
      ":v0": { L: [{ S: "a" }, { S: "b" }] },
    });
    expect(render(Post.lines.in([["a"], ["b"]])).text).toBe("#n0 IN (:v0, :v1)");
    expect(render(Post.lines.in(["a"], ["b"])).text).toBe("#n0 IN (:v0, :v1)");
    expect(render(Post.tags.in(new Set(["a"]))).values).toEqual({ ":v0": { SS: ["a"] } });
    expect(render(Post.image.in(new Uint8Array([1, 2]))).values).toEqual({
      ":v0": { B: new Uint8Array([1, 2]) },
    });
    expect(render(Post.anything.in([1, 2])).text).toBe("#n0 IN (:v0)");
    expect(render(Post.anything.in(1, 2)).text).toBe("#n0 IN (:v0, :v1)");
  });

  it("takes a list of custom values for its values", () => {
    const urls = [new URL("https://a.example"), new URL("https://b.example")];
    expect(render(Post.stamp.in(urls)).text).toBe("#n0 IN (:v0, :v1)");
  });

  it("takes 100 values, and no more", () => {
    const values = Array.from({ length: 100 }, (_, n) => n);
    expect(() => render(Post.views.in(values))).not.toThrow();
    expect(() => Post.views.in([...values, 100])).toThrow(InvalidExpression);
    expect(() => Post.views.in(...values, 100)).toThrow(InvalidExpression);
  });

  it.each([
    ["no value", () => Post.views.in(...([] as number[]))],
    ["an empty list", () => Post.views.in([])],
    ["an empty set for sets", () => Post.tags.in(new Set())],
    ["undefined", () => Post.views.in(undefined as never)],
    ["null in a list", () => Post.views.in([1, null as never])],
    ["another type", () => Post.views.in(["1" as never])],
  ])("refuses %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });
});

describe("what doesn't suit a type", () => {
  /** A column whose operators TypeScript doesn't know, as JavaScript has it. */
  const loose = Post as unknown as Record<keyof typeof Post, typeof Post.anything>;

  it.each<readonly [string, () => unknown]>([
    ["contains on a number", () => loose.views.contains(1)],
    ["contains on a boolean", () => loose.isPublic.contains(true)],
    ["contains on binary", () => loose.image.contains(new Uint8Array(1))],
    ["contains on a map", () => loose.meta.contains("x")],
    ["contains of a number in text", () => loose.content.contains(1)],
    ["contains of a number in a set of text", () => loose.tags.contains(1)],
    ["contains on a custom set", () => loose.labels.contains("a")],
    ["contains of undefined", () => loose.tags.contains(undefined)],
    ["beginsWith on a number", () => loose.views.beginsWith("1")],
    ["beginsWith on a set", () => loose.tags.beginsWith("1")],
    ["beginsWith of a number", () => loose.content.beginsWith(1 as never)],
    ["beginsWith of a number, on anything", () => loose.anything.beginsWith(1 as never)],
    ["beginsWith of text, on binary", () => loose.image.beginsWith("1")],
    ["order of booleans", () => loose.isPublic.lt(true)],
    ["order of sets", () => loose.tags.gt(new Set(["a"]))],
    ["order of lists", () => loose.lines.lte(["a"])],
    ["order of maps", () => loose.counts.gte({ a: 1 })],
    ["order with a boolean, of anything", () => loose.anything.gt(true)],
    ["order with null, of anything", () => loose.anything.gt(null)],
    ["a range of sets", () => loose.tags.between(new Set(["a"]), new Set(["b"]))],
    ["a range upside down", () => Post.views.between(5, 4)],
    ["a range of two types", () => Post.anything.between(1, "a")],
    ["a range without an end", () => Post.views.between(1, undefined as never)],
    ["size of a number", () => loose.views.size()],
    ["size of a boolean", () => loose.isPublic.size()],
    ["size against text", () => Post.tags.size().gt("1" as never)],
    ["size against NaN", () => Post.tags.size().gt(Number.NaN)],
    ["size against nothing", () => Post.tags.size().eq(undefined as never)],
    ["an unknown type", () => Post.content.isType("X" as never)],
    ["a type named as Object's own", () => Post.content.isType("constructor" as never)],
    ["text for a number", () => loose.views.eq("5")],
    ["NaN", () => Post.rating.eq(Number.NaN)],
    ["infinity", () => Post.rating.lt(Number.POSITIVE_INFINITY)],
    ["an unsafe integer", () => Post.views.eq(2 ** 53)],
    ["a fraction for an integer", () => Post.views.eq(0.5)],
    ["39 digits", () => Post.total.eq(10n ** 38n + 1n)],
    ["an invalid Date", () => Post.date.eq(new Date(Number.NaN))],
    ["text for a Date", () => loose.date.eq("2024-02-29")],
    ["half of a surrogate pair", () => Post.content.beginsWith("\ud83d")],
    ["an unknown option", () => Post.state.eq("gone" as never)],
    ["undefined in a list", () => Post.lines.eq([undefined as never])],
    ["undefined for order", () => Post.views.gt(undefined as never)],
    ["null for order", () => Post.views.lte(null as never)],
    ["a function", () => Post.anything.eq(() => 1)],
    ["an empty set among options", () => Post.tags.in(new Set(["a"]), new Set())],
    ["an empty set as an element", () => Post.anything.contains(new Set())],
    ["a path inside a value", () => Post.anything.eq([Post.views])],
    ["a condition as a value", () => Post.anything.eq(Post.views.eq(1))],
  ])("is refused before any request: %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });

  it("tells the model, the column and the path", () => {
    const error = thrownBy(() =>
      Post.meta
        .at("refs")
        .at(0)
        .eq(5 as never),
    );
    expect(error).toMatchObject({
      code: "INVALID_EXPRESSION",
      model: "Post",
      column: "meta",
      path: "meta.refs[0]",
    });
    expect((error as Error).message).toBe("Post.meta.refs[0]: eq() expected a string but got 5.");
  });

  it("tells where in a value the mistake is", () => {
    const wrong = { author: "a", refs: ["x", 5 as never], parts: [] };
    expect(thrownBy(() => Post.meta.eq(wrong))).toMatchObject({
      message: "Post.meta: eq() expected a string but got 5 (at refs[1] of the value).",
    });
  });

  it("passes on what a custom type throws", () => {
    const thrown = thrownBy(() =>
      Post.stamp.eq({
        get href() {
          throw cause;
        },
      } as never),
    );
    expect(thrown).toBeInstanceOf(InvalidExpression);
    expect(thrown).toMatchObject({ column: "stamp", cause });
  });

  it("refuses what a custom type doesn't encode", () => {
    expect(() => Post.stamp.eq("no URL" as never)).toThrow(InvalidExpression);
  });
});

describe("values", () => {
  it("are encoded once: what the caller does with them later changes nothing", () => {
    const bytes = new Uint8Array([1, 2]);
    const list = ["a"];
    const date = new Date(0);
    const members = new Set(["a"]);
    const document = { a: [1] };
    const conditions = [
      Post.image.eq(bytes),
      Post.lines.eq(list),
      Post.date.eq(date),
      Post.tags.eq(members),
      Post.anything.eq(document),
    ];
    const before = conditions.map((condition) => structuredClone(render(condition)));
    bytes[0] = 9;
    list.push("b");
    date.setFullYear(2000);
    members.add("b");
    document.a.push(2);
    expect(conditions.map(render)).toEqual(before);
  });

  it("are frozen in the tree", () => {
    const document = { a: [{ b: new Set(["x"]), c: new Set([1]), d: new Uint8Array(1), e: null }] };
    const conditions = [
      Post.anything.eq(document),
      Post.anything.contains(new Set([new Uint8Array(1)])),
      Post.user.in("a", "b"),
      Post.content.beginsWith("a"),
      Post.views.between(1, 2),
      Post.tags.size().gt(1).and(Post.views.exists()).not(),
    ];
    expect(conditions.map(({ node }) => node).filter((node) => !isDeeplyFrozen(node))).toEqual([]);
  });
});
