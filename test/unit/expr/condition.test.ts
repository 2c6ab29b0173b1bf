import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { and, type Condition, conditionOn, not, or } from "../../../src/expr/condition.js";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { type JunctionNode, junction } from "../../../src/expr/nodes.js";
import { Post, render } from "./post.js";

const a = Post.views.eq(1);
const b = Post.views.eq(2);
const c = Post.views.eq(3);
const d = Post.views.eq(4);
const kindsOf = (condition: Condition) => {
  const { node } = condition;
  return node.kind === "and" || node.kind === "or" ? [node.kind, node.terms.length] : node.kind;
};

describe("conditions joined", () => {
  it("read alike as methods and as functions", () => {
    expect(and(a, b, c)).toEqual(a.and(b).and(c));
    expect(or(a, b, c)).toEqual(a.or(b, c));
    expect(not(a)).toEqual(a.not());
  });

  it("are one flat list, on whichever side they were joined", () => {
    const flat = { kind: "and", terms: [a.node, b.node, c.node, d.node] };
    expect(a.and(b).and(c).and(d).node).toEqual(flat);
    expect(a.and(b.and(c.and(d))).node).toEqual(flat);
    expect(a.and(b).and(c.and(d)).node).toEqual(flat);
    expect(and(a, and(b, and(c)), d).node).toEqual(flat);
    expect(and(conditionOn(a.and(b).node), c, d).node).toEqual(flat);
  });

  it("keep the order of evaluation where AND and OR meet", () => {
    expect(render(a.or(b).and(c)).text).toBe("(#n0 = :v0 OR #n0 = :v1) AND #n0 = :v2");
    expect(render(a.and(b).or(c)).text).toBe("(#n0 = :v0 AND #n0 = :v1) OR #n0 = :v2");
    expect(render(not(a.or(b))).text).toBe("NOT (#n0 = :v0 OR #n0 = :v1)");
    expect(render(not(a).and(b)).text).toBe("NOT #n0 = :v0 AND #n0 = :v1");
    expect(String(a.or(b).and(c))).toBe("(views = 1 or views = 2) and views = 3");
    expect(String(a.and(b).or(c))).toBe("views = 1 and views = 2 or views = 3");
    expect(String(not(a.or(b)))).toBe("not (views = 1 or views = 2)");
  });

  it("are one condition where only one is given", () => {
    expect(and(a)).toBe(a);
    expect(a.and()).toBe(a);
    expect(or(a)).toBe(a);
  });

  it("undo a double negation", () => {
    expect(a.not().not().node).toBe(a.node);
    expect(not(not(not(a)))).toEqual(not(a));
  });

  it.each<readonly [string, () => unknown]>([
    ["and of none", () => and()],
    ["or of none", () => or()],
    ["a boolean", () => and(a, true as never)],
    ["undefined", () => a.or(undefined as never)],
    ["an update", () => a.and(Post.views.plus(1) as never)],
    ["a list of conditions", () => and([a, b] as never)],
    ["a path, negated", () => not(Post.isPublic as never)],
  ])("refuse %s", (_, make) => {
    expect(make).toThrow(InvalidExpression);
  });
});

describe("trees joined by the session", () => {
  it("leave out what isn't there, and stay flat and frozen", () => {
    expect(junction("and", [])).toBeUndefined();
    expect(junction("and", [undefined, a.node])).toBe(a.node);
    const joined = junction("and", [a.and(b).node, undefined, c.or(d).node]);
    expect(joined).toEqual({ kind: "and", terms: [a.node, b.node, c.or(d).node] });
    expect(Object.isFrozen(joined) && Object.isFrozen((joined as JunctionNode).terms)).toBe(true);
  });
});

describe("a condition", () => {
  it("is never changed by what is made of it", () => {
    const base = a.and(b);
    const [left, right] = [base.and(c), base.and(d)];
    expect(kindsOf(base)).toEqual(["and", 2]);
    expect(left.node).toEqual({ kind: "and", terms: [a.node, b.node, c.node] });
    expect(right.node).toEqual({ kind: "and", terms: [a.node, b.node, d.node] });
    base.or(c);
    base.not();
    expect(kindsOf(base)).toEqual(["and", 2]);
  });

  it("is frozen, and so is its tree", () => {
    const condition = a.and(b.or(c)).not();
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(Object.isFrozen(condition)).toBe(true);
    expect(frozen(condition.node)).toBe(true);
    expect(() => {
      (condition as { node: unknown }).node = a.node;
    }).toThrow(TypeError);
  });

  it("gives the same tree each time", () => {
    const condition = a.and(b);
    expect(condition.node).toBe(condition.node);
  });

  it("can be used in any number of requests", () => {
    const condition = a.and(Post.content.beginsWith("x"));
    expect(render(condition)).toEqual(render(condition));
  });

  it("is data to a test: two that say the same are equal, others aren't", () => {
    expect(Post.views.gt(5)).toEqual(Post.views.gt(5));
    expect(Post.views.gt(5)).not.toEqual(Post.views.gt(6));
    expect(Post.views.gt(5)).not.toEqual(Post.likes.gt(5));
    expect(a.and(b)).not.toEqual(a.or(b));
  });

  it("shows itself in a console", () => {
    expect(inspect(Post.views.gt(5))).toBe("Condition(views > 5)");
    expect(inspect(Post.meta.at("refs"))).toBe("Path(Post.meta.refs)");
    expect(inspect(Post.views.plus(1))).toBe("Update(add 1 to views)");
  });
});

describe("very large conditions", () => {
  const count = 10_000;

  it("are joined one by one in no time that grows with the square", () => {
    const start = performance.now();
    let condition = a;
    for (let n = 0; n < count; n++) condition = condition.and(n % 2 === 0 ? b : c);
    expect(kindsOf(condition)).toEqual(["and", count + 1]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("are joined from the right as well", () => {
    let condition = a;
    for (let n = 0; n < count; n++) condition = b.and(condition);
    expect(kindsOf(condition)).toEqual(["and", count + 1]);
  });

  it("may nest deeper than calls can", () => {
    let condition = a;
    for (let n = 0; n < count; n++) condition = not(condition.and(b).or(c));
    expect(String(condition).length).toBeGreaterThan(count * 10);
    expect(() => render(condition)).toThrow(InvalidExpression);
  });

  it("are refused by their number of operators, not by the stack", () => {
    const condition = or(...Array.from({ length: count }, () => a));
    expect(() => render(condition)).toThrow(/19999 operators/);
  });
});
