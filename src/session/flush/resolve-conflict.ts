import type { Patch } from "immer";
import { diffColumn } from "../../model/diff.js";
import { diffInstance } from "../../model/diff-instance.js";
import { InvalidState } from "../../model/errors.js";
import { showValue } from "../../model/gaps.js";
import { hydrate, rehydrate } from "../../model/hydrate.js";
import type { InstanceState } from "../../model/instance-state.js";
import { overlaps } from "../../model/patch-to-update.js";
import { applyToSnapshot } from "../../model/snapshot.js";
import { describeValue } from "../../schema/errors.js";
import type { WireItem } from "../../schema/wire.js";
import type { FlushFailure } from "../errors.js";
import { continueMove } from "../move.js";
import type { Resolution } from "../session-options.js";
import type { Change } from "./change.js";

/** How conflicts are resolved: the same way for all, or asked for each; `undefined` lets it be thrown. */
export type ConflictPolicy =
  | Resolution
  | ((failure: FlushFailure) => Resolution | undefined | Promise<Resolution | undefined>);

/** An unmet condition, whose it is, and what the table holds. */
export interface Conflict {
  readonly failure: FlushFailure;
  readonly change: Change;
  /** `undefined`: the item is gone. */
  readonly item: WireItem | undefined;
}

const resolutions: ReadonlySet<unknown> = new Set<Resolution>(["rebase", "mine", "theirs"]);

/** @throws {InvalidState} INVALID_STATE for what is none: a misspelt word must not overwrite anything. */
export function assertPolicy(policy: unknown): void {
  if (policy === undefined || typeof policy === "function" || resolutions.has(policy)) return;
  throw unknownChoice(`onConflict takes "rebase", "mine", "theirs" or a function`, policy);
}

/** What is to become of one conflict; `undefined`: it is thrown. */
export async function choose(
  { failure }: Conflict,
  policy: ConflictPolicy,
): Promise<Resolution | undefined> {
  if (typeof policy !== "function") return policy;
  const choice = await policy(failure);
  if (choice === undefined || resolutions.has(choice)) return choice;
  throw unknownChoice(
    `the function given as onConflict returns "rebase", "mine", "theirs" or undefined`,
    choice,
  );
}

function unknownChoice(expected: string, got: unknown): InvalidState {
  return new InvalidState(`Can't commit: ${expected}, not ${describeValue(got)}.`, {
    operation: "commit",
    state: "open",
  });
}

/**
 * Works out how to bring an object onto what the table holds, without doing it yet: a flush's
 * conflicts are resolved all or none. `undefined` where there is no way.
 */
export function conflictResolution(
  { change, item }: Conflict,
  choice: Resolution,
): (() => void) | undefined {
  const { tracked } = change;
  // An object that is new, or whose item is gone, has nothing to be brought onto.
  if (tracked === undefined || item === undefined) return undefined;
  const { state } = tracked;
  if (!state.hasSnapshot) return undefined;
  // Somebody else's item stands where this one was to go.
  if (change.kind === "put" && change.departure !== undefined) return undefined;
  if (choice === "theirs") {
    return () => {
      rehydrate(state, item, "overwrite");
      tracked.clearIntentions();
      tracked.status = "persistent";
    };
  }
  const isRebase = choice === "rebase";
  if (isRebase && tracked.status === "delete-marked") return undefined;
  // Where the item is what we thought it was, the caller's own condition failed, and will again.
  const theirs = changesSince(state, item);
  if (theirs.length === 0) return undefined;
  const ours = diffInstance(state);
  if (
    isRebase &&
    overlaps(
      ours,
      theirs.filter(({ path }) => !isStamp(state, path[0])),
    )
  )
    return undefined;
  return () => {
    if (isRebase) rebase(state, item, ours);
    else rehydrate(state, item, { except: columnsOf(ours) });
    continueMove(tracked);
  };
}

/** A stamp that every write sets is nobody's change. */
function isStamp({ info }: InstanceState, name: string | number | undefined): boolean {
  const column = info.table.byName.get(String(name));
  return column !== undefined && (column.isVersion || column.onUpdate !== undefined);
}

/** Replays our patches on what the table holds now. */
function rebase(state: InstanceState, item: WireItem, ours: readonly Patch[]): void {
  rehydrate(state, item, "overwrite");
  const replayed = applyToSnapshot(state.snapshot ?? {}, ours);
  for (const name of columnsOf(ours)) {
    const value = replayed[name];
    const column = state.info.table.byName.get(name);
    showValue(state, name, value === undefined ? undefined : column?.type.copy(value));
  }
}

function columnsOf(patches: readonly Patch[]): Set<string> {
  return new Set(patches.map(({ path }) => String(path[0])));
}

/** What others have changed since our snapshot. */
function changesSince(state: InstanceState, item: WireItem): Patch[] {
  const base = state.snapshot ?? {};
  const now = hydrate(state.info, item).snapshot ?? {};
  const patches: Patch[] = [];
  for (const { column } of state.info.slots) {
    const { name } = column;
    if (column.role !== "none" || !Object.hasOwn(base, name)) continue;
    if (Object.hasOwn(now, name)) {
      patches.push(...diffColumn(column.type, name, base[name], now[name]));
    } else {
      patches.push({ op: "replace", path: [name] });
    }
  }
  return patches;
}
