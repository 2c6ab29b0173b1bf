import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalNumber, negated, numberProblem } from "../../../src/schema/number-text.js";
import { property } from "../../support/property.js";

/** Digits and a power of ten, and the many ways to write them. */
const parts = fc.record({
  isNegative: fc.boolean(),
  digits: fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
  exponent: fc.integer({ min: -200, max: 200 }),
});

function written(digits: bigint, exponent: number, shift: number, zeros: number): string {
  // digits × 10^exponent, with the point `shift` places from the right and zeros around it.
  const text = digits.toString().padStart(shift + 1, "0");
  const whole = text.slice(0, text.length - shift);
  const fraction = text.slice(text.length - shift);
  const point = fraction === "" && zeros === 0 ? "" : ".";
  return `${"0".repeat(zeros)}${whole}${point}${fraction}${"0".repeat(zeros)}E${exponent + shift}`;
}

describe("the canonical text of a number", () => {
  it.each([
    ["1.0", "1"],
    ["1.", "1"],
    ["+1", "1"],
    ["001", "1"],
    ["10e-1", "1"],
    ["1E+2", "100"],
    ["1e2", "100"],
    [".5", "0.5"],
    ["0.50", "0.5"],
    ["-0", "0"],
    ["-0.00", "0"],
    ["0E500", "0"],
    ["-1.50", "-1.5"],
    ["12345678901234567890123456789012345678", "12345678901234567890123456789012345678"],
    ["1E125", "1E125"],
    [`1${"0".repeat(125)}`, "1E125"],
    ["1E-130", "1E-130"],
    ["120E-2", "1.2"],
  ])("makes %s to %s", (text, canonical) => {
    expect(canonicalNumber(text)).toBe(canonical);
  });

  it.each(["", " 1", "1 ", "0x10", "NaN", "Infinity", "1_000", "1e", "e1", ".", "-", "१", "1\n"])(
    "leaves %j, which is no number, as it is",
    (text) => {
      expect(canonicalNumber(text)).toBe(text);
    },
  );

  property(
    "is one for all ways to write a number",
    [parts, fc.nat(45), fc.nat(5), fc.nat(45), fc.nat(5)],
    ({ isNegative, digits, exponent }, shift, zeros, otherShift, otherZeros) => {
      const sign = isNegative ? "-" : "";
      const one = sign + written(digits, exponent, shift, zeros);
      const other = sign + written(digits, exponent, otherShift, otherZeros);
      expect(canonicalNumber(one)).toBe(canonicalNumber(other));
    },
  );

  property("is another for each other number", [parts, parts], (a, b) => {
    const text = (each: typeof a) =>
      canonicalNumber(`${each.isNegative ? "-" : ""}${each.digits}E${each.exponent}`);
    // Brought to one power of ten, the digits tell whether the numbers are equal.
    const value = (each: typeof a) =>
      (each.isNegative ? -each.digits : each.digits) * 10n ** BigInt(each.exponent + 200);
    expect(text(a) === text(b)).toBe(value(a) === value(b));
  });

  property("is its own canonical text", [parts], ({ digits, exponent }) => {
    const canonical = canonicalNumber(`${digits}E${exponent}`);
    expect(canonicalNumber(canonical)).toBe(canonical);
  });

  property("says the same double", [fc.double({ noNaN: true, noDefaultInfinity: true })], (n) => {
    expect(Number(canonicalNumber(String(n)))).toBe(n === 0 ? 0 : n);
  });

  it("takes time in proportion to the length of its text, zeros included", () => {
    const zeros = "0".repeat(200_000);
    const begun = performance.now();
    expect(canonicalNumber(`${zeros}1${zeros}1${zeros}`)).toMatch(/^10+1E200000$/);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe("what DynamoDB stores of numbers", () => {
  it.each([
    "0",
    "-0",
    "0E500",
    "9".repeat(38),
    `${"9".repeat(38)}E88`,
    "1E125",
    "1E-130",
    `0.${"0".repeat(129)}1`,
    `1${"0".repeat(125)}`,
    `${"0".repeat(50)}1${"0".repeat(50)}`,
  ])("takes %s", (text) => {
    expect(numberProblem(text)).toBeUndefined();
  });

  it.each([
    ["9".repeat(39), /39 digits/],
    [`1.${"0".repeat(37)}1`, /39 digits/],
    ["1E126", /larger/],
    [`1${"0".repeat(126)}`, /larger/],
    ["1E-131", /smaller/],
    ["NaN", /decimal number/],
    ["Infinity", /decimal number/],
    ["0x10", /decimal number/],
    ["", /decimal number/],
  ])("doesn't take %s", (text, problem) => {
    expect(numberProblem(text)).toMatch(problem);
  });
});

describe("the other sign", () => {
  it.each([
    ["1.0", "-1"],
    ["-2.50", "2.5"],
    ["-0", "0"],
    ["0", "0"],
  ])("of %s is %s", (text, other) => {
    expect(negated(text)).toBe(other);
  });
});
