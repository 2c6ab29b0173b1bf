import type { Patch } from "immer";
import { type ConditionNode, junction } from "../../expr/nodes.js";
import { isSame } from "../../model/diff.js";
import { isGap, ownValue } from "../../model/gaps.js";
import type { InstanceState } from "../../model/instance-state.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { describeKey } from "../../schema/key.js";
import type { ColumnSpec } from "../../schema/table.js";
import { getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import type { Guard, Intent, Tracked } from "../tracked.js";
import type { PutChange } from "./change.js";
import { deleteCondition, guardOf, holdsVersion, isAbsent } from "./conditions.js";
import { assertSameKey, factsOf, keyFor, nextVersion } from "./make-facts.js";

/** The write of a whole object: an `add`, a `put`, or what takes a deleted object's key. */
export function makePut(tracked: Tracked, intent: Intent, guard: Guard): PutChange {
  assertSameKey(tracked);
  const { info } = tracked.state;
  const { supersedes } = tracked;
  const own =
    supersedes !== undefined
      ? deleteCondition(supersedes, guardOf(supersedes, guard))
      : intent === "add"
        ? isAbsent(info)
        : heldByPut(tracked, guard);
  return {
    kind: "put",
    ...factsOf(tracked),
    intent,
    ...wholeItem(tracked),
    condition: junction("and", [own, tracked.condition]),
    departure: undefined,
  };
}

/** A put replaces whatever is there; only one of a loaded object with a version has something to hold on to. */
function heldByPut(tracked: Tracked, guard: Guard): ConditionNode | undefined {
  return tracked.status === "pending" || guard === false ? undefined : holdsVersion(tracked.state);
}

/**
 * The item that an object is written as, and what is known of it once it is. Of one that moves, what
 * can't be read goes along as it is stored.
 */
export function wholeItem(
  tracked: Tracked,
): Pick<PutChange, "item" | "after" | "patches" | "made"> {
  const { state } = tracked;
  const { info } = state;
  const isStored = tracked.status !== "pending";
  const made = new Map<string, unknown>();
  const after: Record<string, unknown> = {};
  const item: WireItem = {};
  const keyText = describeKey(keyFor(tracked));
  for (const { column } of info.slots) {
    if (tracked.move !== undefined && isGap(state, column.name)) {
      carryGap(state, column, item, after);
      continue;
    }
    let value: unknown;
    if (column.isVersion) {
      // What takes a deleted object's key counts on: whoever loaded that one must not take this for it.
      value = nextVersion(tracked.supersedes ?? tracked) ?? 1;
      made.set(column.name, value);
    } else if (isStored && column.onUpdate !== undefined && !isAssigned(state, column)) {
      value = column.onUpdate();
      made.set(column.name, value);
    } else {
      // Reading what isn't loaded throws: an item can't be replaced by a part of itself.
      value = isGap(state, column.name)
        ? (state.instance as Record<string, unknown>)[column.name]
        : ownValue(state, column.name);
    }
    const wire = encodeColumn(info.table, column, value, keyText);
    if (wire !== undefined) setOwn(item, column.attribute, wire);
    setOwn(after, column.name, wire === undefined ? undefined : column.type.copy(value));
  }
  return { item, after, patches: wholePatches(after), made };
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

function wholePatches(after: Readonly<Record<string, unknown>>): Patch[] {
  return Object.entries(after)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ op: "add", path: [name], value }));
}
