import type { Patch } from "immer";
import { jsonValue } from "../model/plain.js";
import { DynalchemyError, unprinted } from "../schema/errors.js";
import { describeKey } from "../schema/key.js";
import { setOwn } from "../schema/wire.js";

type KeyValues = Readonly<Record<string, unknown>>;

/** One attribute of a conflict: as it was loaded, as we meant to write it (of a deletion: absent), as the table holds it. */
export interface AttributeConflict {
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
}

/** One change that a flush couldn't write. */
export interface FlushFailure {
  /** `undefined` for a check and for a row of a bulk statement. */
  readonly entity: object | undefined;
  readonly model: string;
  /** The key's attributes, by column. */
  readonly key: KeyValues;
  /** What was to be written, against what the table was last known to hold; `path[0]` is the column. */
  readonly patches: readonly Patch[];
  readonly cause: Error;
  /** Whether a condition wasn't met, in contrast to a request that failed. */
  readonly isUnmet: boolean;
  /** Whether nothing was wrong with it but the transaction that it was, or was to be, part of. */
  readonly isCancelled: boolean;
  /** Why the service cancelled the transaction for its sake, such as `"ValidationError: …"`, other than for a condition. */
  readonly reason?: string;
  /** Whether the write may have happened all the same: its answer was lost. */
  readonly isUncertain: boolean;
  /** What the write was based on; `undefined` for a new object. */
  readonly base: object | undefined;
  /** The item as the table holds it, as an instance that no session tracks; `undefined`: it is gone, or wasn't told. */
  readonly current: unknown;
  /** By column, what either side has changed. */
  readonly diff: Readonly<Record<string, AttributeConflict>>;
}

/** Some of a flush's changes weren't written; they are still to be written by the next one. */
export class FlushError extends DynalchemyError {
  readonly code: string = "FLUSH_ERROR";
  readonly failures: readonly FlushFailure[];
  /** The objects that were written all the same. */
  readonly written: readonly object[];

  constructor(failures: readonly FlushFailure[], written: readonly object[]) {
    super(describeFailures(failures, written), { cause: failures[0]?.cause });
    this.failures = failures;
    this.written = written;
    unprinted(this, ["failures", "written"]);
  }

  /** The objects of which nobody knows whether they were written. */
  get uncertain(): readonly object[] {
    return this.failures.flatMap(({ entity, isUncertain }) => (isUncertain && entity) || []);
  }

  /** Fit for the body of a 409: codes, keys and the attributes in conflict, and nothing else of the items. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      // Without the causes' texts, which are the service's own.
      message: `${counted(this.failures.length, "change")} not written.`,
      failures: this.failures.map((failure) => ({
        code: codeOf(failure),
        model: failure.model,
        key: jsonValue(failure.key),
        diff: jsonDiff(failure.diff),
        ...(failure.isUncertain && { uncertain: true }),
      })),
    };
  }
}

/** Conditions weren't met: others have written since. `failures[i].current` and `.diff` show what. */
export class ConstraintViolation extends FlushError {
  override readonly code = "CONSTRAINT_VIOLATION";
}

const maxDescribed = 3;

function describeFailures(failures: readonly FlushFailure[], written: readonly object[]): string {
  const shown = failures.slice(0, maxDescribed).map(describeFailure);
  const more = failures.length - shown.length;
  if (more > 0) shown.push(`${more} more`);
  const rest = written.length > 0 ? ` ${counted(written.length, "other")} written.` : "";
  return `${counted(failures.length, "change")} not written: ${shown.join("; ")}.${rest}`;
}

function describeFailure(failure: FlushFailure): string {
  const subject = `${failure.model} ${describeKey({ values: failure.key })}`;
  if (failure.isUncertain) return `${subject} (perhaps written: the answer was lost)`;
  if (failure.isCancelled) {
    const isSent = codeOf(failure) === "TRANSACTION_CANCELLED";
    return `${subject} (${isSent ? "cancelled with the transaction" : "not sent, since its transaction can't go without that"})`;
  }
  if (failure.reason !== undefined) {
    return `${subject} (the transaction was cancelled for its sake: ${failure.reason.replace(/\.$/, "")})`;
  }
  if (!failure.isUnmet) return `${subject} (${failure.cause.message.replace(/\.$/, "")})`;
  if (failure.current === undefined) return `${subject} (its condition wasn't met: no item)`;
  const isTaken = failure.entity !== undefined && failure.base === undefined;
  const names = Object.keys(failure.diff);
  const differing = names.length > 0 ? `; differing: ${names.join(", ")}` : "";
  return `${subject} (its condition wasn't met${isTaken ? "; the item exists" : ""}${differing})`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? " was" : "s were"}`;
}

function codeOf({ isUnmet, cause }: FlushFailure): string {
  if (isUnmet) return "CONSTRAINT_VIOLATION";
  return cause instanceof DynalchemyError ? cause.code : "ERROR";
}

function jsonDiff(diff: FlushFailure["diff"]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, { base, mine, theirs }] of Object.entries(diff)) {
    setOwn(result, name, { base: side(base), mine: side(mine), theirs: side(theirs) });
  }
  return result;
}

/** Absent is null in JSON, so that all three sides are always there. */
function side(value: unknown): unknown {
  return value === undefined ? null : jsonValue(value);
}

/** `require` found no item with this key. */
export class ItemNotFound extends DynalchemyError {
  readonly code = "ITEM_NOT_FOUND";
  readonly model: string;
  readonly key: KeyValues;

  constructor(model: string, key: KeyValues) {
    super(`There is no ${model} ${describeKey({ values: key })}.`);
    this.model = model;
    this.key = key;
  }
}

/** Objects that were to be loaded don't exist. The others were loaded. */
export class MissingItems extends DynalchemyError {
  readonly code = "MISSING_ITEMS";
  readonly items: readonly object[];

  /** `subjects` name the items for the message: model and key. */
  constructor(items: readonly object[], subjects: readonly string[]) {
    const shown = subjects.slice(0, maxDescribed).join(", ");
    const more =
      subjects.length > maxDescribed ? ` and ${subjects.length - maxDescribed} more` : "";
    super(
      `${items.length === 1 ? "An item doesn't" : `${items.length} items don't`} exist: ${shown}${more}.`,
    );
    this.items = items;
    unprinted(this, ["items"]);
  }
}

/** Another object of this session, or another session, has this key. There is one object for each key. */
export class IdentityConflict extends DynalchemyError {
  readonly code = "IDENTITY_CONFLICT";
  readonly model: string;
  readonly key: KeyValues;
  /** The object that was refused. */
  readonly entity: object;
  /** The object of this session that has the key; `undefined` where another session has the refused one. */
  readonly other: object | undefined;

  constructor(
    message: string,
    facts: Pick<IdentityConflict, "model" | "key" | "entity"> & { readonly other?: object },
  ) {
    super(message);
    this.model = facts.model;
    this.key = facts.key;
    this.entity = facts.entity;
    this.other = facts.other;
    unprinted(this, ["entity", "other"]);
  }
}

/** A key was asked for as one model, and this session has its item as another. */
export class ModelMismatch extends DynalchemyError {
  readonly code = "MODEL_MISMATCH";
  readonly model: string;
  readonly other: string;
  readonly key: KeyValues;

  constructor(facts: { readonly model: string; readonly other: string; readonly key: KeyValues }) {
    super(
      `${facts.model} ${describeKey({ values: facts.key })} is known to this session as a ${facts.other}: ` +
        "one item can't be two objects. Use that model, or another session.",
    );
    this.model = facts.model;
    this.other = facts.other;
    this.key = facts.key;
  }
}

/** The session was closed, or its scope has ended. Its objects stay readable; anything else needs a new session. */
export class SessionClosed extends DynalchemyError {
  readonly code = "SESSION_CLOSED";
  readonly operation: string;
  /** Why, as whoever closed it said, such as "the request's scope has ended". */
  readonly reason: string;

  constructor(operation: string, reason = "the session is closed") {
    super(`Can't ${operation}: ${reason}. Open another one with engine.session().`);
    this.operation = operation;
    this.reason = reason;
  }
}

/** A flush was asked for from inside an event handler or `onConflict` of the same session, and would wait for itself. */
export class ReentrantFlush extends DynalchemyError {
  readonly code = "REENTRANT_FLUSH";
  readonly operation: string;

  constructor(operation: string) {
    super(
      `Can't ${operation} inside an event handler or onConflict of the same session: it would wait for itself. ` +
        "What a beforeFlush handler adds or changes is in the flush anyway.",
    );
    this.operation = operation;
  }
}

/** A transaction has more actions or bytes than the service takes. It is never split; nothing was sent. */
export class TransactionTooLarge extends DynalchemyError {
  readonly code = "TRANSACTION_TOO_LARGE";
  readonly actions: number;
  readonly bytes: number;

  constructor(actions: number, bytes: number) {
    super(
      `A transaction takes 100 actions and 4 MB, and this one has ${actions} actions and ${bytes} bytes: ` +
        "commit in several parts, or without a transaction.",
    );
    this.actions = actions;
    this.bytes = bytes;
  }
}

/** The key of an object that a session tracks was assigned. */
export class KeyChanged extends DynalchemyError {
  readonly code = "KEY_CHANGED";
  readonly model: string;
  /** The stored key, as text. */
  readonly key: string;
  /** The key that was assigned, as text. */
  readonly newKey: string;

  constructor(model: string, key: string, newKey: string, { isStored = true } = {}) {
    super(
      `${model} ${key} was given the key ${newKey}, and ` +
        (isStored
          ? "an item's key never changes: session.move() makes an item with the new key and deletes the old one."
          : "its session knows it by the first: expunge() it, and add it again."),
    );
    this.model = model;
    this.key = key;
    this.newKey = newKey;
  }
}

/** `one()` found nothing. */
export class NoResult extends DynalchemyError {
  readonly code = "NO_RESULT";
  readonly model: string;

  constructor(model: string) {
    super(`No ${model} was found where one was expected; first() returns undefined instead.`);
    this.model = model;
  }
}

/** `one()` found more than one. */
export class MultipleResults extends DynalchemyError {
  readonly code = "MULTIPLE_RESULTS";
  readonly model: string;

  constructor(model: string) {
    super(`More than one ${model} was found where one was expected; first() takes the first.`);
    this.model = model;
  }
}

/** A cursor was changed, or belongs to another query. Begin without one. */
export class InvalidCursor extends DynalchemyError {
  readonly code = "INVALID_CURSOR";
}

/** The session has sent as many requests as its `maxRequests` allows. The stack shows which call it was. */
export class TooManyRequests extends DynalchemyError {
  readonly code = "TOO_MANY_REQUESTS";
  readonly maxRequests: number;
  readonly operation: string;
  readonly tables: readonly string[];

  constructor(maxRequests: number, operation: string, tables: readonly string[]) {
    super(
      `This session may send ${maxRequests} requests, and ${operation} on ${tables.join(", ")} would be one more: ` +
        "read together what belongs together (getMany, a query), or raise maxRequests.",
    );
    this.maxRequests = maxRequests;
    this.operation = operation;
    this.tables = tables;
  }
}
