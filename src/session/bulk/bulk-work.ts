import { isEdited } from "../../model/diff-instance.js";
import { InvalidState } from "../../model/errors.js";
import { expireInstance } from "../../model/restore.js";
import { describeKey } from "../../schema/key.js";
import { TransactionCancelled } from "../aws/request-errors.js";
import type { Change, DeleteChange, Outcome, UpdateChange } from "../flush/change.js";
import { hasLanded } from "../flush/landed.js";
import { forgetDeleted, type Ledger } from "../flush/settle.js";
import { identityOf } from "../identity.js";
import type { IdentityMap } from "../identity-map.js";
import type { ReadMark } from "../read/host.js";
import type { Tracked } from "../tracked.js";
import type { BulkSpec } from "./bulk-spec.js";
import type { BulkStatement } from "./bulk-statement.js";

/** A statement that isn't done. */
interface Entry {
  readonly spec: BulkSpec;
  /** The rows that are left to write, by identity; `undefined`: they weren't read yet. */
  rows: Map<string, UpdateChange | DeleteChange> | undefined;
  /** Rows whose write may have landed, and that can be sent again without harm. */
  readonly doubted: Set<string>;
}

/** The bulk statements of a session, from the call until each row is written. */
export class BulkWork {
  readonly #entries = new Map<BulkStatement, Entry>();
  #done: BulkStatement[] = [];

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** The statements whose rows nobody knows yet. */
  get unread(): BulkStatement[] {
    return [...this.#entries].flatMap(([statement, { rows }]) => (rows ? [] : [statement]));
  }

  add(spec: BulkSpec): void {
    const { statement } = spec;
    this.#entries.set(statement, { spec, rows: undefined, doubted: new Set() });
    statement.whenCancelled(() => {
      this.#entries.delete(statement);
      statement.end("dropped");
    });
  }

  /** Finds the rows of statements that haven't been read. */
  async read(signal: AbortSignal | undefined): Promise<void> {
    const unread = [...this.#entries.values()].filter(({ rows }) => rows === undefined);
    await Promise.all(
      unread.map(async (entry) => {
        const { spec } = entry;
        const keys = await spec.keys(signal);
        // Rolled back meanwhile, it has nothing to write.
        if (!this.#entries.has(spec.statement)) return;
        const rows = new Map<string, UpdateChange | DeleteChange>();
        for (const key of keys) rows.set(identityOf(spec.tableName, key), rowChange(spec, key));
        entry.rows = rows;
        spec.statement.found(rows.size);
        this.#endIfDone(entry);
      }),
    );
  }

  /**
   * The writes of the rows that were read.
   *
   * @throws {InvalidState} INVALID_STATE for a row that the session has edited, or two statements write.
   */
  changes(identities: IdentityMap): Change[] {
    const all = new Map<string, Change>();
    for (const { rows, spec } of this.#entries.values()) {
      for (const [identity, change] of rows ?? []) {
        const tracked = identities.find(identity);
        const isEditedToo = tracked !== undefined && !isClean(tracked);
        if (isEditedToo || all.has(identity)) {
          const other = isEditedToo ? "an edit of the session" : "another statement";
          throw new InvalidState(
            `${spec.info.name} ${describeKey(change.key)} would be written by "${spec.statement}", and by ${other}: ` +
              "cancel() the statement, flush what is left, and say it again.",
            { operation: "flush", state: "pending" },
          );
        }
        all.set(identity, change);
      }
    }
    return [...all.values()];
  }

  /** Takes what became of a row into account; whether there is no more to be told of it. */
  settle(outcome: Outcome, ledger: Ledger, mark: () => ReadMark): boolean {
    const { change } = outcome;
    const entry = change.statement && this.#entries.get(change.statement);
    if (entry === undefined) return change.statement !== undefined;
    const identity = identityOf(change.tableName, change.key);
    const doubted = entry.doubted.has(identity);
    if (outcome.status === "unknown") {
      if (change.kind === "update" && !change.isIdempotent) this.#end(entry, identity, "uncertain");
      else entry.doubted.add(identity);
      return false;
    }
    const wasWritten =
      outcome.status === "applied" ||
      (doubted && isRowChanged(outcome) && hasLanded(change, outcome.current));
    if (wasWritten) {
      keepInStep(change, identity, ledger, mark());
      this.#end(entry, identity, "written");
      return true;
    }
    if (!isRowChanged(outcome)) return false;
    this.#end(entry, identity, "changed");
    return true;
  }

  /** The statements that were done since this was last asked. */
  takeDone(): BulkStatement[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Forgets what isn't written. */
  clear(): void {
    for (const statement of this.#entries.keys()) statement.end("dropped");
    this.#entries.clear();
  }

  #end(entry: Entry, identity: string, fate: "written" | "changed" | "uncertain"): void {
    entry.rows?.delete(identity);
    entry.spec.statement.count(fate);
    this.#endIfDone(entry);
  }

  #endIfDone({ rows, spec: { statement } }: Entry): void {
    if (rows?.size !== 0) return;
    statement.end("done");
    this.#entries.delete(statement);
    this.#done.push(statement);
  }
}

/** Whether a row was left alone, since the statement's search doesn't find it any more. */
function isRowChanged(outcome: Outcome): boolean {
  const { change } = outcome;
  if (outcome.status !== "failed" || outcome.isUnmet !== true) return false;
  return change.statement !== undefined && change.check === undefined;
}

/**
 * Whether a transaction was cancelled for nothing but rows that have changed: without them it is to
 * be sent again.
 */
export function isCancelledByRows(outcomes: readonly Outcome[]): boolean {
  const others = outcomes.filter((outcome) => !isRowChanged(outcome));
  return (
    others.length > 0 &&
    others.length < outcomes.length &&
    others.every(
      (outcome) =>
        outcome.status === "failed" &&
        outcome.isUnmet !== true &&
        outcome.cause instanceof TransactionCancelled,
    )
  );
}

function rowChange(
  { statement, info, tableName, condition, update }: BulkSpec,
  key: Change["key"],
) {
  const facts = {
    info,
    tableName,
    key,
    tracked: undefined,
    condition,
    patches: [],
    made: new Map<string, unknown>(),
    statement,
  };
  if (update === undefined) return { ...facts, kind: "delete", isDeparture: false } as const;
  return {
    ...facts,
    kind: "update",
    ...update(),
    base: {},
    isPositional: false,
    isUpsert: false,
  } as const;
}

/** Whether the next flush has nothing to write of an object. */
function isClean(tracked: Tracked): boolean {
  const { status, intent, move, condition, assignments, state } = tracked;
  if (status !== "persistent" && status !== "expired") return false;
  if (intent !== undefined || move !== undefined || condition !== undefined) return false;
  return (assignments?.size ?? 0) === 0 && !isEdited(state);
}

/** A tracked object is deleted with its row, and read anew after an update of it; edits made meanwhile stay. */
function keepInStep(change: Change, identity: string, ledger: Ledger, mark: ReadMark): void {
  const tracked = ledger.identities.find(identity);
  if (change.kind === "delete") ledger.noteDeleted(identity, mark);
  if (tracked === undefined) return;
  tracked.acknowledged = mark;
  if (!isClean(tracked)) return;
  if (change.kind === "delete") {
    forgetDeleted(tracked, ledger.identities);
  } else {
    expireInstance(tracked.state);
    tracked.status = "expired";
  }
}
