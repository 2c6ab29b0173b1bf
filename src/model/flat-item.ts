import { type FlatItem, readSlot } from "../schema/flat.js";
import { type Key, keyFromValues } from "../schema/key.js";
import type { ColumnSlot, ModelInfo } from "./metadata.js";
import type { Snapshot } from "./snapshot.js";

/** Whether no part of the key is missing. */
export function hasKey({ keyPlaces: { hash, range } }: ModelInfo, flat: FlatItem): boolean {
  return flat[hash] !== undefined && (range < 0 || flat[range] !== undefined);
}

/**
 * The key of a loaded item.
 *
 * @throws {InvalidValue} INVALID_VALUE where it came without.
 */
export function keyOfFlat({ table, keyPlaces }: ModelInfo, flat: FlatItem): Key {
  const { hash, range } = keyPlaces;
  return keyFromValues(table, flat[hash], range < 0 ? undefined : flat[range]);
}

/** What is known of a loaded item: each column, or those that were asked for, by name. */
export function snapshotOfFlat(
  { slots, BlankSnapshot }: ModelInfo,
  flat: FlatItem,
  requested?: ReadonlySet<string>,
): Snapshot {
  const snapshot = new BlankSnapshot();
  for (let at = 0; at < slots.length; at++) {
    const { name, column } = slots[at] as ColumnSlot;
    if (requested !== undefined && !requested.has(name)) continue;
    // None of these names is inherited: items of models that have such are read by other means.
    snapshot[name] = readSlot(flat, at, column.type);
  }
  return snapshot;
}
