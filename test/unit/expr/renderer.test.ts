import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { and, type Condition, or } from "../../../src/expr/condition.js";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { pathNode, valueNode } from "../../../src/expr/nodes.js";
import { Renderer } from "../../../src/expr/renderer.js";
import { property } from "../../support/property.js";
import { Post, render, renderUpdate, thrownBy } from "./post.js";

const path = (...steps: [string, ...(string | number)[]]) => pathNode("Post", steps[0], steps);
const times = (count: number, condition: Condition) =>
  Array.from({ length: count }, () => condition);

describe("placeholders", () => {
  it("are shared by all expressions of one request", () => {
    const renderer = new Renderer();
    expect(renderer.update([Post.views.set(5).action])).toBe("SET #n0 = :v0");
    expect(renderer.condition(Post.views.eq(5).and(Post.likes.gt(5)).node)).toBe(
      "#n0 = :v0 AND #n1 > :v0",
    );
    expect(renderer.projection([Post.views.node, Post.meta.at("refs").node])).toBe("#n0, #n2.#n3");
    expect(renderer.keyCondition(Post.forum.eq("x").node)).toBe("#n4 = :v1");
    expect(renderer.names()).toEqual({
      "#n0": "views",
      "#n1": "likes",
      "#n2": "meta",
      "#n3": "refs",
      "#n4": "forum",
    });
    expect(renderer.values()).toEqual({ ":v0": { N: "5" }, ":v1": { S: "x" } });
  });

  it("are shared by equal values alone", () => {
    const { anything } = Post;
    const same = and(
      anything.eq(1),
      anything.ne(1n),
      anything.eq(new Set(["a", "b"])),
      anything.ne(new Set(["b", "a"])),
      anything.eq({ a: 1, b: [2] }),
      anything.ne({ b: [2], a: 1 }),
    );
    expect(Object.keys(render(same).values ?? {})).toHaveLength(3);
    const different = and(
      anything.eq("1"),
      anything.eq(1),
      anything.eq([1]),
      anything.eq(["1"]),
      anything.eq(new Set(["1"])),
      anything.eq(new Set([1])),
      anything.eq({ "1": 1 }),
      anything.eq(true),
      anything.eq("true"),
      anything.eq(new Uint8Array([1])),
      anything.eq(""),
      anything.eq([]),
      anything.eq({}),
    );
    expect(Object.keys(render(different).values ?? {})).toHaveLength(13);
  });

  it("are counted anew in each request", () => {
    expect(render(Post.views.eq(1))).toEqual(render(Post.views.eq(1)));
  });

  it("are left out where there are none", () => {
    const renderer = new Renderer();
    expect(renderer.names()).toBeUndefined();
    expect(renderer.values()).toBeUndefined();
    renderer.condition(Post.views.exists().node);
    expect(renderer.values()).toBeUndefined();
  });
});

describe("what a user gives", () => {
  const hostile = [
    "__proto__",
    "constructor",
    "toString",
    "name",
    "size",
    "#n0",
    ":v0",
    "a.b",
    "a[0]",
    "a b",
    " OR attribute_exists(id)",
    "',\"`",
    "\n",
    "\0",
    "é中😀",
  ];

  it.each(hostile)("never stands in the expression: %j", (text) => {
    const condition = Post.counts.at(text).exists().and(Post.content.eq(text));
    const { text: expression, names, values } = render(condition);
    expect(expression).toBe("attribute_exists(#n0.#n1) AND #n2 = :v0");
    expect(names).toEqual({ "#n0": "counts", "#n1": text, "#n2": "c" });
    expect(values).toEqual({ ":v0": { S: text } });
    expect(Object.getPrototypeOf(names)).toBe(Object.prototype);
  });

  it("may name the members of a document as it likes", () => {
    const document = JSON.parse('{"__proto__": 1, "constructor": 2}') as unknown;
    const { values } = render(Post.anything.eq(document));
    const [{ M: members }] = Object.values(values ?? {}) as [{ M: object }];
    expect(Object.keys(members)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(members)).toBe(Object.prototype);
  });

  property(
    "never stands in the expression, whatever it is",
    [fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" })],
    (name, value) => {
      const { text, names, values } = render(
        Post.counts.at(name).missing().or(Post.user.eq(value)),
      );
      expect(text).toMatch(/^attribute_not_exists\(#n\d\.#n\d\) OR #n\d = :v0$/);
      expect(Object.values(names ?? {})).toContain(name);
      expect(values).toEqual({ ":v0": { S: value } });
    },
  );
});

describe("the limits of an expression", () => {
  it("are 300 operators, counted as DynamoDB does", () => {
    const eq = Post.views.eq(1);
    // A test counts one, and so does each AND between two.
    expect(() => render(and(...times(150, eq)))).not.toThrow();
    expect(() => render(and(...times(151, eq)))).toThrow(/301 operators/);
    expect(() => render(or(...times(151, Post.tags.contains("x"))))).toThrow(/301 operators/);
    expect(() => render(or(...times(151, Post.views.between(1, 2))))).toThrow(/301 operators/);
    expect(() => render(or(...times(151, Post.views.in(1, 2, 3))))).toThrow(/301 operators/);
    expect(() => render(or(...times(151, Post.meta.at("refs").at(0).exists())))).toThrow(
      /301 operators/,
    );
    // NOT and size count one more.
    expect(() => render(and(...times(100, eq.not())))).not.toThrow();
    expect(() => render(and(...times(101, eq.not())))).toThrow(/302 operators/);
    expect(() => render(and(...times(100, Post.tags.size().gt(1))))).not.toThrow();
    expect(() => render(and(...times(101, Post.tags.size().gt(1))))).toThrow(/302 operators/);
  });

  it("are 4,096 bytes", () => {
    const terms = Array.from({ length: 150 }, (_, n) => Post.views.between(n, n + 1000));
    const longest = (count: number) => and(...terms.slice(0, count));
    const fits = terms.findIndex((_, n) => render2(longest(n + 1)) > 4096);
    expect(fits).toBeGreaterThan(100);
    expect(() => render(longest(fits))).not.toThrow();
    const error = thrownBy(() => render(longest(fits + 1)));
    expect(error).toBeInstanceOf(InvalidExpression);
    expect((error as Error).message).toMatch(/4096/);

    /** The length without the limit: each term's, and what joins them. */
    function render2(condition: Condition): number {
      const { node } = condition;
      const each = node.kind === "and" ? node.terms.length : 1;
      let length = (each - 1) * " AND ".length;
      for (let n = 0; n < each; n++) {
        length += `#n0 BETWEEN :v${2 * n} AND :v${2 * n + 1}`.length;
      }
      return length;
    }
  });

  it("hold for each expression of a request by itself", () => {
    const renderer = new Renderer();
    const half = and(...times(100, Post.views.eq(1)));
    renderer.condition(half.node);
    expect(() => renderer.condition(half.node)).not.toThrow();
  });

  it("are none for the number of an update's actions but its length", () => {
    const sets = (count: number) =>
      Array.from({ length: count }, (_, n) => Post.counts.at(`m${n}`).set(1));
    expect(() => renderUpdate(...sets(200))).not.toThrow();
    expect(thrownBy(() => renderUpdate(...sets(400)))).toMatchObject({
      code: "INVALID_EXPRESSION",
      model: "Post",
      column: "counts",
    });
  });

  it("are 2 MB of names and values", () => {
    const half = "x".repeat(1024 * 1024 - 10);
    const fits = Post.content.eq(half).and(Post.user.eq(`y${half}`));
    expect(() => render(fits)).not.toThrow();
    expect(() => render(fits.and(Post.user.ne("z".repeat(20))))).toThrow(/2097152 bytes/);
    // The same value again takes no room.
    expect(() => render(fits.and(Post.user.ne(half)))).not.toThrow();
  });

  it("are 100 values in one IN, also in a tree that no path made", () => {
    const options = Array.from({ length: 101 }, (_, n) => valueNode({ N: String(n) }));
    const node = { kind: "in", operand: Post.views.node, options } as const;
    expect(() => new Renderer().condition(node)).toThrow(InvalidExpression);
    expect(() => new Renderer().condition({ ...node, options: options.slice(1) })).not.toThrow();
  });
});

describe("a projection", () => {
  const project = (...paths: Parameters<Renderer["projection"]>[0]) => {
    const renderer = new Renderer();
    return [renderer.projection(paths), Object.values(renderer.names() ?? {})];
  };

  it("names its paths in their order", () => {
    expect(project(path("b"), path("a", "x"), path("a", "y", 0))).toEqual([
      "#n0, #n1.#n2, #n1.#n3[0]",
      ["b", "a", "x", "y"],
    ]);
  });

  it("leaves out what is in another path, which DynamoDB would refuse", () => {
    expect(project(path("a", "x"), path("a"), path("a", "y", 0), path("a"))).toEqual([
      "#n0",
      ["a"],
    ]);
    expect(project(path("a"), path("ab"), path("a", "b"))).toEqual(["#n0, #n1", ["a", "ab"]]);
  });

  it("needs a path, and no contradiction", () => {
    expect(() => project()).toThrow(InvalidExpression);
    expect(() => project(path("a", "x"), path("a", 0))).toThrow(InvalidExpression);
  });
});
