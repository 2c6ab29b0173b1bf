import { InvalidState } from "../model/errors.js";
import type { ObjectState } from "./tracked.js";

/** What a program calls with an object, or does with it. */
export type ObjectOperation =
  | "add"
  | "put"
  | "upsert"
  | "delete"
  | "update"
  | "move"
  | "edit"
  | "get"
  | "flush"
  | "rollback"
  | "refresh"
  | "expire"
  | "expunge"
  | "merge"
  | "close";

/** The ends of a flush of an object with changes, other than that they are written. */
type FlushEnd = "unmet" | "unknown";

/**
 * `acts`: the operation does its work, and the object stays in its state; a state: it is in that one
 * afterwards; `rests`: there is nothing to do; a text: why it is refused.
 */
export type Rule = "acts" | "rests" | ObjectState | { readonly refused: string };

const refused = (why: string): Rule => ({ refused: why });

const wasDeleted = refused("it was deleted: make a new object with its values");
const notStored = refused("it was never stored: flush it first, or forget it with expunge()");
const notTracked = refused("this session doesn't track it: get it, or give it to add() first");
const wasExpired = refused("what it holds was dropped: refresh it first");
const isUncertain = refused("the outcome of its last write isn't known: refresh it first");
const isStored = refused("it is stored: change it and flush");
const isGoing = refused("it is marked for deletion: take that back with add() or rollback()");

/**
 * What each operation does with an object in each state: the one place that says so. Where a state is
 * more than one thing, such as a ref that knows its key alone, the work itself tells the rest.
 */
export const rules: Record<ObjectOperation | FlushEnd, Record<ObjectState, Rule>> = {
  add: {
    transient: "pending",
    pending: "rests",
    persistent: "rests",
    "delete-marked": "persistent",
    deleted: wasDeleted,
    detached: "persistent",
    expired: "rests",
    uncertain: "rests",
  },
  put: {
    transient: "pending",
    pending: "acts",
    persistent: "acts",
    "delete-marked": "persistent",
    deleted: wasDeleted,
    detached: "persistent",
    expired: wasExpired,
    uncertain: isUncertain,
  },
  upsert: {
    transient: "pending",
    pending: "acts",
    persistent: isStored,
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: refused("it was loaded before: give it to add() and change it"),
    expired: isStored,
    uncertain: isUncertain,
  },
  delete: {
    transient: refused("it was never stored: there is nothing to delete. Use Model.ref(key)"),
    pending: "transient",
    persistent: "delete-marked",
    "delete-marked": "acts",
    deleted: "rests",
    detached: "delete-marked",
    expired: "delete-marked",
    uncertain: "delete-marked",
  },
  update: {
    transient: refused("no session knows it: give it to add() first, or assign its attributes"),
    pending: "acts",
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: "persistent",
    expired: "acts",
    uncertain: "acts",
  },
  move: {
    transient: refused("it was never stored: give its values to a new object"),
    pending: notStored,
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: notTracked,
    expired: wasExpired,
    uncertain: isUncertain,
  },
  /** What a flush writes of it; elsewhere an edit is the object's own affair. */
  edit: {
    transient: "rests",
    pending: "acts",
    persistent: "acts",
    "delete-marked": "rests",
    deleted: "rests",
    detached: "rests",
    expired: "acts",
    uncertain: "acts",
  },
  /** Of its key. `rests`: the session knows the answer; what is in doubt is found out about. */
  get: {
    transient: "acts",
    pending: "rests",
    persistent: "rests",
    "delete-marked": "rests",
    deleted: "acts",
    detached: "acts",
    expired: "persistent",
    uncertain: "acts",
  },
  /** Of an object with changes, written; of one in doubt, once that is found out about. */
  flush: {
    transient: "rests",
    pending: "persistent",
    persistent: "persistent",
    "delete-marked": "deleted",
    deleted: "rests",
    detached: "rests",
    expired: "persistent",
    uncertain: "acts",
  },
  /** The same, where a condition isn't met. */
  unmet: {
    transient: "rests",
    pending: "acts",
    persistent: "acts",
    "delete-marked": "acts",
    deleted: "rests",
    detached: "rests",
    expired: "acts",
    uncertain: "acts",
  },
  /** The same, where the answer is lost. */
  unknown: {
    transient: "rests",
    pending: "uncertain",
    persistent: "uncertain",
    "delete-marked": "uncertain",
    deleted: "rests",
    detached: "rests",
    expired: "uncertain",
    uncertain: "uncertain",
  },
  /** What was expired before it was marked for deletion is so again. */
  rollback: {
    transient: "rests",
    pending: "transient",
    persistent: "persistent",
    "delete-marked": "persistent",
    deleted: "rests",
    detached: "rests",
    expired: "expired",
    uncertain: "expired",
  },
  refresh: {
    transient: notTracked,
    pending: notStored,
    persistent: "persistent",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: notTracked,
    expired: "persistent",
    uncertain: "persistent",
  },
  expire: {
    transient: notTracked,
    pending: notStored,
    persistent: "expired",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: notTracked,
    expired: "rests",
    uncertain: "rests",
  },
  expunge: {
    transient: notTracked,
    pending: "transient",
    persistent: "detached",
    "delete-marked": "detached",
    deleted: "rests",
    detached: notTracked,
    expired: "detached",
    uncertain: "detached",
  },
  merge: {
    transient: "acts",
    pending: "acts",
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: "acts",
    expired: "persistent",
    uncertain: "acts",
  },
  close: {
    transient: "rests",
    pending: "transient",
    persistent: "detached",
    "delete-marked": "detached",
    deleted: "rests",
    detached: "rests",
    expired: "detached",
    uncertain: "detached",
  },
};

/**
 * Whether an operation has anything to do with an object in this state.
 *
 * @throws {InvalidState} INVALID_STATE where the state doesn't allow it.
 */
export function allows(
  operation: ObjectOperation,
  state: ObjectState,
  subject: () => string,
): boolean {
  const rule = rules[operation][state];
  if (typeof rule === "string") return rule !== "rests";
  throw new InvalidState(`Can't ${operation} ${subject()}, which is ${state}: ${rule.refused}.`, {
    operation,
    state,
  });
}
