import { isGap, ownValue, showValue } from "../model/gaps.js";
import type { InstanceState } from "../model/instance-state.js";
import { copyUnsaved } from "../model/restore.js";
import { keyOf } from "../schema/key.js";
import type { SessionParts } from "./session-parts.js";

/** Copies an object's values onto the tracked one with its key, or onto a new one. */
export async function merge(parts: SessionParts, copy: object): Promise<object> {
  const source = parts.intake.stateOf(copy, "merge");
  if (!parts.intake.allows("merge", source)) return copy;
  if (parts.find(copy) !== undefined) return copy;
  const { info } = source;
  const key = source.snapshot === undefined ? undefined : source.key;
  const { values } = key ?? keyOf(info.table, copy, "pick");
  const target = await parts.reader.get(info, values, { consistent: true });
  if (target === undefined) {
    const fresh = copyUnsaved(source).instance;
    parts.tracking.store("add", fresh, {});
    return fresh;
  }
  for (const { column } of info.slots) {
    const { name, type } = column;
    if (column.role !== "none" || column.isVersion || !isGiven(source, name)) continue;
    const value = ownValue(source, name);
    const isValue = value !== undefined && value !== null;
    showValue(target.state, name, isValue ? type.copy(value) : value);
  }
  return target.entity;
}

/** Whether an object says anything of an attribute: a default or an omission doesn't. */
function isGiven(source: InstanceState, name: string): boolean {
  if (isGap(source, name)) return false;
  if (source.omitted?.has(name)) return ownValue(source, name) !== undefined;
  return !(source.defaulted?.has(name) ?? false);
}
