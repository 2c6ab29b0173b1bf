import type { Patch } from "immer";
import { type FlatItem, isSlot } from "../schema/flat.js";
import type { ColumnSpec } from "../schema/table.js";
import { diffColumn, isSame } from "./diff.js";
import { isGap, ownValue } from "./gaps.js";
import type { InstanceState } from "./instance-state.js";
import type { ColumnSlot } from "./metadata.js";
import type { Gap } from "./particulars.js";
import type { Snapshot } from "./snapshot.js";

/** Whether an instance differs from its snapshot, its key left aside. */
export function isEdited(state: InstanceState): boolean {
  return !isUntouched(state) && differs(state);
}

/** The same, asked of each column. */
export function differs(state: InstanceState): boolean {
  const { snapshot } = state;
  if (snapshot === undefined) return false;
  const instance = state.instance as Record<string, unknown>;
  for (const slot of state.info.slots) {
    const { name } = slot;
    if (slot.isKey || isGap(state, name)) continue;
    const current = slot.isHazardous ? ownValue(state, name) : instance[name];
    if (!Object.hasOwn(snapshot, name)) return true;
    if (!isSame(slot.column.type, snapshot[name], current)) return true;
  }
  return false;
}

/**
 * Whether an instance surely is what its snapshot says, key included: the cheap question that every
 * flush asks of every object. The answer is yes for one that has its columns in their order and nothing
 * else, as it was loaded: a loop over an object's own names reads their values at less than half the
 * price of asking for each name, by the bench.
 */
export function isUntouched(state: InstanceState): boolean {
  const { info, gaps, flat } = state;
  if (!state.hasSnapshot || info.hasHazards) return false;
  const { slots } = info;
  const snapshot = flat === undefined ? state.snapshot : undefined;
  const values = state.instance as Record<string, unknown>;
  let at = 0;
  for (const name in values) {
    if (gaps !== undefined) at = afterGaps(slots, at, gaps);
    const slot = slots[at];
    if (slot === undefined || slot.name !== name) return false;
    const current = values[name];
    const isKept =
      flat === undefined
        ? isInSnapshot(snapshot as Snapshot, slot, current)
        : isInFlat(flat, at, slot, current);
    if (!isKept) return false;
    at += 1;
  }
  if (gaps !== undefined) at = afterGaps(slots, at, gaps);
  return at === slots.length;
}

function isInSnapshot(snapshot: Snapshot, slot: ColumnSlot, current: unknown): boolean {
  const { name, isScalar, column } = slot;
  const base = snapshot[name];
  if (isScalar ? !Object.is(base, current) : !isSame(column.type, base, current)) return false;
  return base !== undefined || Object.hasOwn(snapshot, name);
}

function isInFlat(flat: FlatItem, at: number, slot: ColumnSlot, current: unknown): boolean {
  if (slot.isScalar) return Object.is(flat[at], current);
  try {
    return isSlot(flat, at, slot.column.type, current);
  } catch {
    // A value that doesn't fit its type: the flush will say so.
    return false;
  }
}

/** The next column whose value is there; loops over names pass over those that throw when they are read. */
function afterGaps(
  slots: readonly ColumnSlot[],
  from: number,
  gaps: ReadonlyMap<string, Gap>,
): number {
  let at = from;
  while (at < slots.length && gaps.has((slots[at] as ColumnSlot).name)) at += 1;
  return at;
}

/** The changes of an instance since its snapshot, as immer patches; `path[0]` is the column's name. */
export function diffInstance(state: InstanceState): Patch[] {
  const patches: Patch[] = [];
  if (!isEdited(state)) return patches;
  for (const { column } of state.info.slots) {
    if (column.role !== "none" || isGap(state, column.name)) continue;
    patches.push(...diffAttribute(state, column));
  }
  return patches;
}

function diffAttribute(state: InstanceState, column: ColumnSpec): Patch[] {
  const { name, type } = column;
  const snapshot = state.snapshot as Record<string, unknown>;
  const current = ownValue(state, name);
  if (Object.hasOwn(snapshot, name)) return diffColumn(type, name, snapshot[name], current);
  // Never loaded, and assigned since: what the table holds there isn't known, so it is set as a whole.
  if (current === undefined) return [{ op: "remove", path: [name] }];
  return [{ op: "add", path: [name], value: type.copy(current) }];
}
