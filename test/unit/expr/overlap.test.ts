import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidExpression } from "../../../src/expr/errors.js";
import { pathNode } from "../../../src/expr/nodes.js";
import { assertNoOverlap } from "../../../src/expr/overlap.js";
import { property } from "../../support/property.js";
import { Post, renderUpdate, thrownBy } from "./post.js";

describe("actions of one update", () => {
  it("may stand side by side", () => {
    expect(() =>
      renderUpdate(
        Post.meta.at("refs").at(0).set("x"),
        Post.meta.at("refs").at(1).remove(),
        Post.meta.at("author").set("x"),
        Post.counts.at("a").plus(1),
        Post.counts.at("b").plus(1),
        Post.views.plus(1),
      ),
    ).not.toThrow();
  });

  it.each([
    ["twice at one place", [Post.views.plus(1), Post.views.set(1)]],
    ["with and without of one set", [Post.tags.with("a"), Post.tags.without("b")]],
    ["a document and its part", [Post.counts.set({}), Post.counts.at("a").plus(1)]],
    ["a part and its document", [Post.counts.at("a").plus(1), Post.counts.remove()]],
    ["far below", [Post.anything.at("a").at("b").at(0).set(1), Post.anything.set(1)]],
    ["a list and its element", [Post.lines.append("x"), Post.lines.at(3).set("y")]],
    ["a member and a position", [Post.anything.at("a").set(1), Post.anything.at(0).set(1)]],
  ])("may not meet: %s", (_, updates) => {
    expect(() => renderUpdate(...updates)).toThrow(InvalidExpression);
    expect(() => renderUpdate(...updates.toReversed())).toThrow(InvalidExpression);
  });

  it("are named where they meet", () => {
    expect(
      thrownBy(() => renderUpdate(Post.meta.at("refs").append("x"), Post.meta.remove())),
    ).toMatchObject({
      model: "Post",
      column: "meta",
      message: expect.stringMatching(/meta\.refs and meta overlap/),
    });
  });

  const step = fc.oneof(fc.constantFrom("a", "b", "0"), fc.constantFrom(0, 1));
  const paths = fc.array(fc.tuple(fc.constantFrom("x", "y"), fc.array(step, { maxLength: 3 })), {
    maxLength: 6,
  });

  property(
    "are refused exactly where a comparison of each two refuses them",
    [paths],
    (all) => {
      const nodes = all.map(([name, steps]) => pathNode("Post", name, [name, ...steps]));
      const meet = nodes.some((a, n) =>
        nodes.slice(n + 1).some((b) => areAtOdds(a.steps, b.steps)),
      );
      const check = () => assertNoOverlap(nodes.map((path) => ({ path })));
      if (meet) expect(check).toThrow(InvalidExpression);
      else expect(check).not.toThrow();
    },
    { numRuns: 1_000 },
  );

  it("are compared in no time that grows with the square", () => {
    const many = Array.from({ length: 20_000 }, (_, n) => pathNode("Post", "c", ["c", `m${n}`]));
    const start = performance.now();
    assertNoOverlap(many.map((path) => ({ path })));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

function areAtOdds(a: readonly (string | number)[], b: readonly (string | number)[]): boolean {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (typeof a[at] !== typeof b[at]) return true;
    if (a[at] !== b[at]) return false;
  }
  return true;
}
