import { emptySetOf } from "../schema/absence.js";
import { setOwn } from "../schema/wire.js";
import { showGap, showValue } from "./gaps.js";
import { attachState, type InstanceState } from "./instance-state.js";

/** Puts an instance back, in place, to what its snapshot holds. */
export function restoreSnapshot(state: InstanceState): void {
  const { snapshot, wires, key } = state;
  if (snapshot === undefined) return;
  for (const { column } of state.info.slots) {
    const { name, role, type } = column;
    if (role !== "none" && key !== undefined) {
      showValue(state, name, type.copy(key.values[name]));
    } else if (Object.hasOwn(snapshot, name)) {
      const value = snapshot[name];
      const empty = column.isOptional ? undefined : emptySetOf(type);
      if (value !== undefined) showValue(state, name, type.copy(value));
      else if (column.isOptional || empty !== undefined) showValue(state, name, empty);
      else showGap(state, name, { kind: "missing" });
    } else if (wires !== undefined && Object.hasOwn(wires, name)) {
      const reason = "the stored value doesn't fit its column";
      showGap(state, name, { kind: "invalid", reason, cause: undefined });
    } else {
      showGap(state, name, { kind: "notLoaded" });
    }
  }
}

/** Drops everything that is known of an instance but its key. */
export function expireInstance(state: InstanceState): void {
  const known: Record<string, unknown> = {};
  for (const { column } of state.info.slots) {
    const { name, role, type } = column;
    if (role === "none") {
      showGap(state, name, { kind: "expired" });
    } else {
      const value = state.key?.values[name];
      showValue(state, name, type.copy(value));
      setOwn(known, name, type.copy(value));
    }
  }
  state.snapshot = known;
  state.wires = undefined;
}

/** A new instance with copies of the values of another that was never stored. */
export function copyUnsaved(source: InstanceState): InstanceState {
  const { info } = source;
  const copy = attachState(info, Object.create(info.prototype) as object);
  copy.defaulted = source.defaulted;
  copy.omitted = source.omitted;
  for (const { column } of info.slots) {
    const value = (source.instance as Record<string, unknown>)[column.name];
    const isValue = value !== undefined && value !== null;
    showValue(copy, column.name, isValue ? column.type.copy(value) : value);
  }
  return copy;
}
