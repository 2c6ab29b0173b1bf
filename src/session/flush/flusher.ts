import { validateColumn } from "../../schema/item-codec.js";
import { describeKey } from "../../schema/key.js";
import type { Connection } from "../connection.js";
import type { FlushError, FlushFailure } from "../errors.js";
import type { Announcer, ChangeEvent } from "../events.js";
import type { Session } from "../session.js";
import type { FlushOptions, FlushResult } from "../session-options.js";
import type { Guard, Tracked } from "../tracked.js";
import type { UnitOfWork } from "../unit-of-work.js";
import type { Change, Outcome } from "./change.js";
import { execute } from "./executor.js";
import { flushError, showFailure } from "./failure.js";
import { makeChange } from "./make-change.js";
import { type Plan, planChanges } from "./plan.js";
import type { Conflict } from "./resolve-conflict.js";
import { type Ledger, type Planned, rememberPlanned, settleWritten } from "./settle.js";
import type { Report } from "./transaction-writer.js";

/** What a flush needs of its session. */
export interface FlushHost {
  readonly session: Session;
  readonly work: UnitOfWork;
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly announcer: Announcer;
  readonly atomic: Guard;
  readonly transaction: boolean;
  readonly exactlyOnce: boolean;
  /** A new moment, later than every read that has begun. */
  mark(): number;
  /** Runs event handlers so that a flush from inside one is recognised. */
  inHandler<T>(fn: () => T): T;
  isInHandler(): boolean;
  /** Reads what became of writes whose answer was lost. */
  resolveUncertain(signal: AbortSignal | undefined): Promise<void>;
}

const none = Object.freeze([]);
const nothing: FlushReport = Object.freeze({
  written: none,
  requests: 0,
  error: undefined,
  conflicts: none,
  mistakes: none,
});

/** How a flush ended, its failures included: whoever asked for it decides what to throw. */
export interface FlushReport extends FlushResult {
  readonly error: FlushError | undefined;
  readonly conflicts: readonly Conflict[];
  /** What listeners threw once everything was settled. */
  readonly mistakes: readonly unknown[];
}

/** One flush: gather, diff, plan, send, settle. The first three are pure, and throw before any request. */
export async function flushOnce(host: FlushHost, options: FlushOptions): Promise<FlushReport> {
  const { work, announcer, session } = host;
  if (!work.hasWork) return nothing;
  const before = host.connection.requests;
  await host.resolveUncertain(options.signal);
  let changes = gather(host);
  if (changes.length === 0) return nothing;
  let plan = planFor(host, changes, options);
  if (announcer.hears("beforeFlush")) {
    const event = { session, plan, changes: changes.map(showChange) };
    await host.inHandler(() => announcer.announce("beforeFlush", event));
    changes = gather(host);
    if (changes.length === 0) return nothing;
    plan = planFor(host, changes, options);
  }
  const report = await send(host, plan, changes, options);
  return { ...report, requests: host.connection.requests - before };
}

/** The changes of all objects, each valid. */
export function gather({ work, atomic }: FlushHost): Change[] {
  const changes: Change[] = [...work.checks.values()];
  for (const tracked of work.candidates()) {
    const change = makeChange(tracked, atomic);
    if (change === undefined) continue;
    validate(change);
    changes.push(change);
  }
  return changes;
}

export function planFor(host: FlushHost, changes: readonly Change[], options: FlushOptions): Plan {
  return planChanges(changes, {
    transaction: options.transaction ?? host.transaction,
    exactlyOnce: options.exactlyOnce ?? host.exactlyOnce,
  });
}

async function send(
  host: FlushHost,
  plan: Plan,
  changes: readonly Change[],
  { signal, token }: FlushOptions,
): Promise<Omit<FlushReport, "requests">> {
  const { work, connection, announcer, session } = host;
  const planned = new Map(changes.map((change) => [change, rememberPlanned(change)]));
  const mistakes: unknown[] = [];
  const onWrite = (report: Report) => {
    if (!announcer.hears("write")) return;
    mistakes.push(...host.inHandler(() => announcer.tell("write", showWrite(session, report))));
  };
  const outcomes = await execute(plan, { connection, signal, token, onWrite });

  const written: object[] = [];
  const writtenChanges: Change[] = [];
  const failures: FlushFailure[] = [];
  const conflicts: Conflict[] = [];
  const uncertain: Outcome[] = [];
  for (const outcome of inOrder(changes, outcomes)) {
    const { change } = outcome;
    if (outcome.status === "applied") {
      const plan = planned.get(change) as Planned;
      settleWritten(plan, outcome.attributes, host.ledger, host.mark());
      if (change.tracked !== undefined) written.push(change.tracked.entity);
      writtenChanges.push(change);
    } else {
      if (outcome.status === "unknown") uncertain.push(outcome);
      const failure = showFailure(outcome);
      failures.push(failure);
      if (outcome.status === "failed" && outcome.isUnmet === true) {
        conflicts.push({ failure, tracked: change.tracked, item: outcome.current });
      }
    }
  }
  for (const check of changes) {
    if (check.kind === "check" && failures.length === 0) forgetCheck(work, check);
  }
  for (const group of groupsOf(plan, uncertain)) noteUncertain(group, planned);

  const error = failures.length > 0 ? flushError(failures, written) : undefined;
  await host.inHandler(async () => {
    for (const { failure } of conflicts) {
      await announcer.announce("conflict", { session, failure }).catch(keep(mistakes));
    }
    const event = { session, written, changes: writtenChanges.map(showChange), error };
    await announcer.announce("afterFlush", event).catch(keep(mistakes));
  });
  return { written, error, conflicts, mistakes };
}

function keep(errors: unknown[]): (error: unknown) => void {
  return (error) => void errors.push(error);
}

function forgetCheck(work: UnitOfWork, check: Change): void {
  for (const [identity, known] of work.checks) {
    if (known === check) work.checks.delete(identity);
  }
}

/** Outcomes in the order of the changes, whichever request was answered first. */
function inOrder(changes: readonly Change[], outcomes: readonly Outcome[]): Outcome[] {
  const byChange = new Map(outcomes.map((outcome) => [outcome.change, outcome]));
  return changes.flatMap((change) => byChange.get(change) ?? []);
}

/** The writes of one transaction have one fate; any others each their own. */
function groupsOf(plan: Plan, uncertain: readonly Outcome[]): Change[][] {
  const unknown = new Set(uncertain.map(({ change }) => change));
  return plan.steps.flatMap(({ kind, changes }) => {
    const lost = changes.filter((change) => unknown.has(change));
    if (lost.length === 0) return [];
    return kind === "transaction" ? [lost] : lost.map((change) => [change]);
  });
}

function noteUncertain(group: readonly Change[], planned: ReadonlyMap<Change, Planned>): void {
  const tracked = group.flatMap((change) => change.tracked ?? []);
  const unresolved = {
    planned: group.map((change) => planned.get(change) as Planned),
    before: new Map<Tracked, Tracked["status"]>(tracked.map((each) => [each, each.status])),
  };
  for (const each of tracked) {
    each.status = "uncertain";
    each.unresolved = unresolved;
  }
}

/** Types were checked when the values were encoded; here the columns' own validators are asked. */
function validate(change: Change): void {
  if (change.tracked === undefined) return;
  const { info, tracked, key } = change;
  const { instance } = tracked.state;
  const names =
    change.kind === "put"
      ? info.table.columns.map(({ name }) => name)
      : new Set(change.patches.map(({ path }) => String(path[0])));
  for (const name of names) {
    const column = info.table.byName.get(name);
    if (column === undefined || column.validators.length === 0) continue;
    const value = change.made.has(name)
      ? change.made.get(name)
      : (instance as Record<string, unknown>)[name];
    if (value !== undefined) validateColumn(info.table, column, value, describeKey(key));
  }
}

export function showChange({ kind, info, key, tracked, patches }: Change): ChangeEvent {
  return {
    entity: tracked?.entity,
    model: info.name,
    key: key.values,
    action: kind,
    patches,
  };
}

function showWrite(session: Session, { operation, changes, answer }: Report) {
  return {
    session,
    operation,
    tables: [...new Set(changes.map(({ tableName }) => tableName))],
    entities: changes.flatMap(({ tracked }) => tracked?.entity ?? []),
    durationMs: answer.durationMs,
    attempts: answer.attempts,
    consumedCapacity: answer.consumedCapacity,
  };
}
