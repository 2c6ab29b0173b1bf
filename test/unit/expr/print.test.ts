import { describe, expect, it } from "vitest";
import { printValue } from "../../../src/expr/print.js";
import { type AttributeValue, setOwn, type WireItem } from "../../../src/schema/wire.js";
import { Post } from "./post.js";

describe("a condition for people", () => {
  it("reads as the design has it", () => {
    expect(String(Post.views.gt(5).and(Post.content.beginsWith("Hello")))).toBe(
      'views > 5 and begins_with(content, "Hello")',
    );
  });

  it("has parentheses only where they count", () => {
    const [a, b, c] = [Post.views.eq(1), Post.views.eq(2), Post.views.eq(3)];
    expect(String(a.or(b).and(c.not()))).toBe("(views = 1 or views = 2) and not (views = 3)");
    expect(String(a.and(b).not().or(c))).toBe("not (views = 1 and views = 2) or views = 3");
  });

  it("keeps an odd name or text from looking like anything else", () => {
    expect(String(Post.counts.at('x" or "y').exists())).toBe(
      'attribute_exists(counts["x\\" or \\"y"])',
    );
    expect(String(Post.user.eq('x" or views = "1\n'))).toBe('user = "x\\" or views = \\"1\\n"');
  });
});

describe("a value for people", () => {
  const show = (wire: AttributeValue) => printValue(wire);

  it("is quoted, and cut at 60 characters", () => {
    expect(show({ S: "x".repeat(60) })).toBe(`"${"x".repeat(60)}"`);
    expect(show({ S: "x".repeat(61) })).toBe(`"${"x".repeat(60)}…"`);
  });

  it("is never cut within a character", () => {
    expect(show({ S: `${"x".repeat(59)}😀😀` })).toBe(`"${"x".repeat(59)}…"`);
  });

  it("shows no bytes, but how many there are", () => {
    expect(show({ B: new Uint8Array(12) })).toBe("<12 bytes>");
    expect(show({ BS: [new Uint8Array(1), new Uint8Array(2)] })).toBe("{<1 bytes>, <2 bytes>}");
  });

  it.each<readonly [AttributeValue, string]>([
    [{ N: "1.50" }, "1.50"],
    [{ BOOL: false }, "false"],
    [{ NULL: true }, "null"],
    [{ SS: ["a", "b"] }, '{"a", "b"}'],
    [{ NS: ["1", "2"] }, "{1, 2}"],
    [{ L: [] }, "[]"],
    [{ L: [{ S: "a" }, { L: [{ N: "1" }] }] }, '["a", [1]]'],
    [{ M: {} }, "{}"],
    [{ M: { a: { N: "1" }, "b c": { S: "x" } } }, '{a: 1, "b c": "x"}'],
  ])("%j", (wire, expected) => {
    expect(show(wire)).toBe(expected);
  });

  it("stays short, and is made in short time, for a large document", () => {
    const members: WireItem = {};
    for (let n = 0; n < 100_000; n++) setOwn(members, `member${n}`, { S: "x".repeat(100) });
    const list: AttributeValue = { L: Array.from({ length: 100_000 }, () => ({ M: members })) };
    const start = performance.now();
    expect(show(list).length).toBeLessThan(70);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
