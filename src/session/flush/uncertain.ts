import { type ConditionNode, junction } from "../../expr/nodes.js";
import type { WireItem } from "../../schema/wire.js";
import type { Tracked } from "../tracked.js";
import type { Change, UpdateChange } from "./change.js";
import { holdsColumns } from "./conditions.js";
import { storedBefore, unknown } from "./evaluate.js";
import { lookOf } from "./landed.js";
import type { Planned } from "./planned.js";

/**
 * Writes whose answer was lost, to be resolved together: the actions of one transaction have landed
 * all or none.
 */
export interface Unresolved {
  readonly planned: readonly Planned[];
  /** The objects' states before, to go back to if nothing has landed. */
  readonly before: ReadonlyMap<Tracked, Tracked["status"]>;
}

/**
 * Whether writes with a lost answer have landed, from what the table holds now. One item with exactly
 * what was written says so for all; otherwise every item must look as meant. Where nothing has landed
 * the writes are sent again on their conditions, so that a wrong "no" ends in a conflict and not in a
 * lost or doubled write.
 */
export function haveLanded(
  { planned }: Unresolved,
  itemOf: (change: Change) => WireItem | undefined,
): boolean {
  const looks = planned
    .filter(({ change }) => change.kind !== "check")
    .map(({ change }) => ({ change, look: lookOf(change, itemOf(change)) }));
  if (looks.some(({ change, look }) => look === "landed" && isProof(change))) return true;
  return looks.every(({ look }) => look !== "notLanded");
}

/** Whether the item looked otherwise before, for all we knew: an absent one is what a deletion by anybody leaves. */
function isProof(change: Change): boolean {
  if (change.kind === "put") return change.condition !== undefined;
  if (change.kind !== "update") return false;
  return change.actions.some(({ path }) => storedBefore(path, change) !== unknown);
}

/**
 * What an update that counts must ask for when it is sent again: that the table still holds what it
 * was based on. The first attempt may be under way yet, or have landed before somebody else's write.
 */
export function unlessCounted(change: UpdateChange): ConditionNode | undefined {
  const touched = new Set([...change.computed, ...Object.keys(change.after)]);
  return junction("and", holdsColumns(change.info, change.base, touched));
}
