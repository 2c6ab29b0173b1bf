import { type ConditionNode, junction, pathNode, valueNode } from "../../expr/nodes.js";
import type { InstanceState } from "../../model/instance-state.js";
import type { ModelInfo } from "../../model/metadata.js";
import type { Snapshot } from "../../model/snapshot.js";
import { encodeColumn } from "../../schema/item-codec.js";
import type { ColumnSpec } from "../../schema/table.js";
import { type AttributeValue, getOwn, type WireItem } from "../../schema/wire.js";
import type { Guard, Tracked } from "../tracked.js";

function columnNode(info: ModelInfo, column: ColumnSpec) {
  return pathNode(info.name, column.name, [column.attribute]);
}

export function exists(info: ModelInfo): ConditionNode {
  return { kind: "exists", path: columnNode(info, info.table.hashKey) };
}

export function isAbsent(info: ModelInfo): ConditionNode {
  return { kind: "missing", path: columnNode(info, info.table.hashKey) };
}

/** `column = value`, or that there is none. */
export function holds(
  info: ModelInfo,
  column: ColumnSpec,
  wire: AttributeValue | undefined,
): ConditionNode {
  const path = columnNode(info, column);
  if (wire === undefined) return { kind: "missing", path };
  return { kind: "comparison", operator: "=", left: path, right: valueNode(wire) };
}

/** A known value as the table has it; a required attribute may be known to be absent. */
function stored(
  info: ModelInfo,
  column: ColumnSpec,
  value: unknown,
  wires: WireItem = {},
): AttributeValue | undefined {
  if (value === undefined) return undefined;
  return getOwn(wires, column.name) ?? encodeColumn(info.table, column, value);
}

/**
 * That every loaded attribute still is what it was: bloop's `atomic`. What was never loaded isn't
 * known and stays out; the key is what names the item.
 */
export function holdsLoaded(state: InstanceState): ConditionNode | undefined {
  const { info, snapshot, wires } = state;
  const terms: ConditionNode[] = [];
  for (const { column } of info.slots) {
    if (column.role !== "none") continue;
    if (snapshot !== undefined && Object.hasOwn(snapshot, column.name)) {
      terms.push(holds(info, column, stored(info, column, snapshot[column.name], wires)));
    } else if (wires !== undefined && Object.hasOwn(wires, column.name)) {
      terms.push(holds(info, column, wires[column.name]));
    }
  }
  return junction("and", terms);
}

/** That these columns, as far as they are known, still are what they were. */
export function holdsColumns(
  info: ModelInfo,
  known: Snapshot,
  names: ReadonlySet<string>,
  wires: WireItem | undefined,
): ConditionNode[] {
  return info.slots.flatMap(({ column }) =>
    column.role === "none" && names.has(column.name) && Object.hasOwn(known, column.name)
      ? [holds(info, column, stored(info, column, known[column.name], wires))]
      : [],
  );
}

/** That nobody wrote since: `version = :loaded`. `undefined` where there is no version, or none was loaded. */
export function holdsVersion(state: InstanceState): ConditionNode | undefined {
  const { info, snapshot } = state;
  const { version } = info.table;
  if (version === undefined || snapshot === undefined) return undefined;
  if (!Object.hasOwn(snapshot, version.name)) return undefined;
  return holds(info, version, stored(info, version, snapshot[version.name]));
}

/** How a write of this object is guarded: the object's own wish, its model's, the session's. */
export function guardOf(tracked: Tracked, ofSession: Guard): Guard {
  return tracked.guard ?? tracked.state.info.table.atomic ?? ofSession;
}

/**
 * What a delete is conditioned on. It touches every attribute, so that it depends on all that were
 * loaded; of a ref, or without a guard, on nothing.
 */
export function deleteCondition(tracked: Tracked, guard: Guard): ConditionNode | undefined {
  const { state, condition } = tracked;
  if (guard === false) return condition;
  const version = holdsVersion(state);
  if (version !== undefined) return junction("and", [version, condition]);
  const loaded = holdsLoaded(state);
  return junction("and", [loaded && exists(state.info), loaded, condition]);
}
