import { InvalidState } from "../model/errors.js";
import type { ObjectState } from "./tracked.js";

export type ObjectOperation =
  | "add"
  | "put"
  | "upsert"
  | "delete"
  | "update"
  | "refresh"
  | "expire"
  | "expunge"
  | "merge"
  | "move";

/** `acts`: the operation does its work; `rests`: there is nothing to do; a text: why it is refused. */
type Rule = "acts" | "rests" | { readonly refused: string };

const refused = (why: string): Rule => ({ refused: why });

const wasDeleted = refused("it was deleted: make a new object with its values");
const notStored = refused("it was never stored: flush it first, or forget it with expunge()");
const notTracked = refused("this session doesn't track it: get it, or give it to add() first");
const isGoing = refused("it is marked for deletion: take that back with add() or rollback()");

/** What each operation does with an object in each state: the one place that says so. */
export const rules: Record<ObjectOperation, Record<ObjectState, Rule>> = {
  add: {
    transient: "acts",
    pending: "rests",
    persistent: "rests",
    "delete-marked": "acts",
    deleted: wasDeleted,
    detached: "acts",
    expired: "rests",
    uncertain: "rests",
  },
  put: {
    transient: "acts",
    pending: "acts",
    persistent: "acts",
    "delete-marked": "acts",
    deleted: wasDeleted,
    detached: "acts",
    expired: refused("what it holds was dropped: refresh it first"),
    uncertain: refused("the outcome of its last write isn't known: refresh it first"),
  },
  upsert: {
    transient: "acts",
    pending: "acts",
    persistent: refused("it is stored: change it and flush"),
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: refused("it was loaded before: give it to add() and change it"),
    expired: refused("it is stored: change it and flush"),
    uncertain: refused("the outcome of its last write isn't known: refresh it first"),
  },
  delete: {
    transient: refused("it was never stored: there is nothing to delete. Use Model.ref(key)"),
    pending: "acts",
    persistent: "acts",
    "delete-marked": "acts",
    deleted: "rests",
    detached: "acts",
    expired: "acts",
    uncertain: "acts",
  },
  update: {
    transient: refused("no session knows it: give it to add() first, or assign its attributes"),
    pending: "acts",
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: "acts",
    expired: "acts",
    uncertain: "acts",
  },
  refresh: {
    transient: notTracked,
    pending: notStored,
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: notTracked,
    expired: "acts",
    uncertain: "acts",
  },
  expire: {
    transient: notTracked,
    pending: notStored,
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: notTracked,
    expired: "rests",
    uncertain: "rests",
  },
  expunge: {
    transient: notTracked,
    pending: "acts",
    persistent: "acts",
    "delete-marked": "acts",
    deleted: "rests",
    detached: notTracked,
    expired: "acts",
    uncertain: "acts",
  },
  merge: {
    transient: "acts",
    pending: "acts",
    persistent: "acts",
    "delete-marked": isGoing,
    deleted: wasDeleted,
    detached: "acts",
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
    expired: refused("what it holds was dropped: refresh it first"),
    uncertain: refused("the outcome of its last write isn't known: refresh it first"),
  },
};

/**
 * Whether an operation has anything to do with an object in this state.
 *
 * @throws {InvalidState} INVALID_STATE where the state doesn't allow it.
 */
export function allows(operation: ObjectOperation, state: ObjectState, subject: string): boolean {
  const rule = rules[operation][state];
  if (typeof rule === "string") return rule === "acts";
  throw new InvalidState(`Can't ${operation} ${subject}, which is ${state}: ${rule.refused}.`, {
    operation,
    state,
  });
}
