import { wireEquals } from "../../schema/canonical.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { getOwn, type WireItem } from "../../schema/wire.js";
import type { Tracked } from "../tracked.js";
import type { Change, UpdateChange } from "./change.js";
import { hasLanded } from "./landed.js";
import type { Planned } from "./settle.js";

/**
 * Writes whose answer was lost, to be resolved together: the actions of one transaction have landed
 * all or none.
 */
export interface Unresolved {
  readonly planned: readonly Planned[];
  /** The objects' states before, to go back to if nothing has landed. */
  readonly before: ReadonlyMap<Tracked, Tracked["status"]>;
}

/**
 * Whether writes with a lost answer have landed, from what the table holds now.
 * A counter can't be compared, and counting twice is worse than not at all: it is sent again only
 * where the table still holds exactly what it held before.
 */
export function haveLanded(
  { planned }: Unresolved,
  itemOf: (change: Change) => WireItem | undefined,
): boolean {
  return planned.some(({ change }) => {
    if (change.kind === "check") return false;
    const item = itemOf(change);
    if (hasLanded(change, item)) return true;
    return change.kind === "update" && !change.isIdempotent && hasCounted(change, item);
  });
}

function hasCounted(change: UpdateChange, item: WireItem | undefined): boolean {
  if (item === undefined) return false;
  const { tracked, info } = change;
  const snapshot = tracked?.state.snapshot ?? {};
  for (const { column } of info.slots) {
    if (!change.computed.has(column.name)) continue;
    const stored = getOwn(item, column.attribute);
    if (!Object.hasOwn(snapshot, column.name)) return true;
    const value = snapshot[column.name];
    const base = value === undefined ? undefined : encodeColumn(info.table, column, value);
    const isSame =
      stored === undefined || base === undefined ? stored === base : wireEquals(stored, base);
    if (!isSame) return true;
  }
  return false;
}
