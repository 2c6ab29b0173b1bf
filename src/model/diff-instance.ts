import type { Patch } from "immer";
import type { ColumnSpec } from "../schema/table.js";
import { diffColumn, isSame } from "./diff.js";
import { isGap, ownValue } from "./gaps.js";
import type { InstanceState } from "./instance-state.js";
import type { ColumnSlot } from "./metadata.js";

/** Whether an instance differs from its snapshot: the cheap question that every flush asks of every object. */
export function isEdited(state: InstanceState): boolean {
  const { snapshot, gaps } = state;
  if (snapshot === undefined) return false;
  const instance = state.instance as Record<string, unknown>;
  const { slots } = state.info;
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] as ColumnSlot;
    const { name, isHazardous } = slot;
    if (slot.isKey || gaps?.has(name)) continue;
    const current = isHazardous ? ownValue(state, name) : instance[name];
    const base = isHazardous && !Object.hasOwn(snapshot, name) ? undefined : snapshot[name];
    if (base === current && (slot.isScalar || current === undefined)) {
      if (current !== undefined || Object.hasOwn(snapshot, name)) continue;
      return true;
    }
    if (!Object.hasOwn(snapshot, name) || !isSame(slot.column.type, base, current)) return true;
  }
  return false;
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
