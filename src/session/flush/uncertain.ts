import { type ConditionNode, junction } from "../../expr/nodes.js";
import type { WireItem } from "../../schema/wire.js";
import type { Tracked } from "../tracked.js";
import type { Attempt, Change } from "./change.js";
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
  /** The transaction in which they travelled; `undefined`: a request without a token. */
  readonly attempt: Attempt | undefined;
}

/** A write that doesn't seem to have landed, and may yet. */
export interface Doubt {
  /** Sent again as it was, a transaction counts once. */
  readonly attempt: Attempt | undefined;
  /** What anything else must ask for: that the table still holds what the write was based on. */
  readonly guard: ConditionNode | undefined;
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
 * What is to be kept in mind of a write that hasn't landed as far as the table shows: its first attempt
 * may be under way yet. Writes with conditions refuse it or are refused by themselves; one that counts
 * would count twice.
 */
export function doubtOf(change: Change, { attempt }: Unresolved): Doubt | undefined {
  if (change.kind !== "update" || change.isIdempotent)
    return attempt && { attempt, guard: undefined };
  const touched = new Set([...change.computed, ...Object.keys(change.after)]);
  const guard = junction("and", holdsColumns(change.info, change.base, touched));
  return { attempt, guard };
}
