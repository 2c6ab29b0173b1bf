import type { ReadCost } from "./raw-page.js";

/** Some results of a query or scan, and how to go on. */
export interface Page<T> {
  readonly items: readonly T[];
  /** For `after()`: an opaque, URL-safe text; `undefined` at the end. */
  readonly cursor: string | undefined;
  /** How many items matched, by the service's account: those that a limit cut off, or that are hidden, are among them. */
  readonly count: number;
  /** How many items were read to find them; these are paid for. */
  readonly scannedCount: number;
  /** Capacity units; `undefined` where the engine doesn't tell. */
  readonly consumed: number | undefined;
}

/** All results of a query or scan, and what it took to read them. */
export interface ReadResult<T> extends Page<T> {
  readonly requests: number;
}

export function makePage<T>(
  items: readonly T[],
  cursor: string | undefined,
  { count, scannedCount, consumed }: ReadCost,
): Page<T> {
  return Object.freeze({ items, cursor, count, scannedCount, consumed });
}

export function makeResult<T>(
  items: readonly T[],
  cursor: string | undefined,
  cost: ReadCost,
): ReadResult<T> {
  return Object.freeze({ ...makePage(items, cursor, cost), requests: cost.requests });
}
