import type { Contestant, Loaded } from "./contestant.js";
import { queryCount } from "./counts.js";

/** What the items of one query keep of memory, with the session that holds them; `undefined` without a query. */
export async function bytesPerItem({ query }: Contestant): Promise<number | undefined> {
  if (query === undefined) return undefined;
  // Once beforehand: what is made at first use stays.
  await query();
  const before = await settledBytes();
  const loaded: Loaded = await query();
  const after = await settledBytes();
  // Read after the measurement, so that it can't have been collected.
  if (loaded.items.length !== queryCount) throw new Error("Items are missing.");
  return (after - before) / queryCount;
}

/** Bytes in use after collection, what lies outside the heap included. */
export async function settledBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    // Finalizers and promises of the last request come to their end in between.
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Run with --expose-gc.");
  globalThis.gc();
}
