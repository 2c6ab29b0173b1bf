import fc from "fast-check";
import { it } from "vitest";

const defaultSeed = 20_240_229;

/** The seed of this run: fixed, FC_SEED's number, or with FC_SEED=random another each time. */
export function seedOf(setting: string | undefined): number {
  if (setting === undefined || setting === "") return defaultSeed;
  if (setting === "random") return Math.floor(Math.random() * 0x7fffffff);
  const seed = Number(setting);
  if (!Number.isSafeInteger(seed)) throw new Error(`FC_SEED is neither "random" nor an integer`);
  return seed;
}

/** By how much SOAK multiplies the runs of each property; default 1. */
export function soakFactor(setting: string | undefined): number {
  if (setting === undefined || setting === "") return 1;
  const factor = Number(setting);
  if (!(factor > 0)) throw new Error("SOAK is not a positive number");
  return factor;
}

const seed = seedOf(process.env["FC_SEED"]);
const factor = soakFactor(process.env["SOAK"]);

/** Parameters for `fc.assert`: the run's seed, and `numRuns` (default 100) times SOAK. */
export function fcOptions<Ts>(parameters: fc.Parameters<Ts> = {}): fc.Parameters<Ts> {
  return {
    seed,
    ...parameters,
    numRuns: Math.ceil((parameters.numRuns ?? 100) * factor),
  };
}

/**
 * A test of a rule for all values: `property("a rule", [fc.string()], (text) => …)`. The predicate
 * asserts by itself, or returns false.
 */
export function property<Ts extends [unknown, ...unknown[]]>(
  title: string,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  predicate: (...values: Ts) => unknown,
  parameters: fc.Parameters<Ts> = {},
): void {
  const timeoutMs = 90_000 * Math.max(1, factor);
  it(title, { timeout: timeoutMs }, async () => {
    const check = async (...values: Ts) => {
      if ((await predicate(...values)) === false) throw new Error("The predicate is false");
    };
    await fc.assert(fc.asyncProperty<Ts>(...arbitraries, check), fcOptions(parameters));
  });
}
