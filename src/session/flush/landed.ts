import type { ActionNode, PathNode } from "../../expr/nodes.js";
import { wireEquals } from "../../schema/canonical.js";
import { keyFromWire } from "../../schema/key.js";
import { type AttributeValue, getOwn, type WireItem } from "../../schema/wire.js";
import type { Change } from "./change.js";

/**
 * Whether an item is exactly what a write would have left: after a lost answer the write's own first
 * attempt has landed then, and what the resend ran into is its own success. `undefined` as an item: there is none.
 *
 * An update that counts (`plus`, `append`) can't be told from its item alone, and is never resent; so
 * it says `false` here.
 */
export function hasLanded(change: Change, item: WireItem | undefined): boolean {
  switch (change.kind) {
    case "check":
      return false;
    case "delete":
      return item === undefined;
    case "put":
      return item !== undefined && wireEquals({ M: change.item }, { M: item });
    case "update":
      return (
        item !== undefined &&
        change.actions.length > 0 &&
        change.isIdempotent &&
        keyFromWire(change.info.table, item).id === change.key.id &&
        change.actions.every((action) => isDone(action, item))
      );
  }
}

function isDone(action: ActionNode, item: WireItem): boolean {
  const stored = at(item, action.path);
  switch (action.kind) {
    case "remove":
      // A list closes the gap, so that something else may stand there now: not to be told.
      return typeof action.path.steps.at(-1) !== "number" && stored === undefined;
    case "set": {
      const { value } = action;
      if (value.kind === "value") return stored !== undefined && wireEquals(stored, value.wire);
      return value.kind === "ifMissing" && stored !== undefined;
    }
    case "add":
      return members(action.value.wire).every((member) => members(stored).some(is(member)));
    case "delete":
      return !members(action.value.wire).some((member) => members(stored).some(is(member)));
  }
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

function at(item: WireItem, path: PathNode): AttributeValue | undefined {
  let here: AttributeValue | undefined = { M: item };
  for (const step of path.steps) here = here && child(here, step);
  return here;
}

function child(parent: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === "number") return "L" in parent ? parent.L[step] : undefined;
  return "M" in parent ? getOwn(parent.M, step) : undefined;
}
