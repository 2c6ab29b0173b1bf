import type { ActionNode } from "../../expr/nodes.js";
import type { Snapshot } from "../../model/snapshot.js";
import { wireEquals } from "../../schema/canonical.js";
import { keyFromWire } from "../../schema/key.js";
import type { ColumnSpec } from "../../schema/table.js";
import { type AttributeValue, getOwn, type WireItem } from "../../schema/wire.js";
import type { Change, UpdateChange } from "./change.js";
import { descend, leaves, storedBefore, unknown } from "./evaluate.js";

/**
 * Whether an item is exactly what a write would have left: after a lost answer the write's own first
 * attempt has landed then, and what the resend ran into is its own success. `undefined` as an item:
 * there is none.
 */
export function hasLanded(change: Change, item: WireItem | undefined): boolean {
  return lookOf(change, item) === "landed";
}

/** `untold`: the item tells nothing of it. */
export type Look = "landed" | "notLanded" | "untold";

/** What an item tells of a write that may have reached it. */
export function lookOf(change: Change, item: WireItem | undefined): Look {
  switch (change.kind) {
    case "check":
      return "untold";
    case "delete":
      return item === undefined ? "landed" : "notLanded";
    case "put": {
      const isSame = item !== undefined && wireEquals({ M: change.item }, { M: item });
      return isSame ? "landed" : "notLanded";
    }
    case "update":
      return change.isIdempotent ? lookOfUpdate(change, item) : lookOfCount(change, item);
  }
}

/**
 * No value tells whether an update that counts has landed: a rival's leaves the same one. It surely
 * hasn't where there is no item, or where the version that it is conditioned on still stands.
 */
function lookOfCount({ info, made, base }: UpdateChange, item: WireItem | undefined): Look {
  if (item === undefined) return "notLanded";
  const { version } = info.table;
  if (version === undefined || !made.has(version.name)) return "untold";
  const stands = isSame(storedOf(version, base), item[version.attribute]);
  return stands ? "notLanded" : "untold";
}

function lookOfUpdate(change: UpdateChange, item: WireItem | undefined): Look {
  if (item === undefined || change.actions.length === 0) return "notLanded";
  if (keyFromWire(change.info.table, item).id !== change.key.id) return "notLanded";
  const looks = change.actions.map((action) => lookOfAction(action, change, item));
  if (looks.includes("notLanded") || !isVersionOurs(change, item)) return "notLanded";
  return looks.includes("landed") ? "landed" : "untold";
}

/** A version is ours if whatever else was loaded still is as it was: a rival's may have the same number. */
function isVersionOurs({ info, made, base, after, computed }: UpdateChange, item: WireItem) {
  const { version } = info.table;
  if (version === undefined || !made.has(version.name)) return true;
  return info.slots.every(({ column }) => {
    const { name, role, attribute } = column;
    const isBare = role === "none" && Object.hasOwn(base, name) && !Object.hasOwn(after, name);
    if (!isBare || computed.has(name)) return true;
    return isSame(storedOf(column, base), getOwn(item, attribute));
  });
}

function storedOf({ name, type }: ColumnSpec, base: Snapshot): AttributeValue | undefined {
  const value = base[name];
  return value === undefined ? undefined : type.encode(value);
}

/** What leaves a path as it was known to be can't be told from nothing: an unmet condition isn't its own doing. */
function lookOfAction(action: ActionNode, change: UpdateChange, item: WireItem): Look {
  const look = lookAt(action, change, item);
  return look === "landed" && changesNothing(action, change) ? "untold" : look;
}

function changesNothing(action: ActionNode, change: UpdateChange): boolean {
  const before = storedBefore(action.path, change);
  if (before === unknown) return false;
  if (action.kind === "delete") return !holdsSome(before, action.value.wire);
  if (action.kind === "add" && !("N" in action.value.wire)) {
    return holdsAll(before, action.value.wire);
  }
  const expected = leaves(action, change);
  return expected !== unknown && isSame(before, expected);
}

function lookAt(action: ActionNode, change: UpdateChange, item: WireItem): Look {
  const stored = at(item, action.path.steps);
  if (action.kind === "remove" && typeof action.path.steps.at(-1) === "number") {
    return said(isListAsMeant(action, change, item));
  }
  if (action.kind === "delete") return said(!holdsSome(stored, action.value.wire));
  if (action.kind === "add" && !("N" in action.value.wire)) {
    return said(holdsAll(stored, action.value.wire));
  }
  const expected = leaves(action, change);
  if (expected !== unknown) return said(isSame(stored, expected));
  // A default that stands aside for whatever is there.
  const isDefault = action.kind === "set" && action.value.kind === "ifMissing";
  return isDefault ? said(stored !== undefined) : "untold";
}

function said(isDone: boolean): Look {
  return isDone ? "landed" : "notLanded";
}

/** A list closes its gaps: only the list as a whole tells what was removed from it. */
function isListAsMeant({ path }: ActionNode, change: UpdateChange, item: WireItem): boolean {
  const column = change.info.table.byName.get(path.column);
  if (column === undefined) return false;
  const list = path.steps.slice(
    0,
    path.steps.findIndex((step) => typeof step === "number"),
  );
  const after = change.after[column.name];
  const meant = after === undefined ? undefined : column.type.encode(after);
  return isSame(at(item, list), descend(meant, list.slice(1)));
}

function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : wireEquals(a, b);
}

function at(item: WireItem, steps: readonly (string | number)[]): AttributeValue | undefined {
  return descend({ M: item }, steps);
}

function holdsAll(stored: AttributeValue | undefined, wire: AttributeValue): boolean {
  return members(wire).every((member) => members(stored).some(is(member)));
}

function holdsSome(stored: AttributeValue | undefined, wire: AttributeValue): boolean {
  return members(wire).some((member) => members(stored).some(is(member)));
}

function is(member: AttributeValue): (other: AttributeValue) => boolean {
  return (other) => wireEquals(member, other);
}

function members(value: AttributeValue | undefined): AttributeValue[] {
  if (value === undefined) return [];
  if ("SS" in value) return value.SS.map((S) => ({ S }));
  if ("NS" in value) return value.NS.map((N) => ({ N }));
  if ("BS" in value) return value.BS.map((B) => ({ B }));
  return [];
}
