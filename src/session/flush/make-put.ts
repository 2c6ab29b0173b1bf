import { type ConditionNode, junction } from "../../expr/nodes.js";
import { isSame } from "../../model/diff.js";
import { isGap, ownValue } from "../../model/gaps.js";
import type { InstanceState } from "../../model/instance-state.js";
import type { ColumnSlot } from "../../model/metadata.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { attributeJsonAtMost } from "../../schema/size.js";
import type { ColumnSpec } from "../../schema/table.js";
import { getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import type { Guard, Intent, Tracked } from "../tracked.js";
import type { PutChange } from "./change.js";
import { deleteCondition, guardOf, holdsVersion, isAbsent } from "./conditions.js";
import { assertSameKey, keyFor, nextVersion } from "./make-facts.js";

/** The write of a whole object: an `add`, a `put`, or what takes a deleted object's key. */
export function makePut(tracked: Tracked, intent: Intent, guard: Guard): PutChange {
  assertSameKey(tracked);
  const { state, tableName, condition } = tracked;
  const own = conditionOf(tracked, intent, guard);
  const { item, bytesAtMost, after, made } = wholeItem(tracked);
  // Property by property: put together by spreads, it takes twice as long.
  return {
    kind: "put",
    info: state.info,
    tableName,
    key: keyFor(tracked),
    tracked,
    intent,
    item,
    bytesAtMost,
    after,
    patches: undefined,
    made,
    condition: own === undefined ? condition : junction("and", [own, condition]),
    departure: undefined,
  };
}

function conditionOf(tracked: Tracked, intent: Intent, guard: Guard): ConditionNode | undefined {
  const { supersedes, state } = tracked;
  if (supersedes !== undefined) return deleteCondition(supersedes, guardOf(supersedes, guard));
  return intent === "add" ? isAbsent(state.info) : heldByPut(tracked, guard);
}

/** A put replaces whatever is there; only one of a loaded object with a version has something to hold on to. */
function heldByPut(tracked: Tracked, guard: Guard): ConditionNode | undefined {
  return tracked.status === "pending" || guard === false ? undefined : holdsVersion(tracked.state);
}

const nothingMade: ReadonlyMap<string, unknown> = new Map();

/**
 * The item that an object is written as, and what is known of it once it is. Of one that moves, what
 * can't be read goes along as it is stored.
 */
export function wholeItem(
  tracked: Tracked,
): Pick<PutChange, "item" | "bytesAtMost" | "after" | "patches" | "made"> {
  const { state } = tracked;
  const { info } = state;
  const isStored = tracked.status !== "pending";
  let made: Map<string, unknown> | undefined;
  const after = new info.BlankSnapshot();
  const item = new info.BlankItem();
  const key = keyFor(tracked);
  let bytesAtMost = 0;
  for (const slot of info.slots) {
    const { column } = slot;
    if (tracked.move !== undefined && isGap(state, column.name)) {
      carryGap(state, column, item, after);
      continue;
    }
    let value: unknown;
    if (column.isVersion) {
      // What takes a deleted object's key counts on: whoever loaded that one must not take this for it.
      value = nextVersion(tracked.supersedes ?? tracked) ?? 1;
      made ??= new Map();
      made.set(column.name, value);
    } else if (isStored && column.onUpdate !== undefined && !isAssigned(state, column)) {
      value = column.onUpdate();
      made ??= new Map();
      made.set(column.name, value);
    } else {
      value = valueToWrite(state, slot);
    }
    const wire = encodeColumn(info.table, column, value, key);
    if (wire !== undefined) {
      setOwn(item, column.attribute, wire);
      bytesAtMost += attributeJsonAtMost(column.attribute, wire);
    }
    setOwn(after, column.name, wire === undefined ? undefined : column.type.copy(value));
  }
  return { item, bytesAtMost, after, patches: undefined, made: made ?? nothingMade };
}

/** What isn't loaded throws: an item can't be replaced by a part of itself. */
function valueToWrite(state: InstanceState, { name, isHazardous }: ColumnSlot): unknown {
  const isGuarded = isHazardous && !isGap(state, name);
  return isGuarded ? ownValue(state, name) : (state.instance as Record<string, unknown>)[name];
}

function carryGap(
  { gaps, wires = {} }: InstanceState,
  { name, attribute }: ColumnSpec,
  item: WireItem,
  after: Record<string, unknown>,
): void {
  const misfit = getOwn(wires, name);
  if (misfit !== undefined) setOwn(item, attribute, misfit);
  else if (gaps?.get(name)?.kind === "missing") setOwn(after, name, undefined);
}

/** Whether somebody gave the column a value of its own, which a stamp leaves alone. */
function isAssigned(state: InstanceState, { name, type }: ColumnSpec): boolean {
  if (isGap(state, name)) return false;
  return !isSame(type, state.snapshot?.[name], ownValue(state, name));
}
