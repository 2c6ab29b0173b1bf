import type { StoredItem } from "../../model/scanned-item.js";
import type { WireItem } from "../../schema/wire.js";
import type { ReadMark } from "./host.js";

/** One answer of a search, nothing of it decoded yet. */
export interface RawPage {
  readonly segment: number;
  /** As the table or index gave them: they say where the search stands. */
  readonly rows: readonly StoredItem[];
  /** What results are made of: the rows, or the items of the table that they stand for. */
  readonly items: readonly (StoredItem | undefined)[];
  /** Those of them that were read from the table for objects that a late row can't help. */
  readonly reread?: { readonly items: ReadonlySet<StoredItem>; readonly mark: ReadMark };
  /** Whether the rows are still to be followed to their items. */
  readonly isShort?: boolean;
  /** After which key to go on; `undefined`: the segment is at its end. */
  readonly next: WireItem | undefined;
  readonly mark: ReadMark;
  readonly cost: ReadCost;
}

/** What reading took. */
export interface ReadCost {
  /** How many items matched, by the service's account. */
  readonly count: number;
  /** How many items were read to find them: these are paid for. */
  readonly scannedCount: number;
  /** Capacity units; `undefined` where the answers didn't tell. */
  readonly consumed: number | undefined;
  readonly requests: number;
}

export const noCost: ReadCost = Object.freeze({
  count: 0,
  scannedCount: 0,
  consumed: undefined,
  requests: 0,
});

export function addCosts(a: ReadCost, b: ReadCost): ReadCost {
  return {
    count: a.count + b.count,
    scannedCount: a.scannedCount + b.scannedCount,
    consumed: addCapacity(a.consumed, b.consumed),
    requests: a.requests + b.requests,
  };
}

export function addCapacity(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a + b;
}
