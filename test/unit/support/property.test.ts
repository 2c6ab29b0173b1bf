import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fcOptions, property, seedOf, soakFactor } from "../../support/property.js";

describe("the seed", () => {
  it("is fixed where FC_SEED is not set", () => {
    expect(seedOf(undefined)).toBe(seedOf(""));
  });

  it("is FC_SEED's number", () => {
    expect(seedOf("42")).toBe(42);
    expect(seedOf("-7")).toBe(-7);
  });

  it("is another one each time with FC_SEED=random", () => {
    expect(new Set([1, 2, 3, 4].map(() => seedOf("random"))).size).toBeGreaterThan(1);
  });

  it("refuses what is neither", () => {
    expect(() => seedOf("4.5")).toThrow("FC_SEED");
    expect(() => seedOf("often")).toThrow("FC_SEED");
  });
});

describe("the number of runs", () => {
  it("is multiplied by SOAK", () => {
    expect(soakFactor(undefined)).toBe(1);
    expect(soakFactor("20")).toBe(20);
    expect(() => soakFactor("much")).toThrow("SOAK");
    const factor = soakFactor(process.env["SOAK"]);
    expect(fcOptions().numRuns).toBe(100 * factor);
    expect(fcOptions({ numRuns: 7 }).numRuns).toBe(7 * factor);
  });
});

const seen: number[] = [];
property("property() runs the predicate for many values", [fc.integer()], (number) => {
  seen.push(number);
  return Number.isInteger(number);
});

it("property() repeats the same values with the same seed", () => {
  const again: number[] = [];
  const check = (number: number) => {
    again.push(number);
  };
  fc.assert(fc.property(fc.integer(), check), fcOptions<[number]>());
  expect(again).toEqual(seen);
});
