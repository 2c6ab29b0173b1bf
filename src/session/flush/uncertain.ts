import { type ConditionNode, junction } from "../../expr/nodes.js";
import type { WireItem } from "../../schema/wire.js";
import type { IdentityMap } from "../identity-map.js";
import type { Tracked } from "../tracked.js";
import type { Attempt, Change } from "./change.js";
import { holdsColumns } from "./conditions.js";
import { storedBefore, unknown } from "./evaluate.js";
import { type Look, lookOf } from "./landed.js";
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
  /** What kept the answer away. */
  readonly cause: Error;
}

/**
 * The writes of which nobody knows what became, each group once. Each flush asks several times: `forEach`
 * makes no object for every member, as the iterator of a set does.
 */
export function unresolvedIn({ noted }: Pick<IdentityMap, "noted">): Unresolved[] {
  const groups = new Set<Unresolved>();
  noted.forEach(({ unresolved }) => {
    if (unresolved !== undefined) groups.add(unresolved);
  });
  return [...groups];
}

/** A write that doesn't seem to have landed, and may yet. */
export interface Doubt {
  /** What it was: an item that is gone may be the doing of a deletion, and of nothing else. */
  readonly kind: Change["kind"];
  /** Sent again as it was, a transaction counts once. */
  readonly attempt: Attempt | undefined;
  /** What anything else must ask for: that the table still holds what the write was based on. */
  readonly guard: ConditionNode | undefined;
}

/** Whether an update counts each time that it is carried out. */
export function counts(change: Change): boolean {
  return change.kind === "update" && !change.isIdempotent;
}

/**
 * Whether writes with a lost answer have landed, from what the table holds now. One item with exactly
 * what was written says so for all; otherwise every item must look as meant. Where nothing has landed
 * the writes are sent again on their conditions, so that a wrong "no" ends in a conflict and not in a
 * lost or doubled write. `untold`: that can't be done for one that counts.
 */
export function fateOf(
  { planned }: Unresolved,
  itemOf: (change: Change) => WireItem | undefined,
): Look {
  const changes = planned.map(({ change }) => change).filter(({ kind }) => kind !== "check");
  const looks = changes.map((change) => ({ change, look: lookOf(change, itemOf(change)) }));
  const untold = looks.some(({ change, look }) => look === "untold" && counts(change));
  if (untold) return "untold";
  if (looks.some(({ change, look }) => look === "landed" && isProof(change))) return "landed";
  const isAsMeant = looks.every(({ look }) => look !== "notLanded");
  return isAsMeant && looks.some(({ look }) => look === "landed") ? "landed" : "notLanded";
}

/** Whether the item looked otherwise before, for all we knew: an absent one is what a deletion by anybody leaves. */
function isProof(change: Change): boolean {
  if (change.kind === "put") return change.condition !== undefined;
  if (change.kind !== "update") return false;
  return change.actions.some(({ path }) => storedBefore(path, change) !== unknown);
}

/**
 * What is to be kept in mind of a write that hasn't landed as far as the table shows: its first attempt
 * may be under way yet. Its condition refuses it or is refused by it, except that a list which has
 * moved may meet it twice: then all of the list is asked for.
 */
export function doubtOf(change: Change, { attempt }: Unresolved): Doubt {
  return { kind: change.kind, attempt, guard: wholeLists(change) };
}

/** An object that is let go says for itself that what it holds may be written already, and would count twice. */
export function keepDoubt({ state, unresolved }: Tracked): void {
  const changes = unresolved?.planned.map(({ change }) => change) ?? [];
  state.isInDoubt = changes.some(
    (change) =>
      change.tracked?.state === state &&
      state.hasSnapshot &&
      (counts(change) || wholeLists(change) !== undefined),
  );
}

/** That the columns still are what they were, for an update that means places in lists. */
export function wholeLists(change: Change): ConditionNode | undefined {
  if (change.kind !== "update" || !change.isPositional) return undefined;
  const touched = new Set([...change.computed, ...Object.keys(change.after)]);
  return junction(
    "and",
    holdsColumns(change.info, change.base, touched, change.tracked?.state.wires),
  );
}
