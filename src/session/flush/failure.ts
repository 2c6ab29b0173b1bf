import { isGap, ownValue } from "../../model/gaps.js";
import { hydrate } from "../../model/hydrate.js";
import type { InstanceState } from "../../model/instance-state.js";
import { setOwn } from "../../schema/wire.js";
import { TransactionCancelled } from "../aws/request-errors.js";
import {
  type AttributeConflict,
  ConstraintViolation,
  FlushError,
  type FlushFailure,
} from "../errors.js";
import type { Change, Outcome } from "./change.js";

/** What a caller is told of a change that wasn't written, or of which nobody knows. */
export function showFailure(outcome: Exclude<Outcome, { status: "applied" }>): FlushFailure {
  const { change, cause } = outcome;
  const isUnmet = outcome.status === "failed" && outcome.isUnmet === true;
  const wire = outcome.status === "failed" ? outcome.current : undefined;
  const current = wire && hydrate(change.info, wire, undefined, change.key);
  const base = baseOf(change);
  return Object.freeze({
    entity: change.tracked?.entity,
    model: change.info.name,
    key: change.key.values,
    patches: change.patches,
    cause,
    isUnmet,
    isCancelled: !isUnmet && cause instanceof TransactionCancelled,
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
  { tracked, info, made }: Change,
  base: Record<string, unknown> | undefined,
  current: InstanceState | undefined,
): Record<string, AttributeConflict> {
  const diff: Record<string, AttributeConflict> = {};
  if (tracked === undefined) return diff;
  for (const { column } of info.slots) {
    const { name, type } = column;
    if (column.role !== "none") continue;
    const isKnown = base === undefined || Object.hasOwn(base, name);
    const own = isGap(tracked.state, name) ? undefined : ownValue(tracked.state, name);
    const mine = made.has(name) ? made.get(name) : own;
    const theirs = current && !isGap(current, name) ? ownValue(current, name) : undefined;
    const was = base?.[name];
    const isMine = !isGap(tracked.state, name) && !same(was, mine);
    const isTheirs = isKnown && !same(was, theirs);
    if (!isMine && !isTheirs) continue;
    setOwn(diff, name, { base: was, mine: isMine ? copy(mine) : was, theirs });

    function same(a: unknown, b: unknown): boolean {
      if (a === b) return true;
      if (a === undefined || a === null || b === undefined || b === null) return false;
      try {
        return type.equals(a, b);
      } catch {
        return false;
      }
    }

    function copy(value: unknown): unknown {
      return value === undefined || value === null ? value : type.copy(value);
    }
  }
  return diff;
}
