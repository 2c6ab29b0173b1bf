import type { Patch } from "immer";
import { type ActionNode, pathNode, valueNode } from "../../expr/nodes.js";
import { ownValue } from "../../model/gaps.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { setOwn } from "../../schema/wire.js";
import type { Tracked } from "../tracked.js";
import type { UpdateChange } from "./change.js";
import { assertSameKey, factsOf, keyFor } from "./make-facts.js";

/** An update that creates the item where there is none: values are set, defaults only where the attribute is missing. */
export function makeUpsert(tracked: Tracked): UpdateChange {
  assertSameKey(tracked);
  const { state } = tracked;
  const { info } = state;
  const made = new Map<string, unknown>();
  const after: Record<string, unknown> = {};
  const actions: ActionNode[] = [];
  const patches: Patch[] = [];
  const key = keyFor(tracked);
  for (const { column } of info.slots) {
    const { name } = column;
    if (column.role !== "none") continue;
    const path = pathNode(info.name, name, [column.attribute]);
    if (column.isVersion) {
      actions.push({ kind: "add", path, value: valueNode({ N: "1" }) });
      continue;
    }
    const isDefault = state.defaulted?.has(name) ?? false;
    const isStamp =
      column.onUpdate !== undefined && (isDefault || ownValue(state, name) === undefined);
    const value = isStamp ? column.onUpdate?.() : ownValue(state, name);
    const wire = encodeColumn(info.table, column, value, key);
    if (wire === undefined) continue;
    const given = valueNode(wire);
    if (isStamp) made.set(name, value);
    else patches.push({ op: "add", path: [name], value: column.type.copy(value) });
    if (isDefault && !isStamp) {
      // What stands there by then only the table knows.
      actions.push({ kind: "set", path, value: { kind: "ifMissing", path, value: given } });
    } else {
      actions.push({ kind: "set", path, value: given });
      setOwn(after, name, column.type.copy(value));
    }
  }
  return {
    kind: "update",
    ...factsOf(tracked),
    actions,
    base: {},
    after,
    computed: new Set(info.table.columns.map((column) => column.name)),
    condition: tracked.condition,
    patches,
    made,
    isIdempotent: info.table.version === undefined,
    isPositional: false,
    isUpsert: true,
  };
}
