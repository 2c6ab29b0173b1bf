import type { ModelInfo } from "../../model/metadata.js";
import type { Snapshot } from "../../model/snapshot.js";
import { maxHashKeyBytes, maxRangeKeyBytes } from "../../schema/limits.js";
import { itemBytes, valueAtMost } from "../../schema/size.js";
import { getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import type { Tracked } from "../tracked.js";
import type { Change } from "./change.js";

/**
 * What a write costs, as far as it can be told beforehand: the larger of the item's sizes before and
 * after, in whole KB. Source: AWS guide, "Capacity unit consumption for write operations".
 */
export function unitsOf(change: Change): number {
  const bytes = Math.max(bytesBefore(change), bytesAfter(change));
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** The bytes of an item once it is written, as far as they are known. */
export function bytesAfter(change: Change): number {
  switch (change.kind) {
    case "put":
      return itemBytes(change.item);
    case "update":
      return knownBytes(change, { ...change.base, ...change.after }, change.tracked);
    default:
      return 0;
  }
}

/** At least as many bytes as `bytesAfter` tells: the exact count, which encodes all, is seldom needed. */
export function bytesAtMost(change: Change): number {
  if (change.kind === "put") return change.bytesAtMost;
  if (change.kind !== "update") return 0;
  const { info, base, after, tracked } = change;
  if (tracked?.state.wires !== undefined) return Number.POSITIVE_INFINITY;
  let bytes = maxHashKeyBytes + maxRangeKeyBytes;
  for (const { column } of info.slots) {
    const { name, type, attribute } = column;
    const known = Object.hasOwn(after, name) ? after[name] : getOwn(base, name);
    bytes += 3 * attribute.length + valueAtMost(type, known);
  }
  return bytes;
}

function bytesBefore(change: Change): number {
  // Where a moved object goes, there was nothing: what was there is its departure's.
  if (change.kind === "put" && change.departure !== undefined) return 0;
  const stored: Tracked | undefined = change.tracked?.supersedes ?? change.tracked;
  const snapshot = change.kind === "update" ? change.base : stored?.state.snapshot;
  return snapshot === undefined ? 0 : knownBytes(change, snapshot, stored);
}

function knownBytes(
  { info, key }: { info: ModelInfo; key: Change["key"] },
  known: Snapshot,
  stored: Tracked | undefined,
): number {
  const item: WireItem = { ...key.wire };
  const { wires = {}, gaps } = stored?.state ?? {};
  for (const { column } of info.slots) {
    const { name, role, type, attribute } = column;
    if (role !== "none") continue;
    const isKnown = Object.hasOwn(known, name);
    const value = isKnown ? known[name] : undefined;
    // What doesn't fit its column takes its room all the same, unless nobody knows what is there now.
    const isMisfit = !isKnown && gaps?.get(name)?.kind !== "expired";
    const misfit = isMisfit ? getOwn(wires, name) : undefined;
    const wire = value === undefined ? misfit : type.encode(value);
    if (wire !== undefined) setOwn(item, attribute, wire);
  }
  return itemBytes(item);
}
