import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareWires } from "../../../src/expr/order.js";
import { property } from "../../support/property.js";

describe("the order of values", () => {
  it.each([
    ["1", "1.0", 0],
    ["-0", "0", 0],
    ["2", "10", -1],
    ["-2", "-10", 1],
    ["1e2", "99.99", 1],
    ["1E-130", "0", 1],
    ["9.99E125", "1E125", 1],
    ["-1E-130", "1E-130", -1],
    ["0.1", "0.10000000000000000000000000000000000001", -1],
    ["12345678901234567890123456789012345678", "12345678901234567890123456789012345679", -1],
  ])("is that of numbers: %s and %s", (a, b, sign) => {
    expect(Math.sign(compareWires({ N: a }, { N: b }))).toBe(sign);
    expect(Math.sign(compareWires({ N: b }, { N: a }))).toBe(sign === 0 ? 0 : -sign);
  });

  property(
    "is JavaScript's for its numbers",
    [
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e125, max: 1e125 }),
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    ],
    (a, b) => {
      const small = (value: number) => Math.abs(value) < 1e-100 && value !== 0;
      fc.pre(!small(a) && !small(b));
      expect(compareWires({ N: String(a) }, { N: String(b) })).toBe(a < b ? -1 : a > b ? 1 : 0);
    },
  );

  it("is that of UTF-8 for text, where JavaScript's own is another", () => {
    const [high, low] = ["\u{1F600}", "\uFF5E"];
    expect(high < low).toBe(true);
    expect(compareWires({ S: high }, { S: low })).toBeGreaterThan(0);
    expect(compareWires({ S: "a" }, { S: "aa" })).toBeLessThan(0);
    expect(compareWires({ S: "" }, { S: "" })).toBe(0);
  });

  it("is that of unsigned bytes for binary", () => {
    const bytes = (...all: number[]) => ({ B: new Uint8Array(all) });
    expect(compareWires(bytes(255), bytes(1, 2))).toBeGreaterThan(0);
    expect(compareWires(bytes(1), bytes(1, 0))).toBeLessThan(0);
  });
});
