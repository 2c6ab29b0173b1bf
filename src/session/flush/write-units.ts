import type { ModelInfo } from "../../model/metadata.js";
import type { Snapshot } from "../../model/snapshot.js";
import { itemBytes } from "../../schema/size.js";
import { setOwn, type WireItem } from "../../schema/wire.js";
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
      return knownBytes(change, { ...change.base, ...change.after });
    default:
      return 0;
  }
}

function bytesBefore(change: Change): number {
  const stored: Tracked | undefined = change.tracked?.supersedes ?? change.tracked;
  const snapshot = change.kind === "update" ? change.base : stored?.state.snapshot;
  return snapshot === undefined ? 0 : knownBytes(change, snapshot);
}

function knownBytes(
  { info, key }: { info: ModelInfo; key: Change["key"] },
  known: Snapshot,
): number {
  const item: WireItem = { ...key.wire };
  for (const { column } of info.slots) {
    const value = Object.hasOwn(known, column.name) ? known[column.name] : undefined;
    if (value === undefined || column.role !== "none") continue;
    const wire = column.type.encode(value);
    if (wire !== undefined) setOwn(item, column.attribute, wire);
  }
  return itemBytes(item);
}
