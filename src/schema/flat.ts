import { copyOrAbsent, isNothing, sameOrAbsent } from "./absence.js";
import type { AttributeType } from "./attribute-type.js";
import type { WireScanner } from "./scan/wire-scanner.js";

/**
 * The values of one stored item, as they are read from an answer's text, in a single list: a slot for each
 * column, by its place, and behind them the parts of lists and maps, which begin at the place that their
 * slot tells. The slot of what is missing is `undefined`. Loaded objects keep it in place of a snapshot
 * until somebody asks for that: most are only compared, and it is several objects less for the garbage
 * collector.
 */
export type FlatItem = readonly unknown[];

/** How a list or a map lies in a flat item. */
export interface FlatForm {
  /**
   * Puts the one that the scanner stands at behind what is held, and tells its place. Throws `unexpected`
   * for whatever it doesn't know.
   */
  scan(scanner: WireScanner): number;
  /** A new one with the same values. */
  read(item: FlatItem, at: number): unknown;
  /** Whether the value surely is the same. Where it says no, the type is to be asked. */
  isSame(item: FlatItem, at: number, value: unknown): boolean;
}

/** What is to be put into the slot of the value at which the scanner stands. */
export function scanSlot(scanner: WireScanner, type: AttributeType): unknown {
  if (type.flat !== undefined) return type.flat.scan(scanner);
  return type.scan === undefined ? type.decode(scanner.wire()) : type.scan(scanner);
}

/** The value of a slot, which shares nothing mutable with the item. */
export function readSlot(item: FlatItem, at: number, type: AttributeType): unknown {
  const held = item[at];
  if (type.isScalar || held === undefined) return held;
  // One that couldn't be taken apart lies in the slot as a whole.
  return type.flat !== undefined && typeof held === "number"
    ? type.flat.read(item, held)
    : copyOrAbsent(type, held);
}

/**
 * Whether the value surely is the slot's. `===` would look into each text, since NaN isn't itself, and a
 * flush of ten thousand unchanged objects mostly waits for memory.
 */
export function isSlot(item: FlatItem, at: number, type: AttributeType, value: unknown): boolean {
  const held = item[at];
  if (type.isScalar) return Object.is(held, value);
  if (held === undefined) return isNothing(value);
  return type.flat !== undefined && typeof held === "number"
    ? type.flat.isSame(item, held, value)
    : sameOrAbsent(type, held, value);
}
