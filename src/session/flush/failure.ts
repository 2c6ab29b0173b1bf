import { isGap, ownValue } from "../../model/gaps.js";
import { hydrate } from "../../model/hydrate.js";
import type { InstanceState } from "../../model/instance-state.js";
import type { AttributeType } from "../../schema/attribute-type.js";
import { setOwn } from "../../schema/wire.js";
import { TransactionCancelled } from "../aws/request-errors.js";
import {
  type AttributeConflict,
  ConstraintViolation,
  FlushError,
  type FlushFailure,
} from "../errors.js";
import { type Change, type Outcome, patchesOf } from "./change.js";

/** What a caller is told of a change that wasn't written, or of which nobody knows. */
export function showFailure(outcome: Exclude<Outcome, { status: "applied" }>): FlushFailure {
  const { change, cause } = outcome;
  const isUnmet = outcome.status === "failed" && outcome.isUnmet === true;
  const isHeldBack = outcome.status === "failed" && outcome.isHeldBack === true;
  const wire = outcome.status === "failed" ? outcome.current : undefined;
  const reason = outcome.status === "failed" ? outcome.reason : undefined;
  const current = wire && hydrate(change.info, wire, undefined, change.key);
  const base = baseOf(change);
  return Object.freeze({
    entity: change.tracked?.entity,
    model: change.info.name,
    key: change.key.values,
    patches: patchesOf(change),
    cause,
    isUnmet,
    isCancelled:
      isHeldBack || (!isUnmet && reason === undefined && cause instanceof TransactionCancelled),
    ...(reason !== undefined && { reason }),
    isUncertain: outcome.status === "unknown",
    base,
    current: current?.instance,
    diff: isUnmet ? threeSided(change, base, current) : {},
  });
}

export function flushError(
  failures: readonly FlushFailure[],
  written: readonly object[],
): FlushError {
  // What was cancelled along with an unmet condition has no failure of its own.
  const isConflict =
    failures.some(({ isUnmet }) => isUnmet) &&
    failures.every(({ isUnmet, isCancelled }) => isUnmet || isCancelled);
  return isConflict
    ? new ConstraintViolation(failures, written)
    : new FlushError(failures, written);
}

/** What the write was based on: a copy of what the table was last known to hold. */
function baseOf({ tracked, info }: Change): Record<string, unknown> | undefined {
  const snapshot = tracked?.state.snapshot;
  if (snapshot === undefined) return undefined;
  const base: Record<string, unknown> = {};
  for (const { column } of info.slots) {
    if (!Object.hasOwn(snapshot, column.name)) continue;
    const value = snapshot[column.name];
    setOwn(base, column.name, value === undefined ? undefined : column.type.copy(value));
  }
  return base;
}

/** The attributes that either side has changed: what was loaded, what we meant to write, what is there. */
function threeSided(
  change: Change,
  base: Record<string, unknown> | undefined,
  current: InstanceState | undefined,
): Record<string, AttributeConflict> {
  const diff: Record<string, AttributeConflict> = {};
  const { tracked, info } = change;
  if (tracked === undefined) return diff;
  for (const { column } of info.slots) {
    const { name, type, role } = column;
    if (role !== "none") continue;
    const was = base?.[name];
    const mine = meant(change, tracked.state, name, was);
    const theirs = current && !isGap(current, name) ? ownValue(current, name) : undefined;
    // A deletion means every attribute: those that others have changed are what it is about.
    const isMine = change.kind !== "delete" && !same(type, was, mine);
    const isKnown = base === undefined || Object.hasOwn(base, name);
    const isTheirs = isKnown && !same(type, was, theirs);
    if (isMine || isTheirs) setOwn(diff, name, { base: was, mine: copy(type, mine), theirs });
  }
  return diff;
}

/** What a change was to leave of a column; the object may have been edited since it was sent. */
function meant(change: Change, state: InstanceState, name: string, was: unknown): unknown {
  if (change.kind === "delete" || change.kind === "check") return undefined;
  if (Object.hasOwn(change.after, name)) return change.after[name];
  const isDefault = change.kind === "update" && change.isUpsert && !isGap(state, name);
  return isDefault ? ownValue(state, name) : was;
}

function same(type: AttributeType, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || a === null || b === undefined || b === null) return false;
  try {
    return type.equals(a, b);
  } catch {
    return false;
  }
}

function copy(type: AttributeType, value: unknown): unknown {
  return value === undefined || value === null ? value : type.copy(value);
}
