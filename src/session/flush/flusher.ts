import { InvalidState } from "../../model/errors.js";
import { describeKey } from "../../schema/key.js";
import { isCancelledByRows } from "../bulk/bulk-work.js";
import type { Connection } from "../connection.js";
import type { FlushError, FlushFailure } from "../errors.js";
import type { Announcer, ChangeEvent, Facts } from "../events.js";
import type { Session } from "../session.js";
import type { FlushOptions, FlushResult } from "../session-options.js";
import type { Guard, Tracked } from "../tracked.js";
import type { UnitOfWork } from "../unit-of-work.js";
import { type Change, type Outcome, patchesOf } from "./change.js";
import { execute } from "./executor.js";
import { flushError, showFailure } from "./failure.js";
import { type Intention, intend } from "./intend.js";
import type { Plan } from "./plan.js";
import { type Planned, rememberPlanned } from "./planned.js";
import type { Conflict } from "./resolve-conflict.js";
import { type Ledger, settleUnwritten, settleWritten } from "./settle.js";
import type { Report } from "./transaction-writer.js";
import { keepDoubt, unresolvedIn } from "./uncertain.js";

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
  /** Finds out what must be known before: what became of writes whose answer was lost, and what moves. */
  prepare(signal: AbortSignal | undefined, onWrite: (report: Report) => void): Promise<void>;
  isPrepared(): boolean;
}

const none = Object.freeze([]);

/** How a flush ended, its failures included: whoever asked for it decides what to throw. */
export interface FlushReport extends FlushResult {
  readonly error: FlushError | undefined;
  readonly conflicts: readonly Conflict[];
  /** What listeners threw once everything was settled. */
  readonly mistakes: readonly unknown[];
}

/** One flush: gather, diff, plan, send, settle. The first three are pure, and throw before any request. */
export async function flushOnce(host: FlushHost, options: FlushOptions): Promise<FlushReport> {
  const { work, announcer, connection } = host;
  const before = connection.requests;
  const mistakes: unknown[] = [];
  const onWrite = (report: Report) => {
    if (!announcer.hears("write")) return;
    const { session } = host;
    mistakes.push(...host.inHandler(() => announcer.tell("write", showWrite(session, report))));
  };
  const idle = (left = openFailures(work)): FlushReport => {
    const error = left.length > 0 ? flushError(left, []) : undefined;
    const requests = connection.requests - before;
    return { written: none, requests, error, conflicts: none, mistakes, ...done(work) };
  };
  for (let isAnnounced = false; ; ) {
    await host.prepare(options.signal, onWrite);
    await work.bulk.read(options.signal);
    // Objects may have been moved meanwhile. After this nothing is waited for until the plan is made.
    if (!host.isPrepared()) continue;
    if (!work.hasWork) return idle();
    if (isAnnounced || !announcer.hears("beforeFlush")) break;
    isAnnounced = true;
    await host.inHandler(() => announcer.announce("beforeFlush", intentions(host, options)));
  }
  const { changes, plan } = intend(host, options);
  // Of what is all or nothing, a part that nobody knows the fate of keeps the others back.
  const isWhole = options.transaction ?? (host.transaction || options.token !== undefined);
  const left = openFailures(work);
  if (changes.length === 0) return idle(left);
  if (isWhole && left.length > 0) return idle([...left, ...heldBack(changes, left)]);
  const report = await send(host, plan, changes, options, { onWrite, mistakes, left });
  if (report === "again") {
    // The token belonged to what was cancelled.
    const { token, ...others } = options;
    const further = token === undefined ? others : { ...others, transaction: true };
    const rest = await flushOnce(host, further);
    return { ...rest, requests: connection.requests - before };
  }
  const { written, error, conflicts } = report;
  const requests = connection.requests - before;
  return { written, requests, error, conflicts, mistakes, ...done(work) };
}

/** Writes of which nobody knows whether they have landed, and that a read doesn't tell of. */
function openFailures({ identities }: UnitOfWork): FlushFailure[] {
  return unresolvedIn(identities).flatMap(({ planned, cause }) =>
    planned.map(({ change }) => showFailure({ status: "unknown", change, cause })),
  );
}

/** What wasn't sent since a transaction's fate can't be told apart from that of an earlier write. */
function heldBack(changes: readonly Change[], open: readonly FlushFailure[]): FlushFailure[] {
  const subjects = open.map(({ model, key }) => `${model} ${describeKey({ values: key })}`);
  const cause = new InvalidState(
    "Not sent: a transaction is all or nothing, and nobody knows what became of the last write of " +
      `${subjects.slice(0, 3).join(", ")}${subjects.length > 3 ? " and others" : ""}. Refresh that first.`,
    { operation: "flush", state: "uncertain" },
  );
  return changes.map((change) =>
    showFailure({ status: "failed", change, cause, isHeldBack: true }),
  );
}

/** The bulk statements that are done, if there are any. */
function done({ bulk }: UnitOfWork): Pick<FlushReport, "statements"> {
  const statements = bulk.takeDone();
  return statements.length === 0 ? {} : { statements };
}

/** What a listener sees before the flush. Worked out when asked for: it may yet make valid what isn't. */
function intentions(host: FlushHost, options: FlushOptions): BeforeFlush {
  let intention: Intention | undefined;
  const value = () => {
    intention ??= intend(host, options);
    return intention;
  };
  return Object.defineProperties({ session: host.session } as BeforeFlush, {
    [intended]: { value },
    ...lazily,
  });
}

type BeforeFlush = Facts<"beforeFlush">;

const intended = Symbol("intended");

/**
 * The same for all events: V8 makes what holds an object's own getters among the old objects, where it
 * would keep the session, with all that it tracks, until all memory is looked through.
 */
const lazily = {
  plan: {
    enumerable: true,
    get(this: Intending): Plan {
      return this[intended]().plan;
    },
  },
  changes: {
    enumerable: true,
    get(this: Intending): readonly ChangeEvent[] {
      return this[intended]().changes.map(showChange);
    },
  },
};

interface Intending {
  readonly [intended]: () => Intention;
}

/** What a flush has beside its plan. */
interface SoFar {
  readonly onWrite: (report: Report) => void;
  /** What listeners threw. */
  readonly mistakes: unknown[];
  /** What stays in doubt. */
  readonly left: readonly FlushFailure[];
}

async function send(
  host: FlushHost,
  plan: Plan,
  changes: readonly Change[],
  { signal, token }: FlushOptions,
  { onWrite, mistakes, left }: SoFar,
): Promise<Omit<FlushReport, "requests"> | "again"> {
  const { connection, announcer, session } = host;
  const planned = new Map<Change, Planned>();
  for (const change of changes) {
    planned.set(change, rememberPlanned(change));
    if (change.tracked !== undefined) change.tracked.isBeingWritten = true;
  }
  const outcomes = await execute(plan, { connection, signal, token, onWrite });
  for (const { tracked } of changes) if (tracked !== undefined) tracked.isBeingWritten = false;
  if (isCancelledByRows(outcomes)) {
    for (const outcome of outcomes) host.work.bulk.settle(outcome, host.ledger, host.mark);
    return "again";
  }

  const settled = settle(host, plan, inOrder(changes, outcomes), planned);
  const { written, conflicts } = settled;
  const failures = [...settled.failures, ...left];
  const error = failures.length > 0 ? flushError(failures, [...written]) : undefined;
  const isHeard =
    announcer.hears("afterFlush") || (conflicts.length > 0 && announcer.hears("conflict"));
  // Without a listener no async context is entered: in Node 20 the first one makes every promise dearer.
  if (!isHeard) return { written: [...written], error, conflicts, mistakes };
  await host.inHandler(async () => {
    for (const { failure } of conflicts) {
      await announcer.announce("conflict", { session, failure }).catch(keep(mistakes));
    }
    const done = outcomes.filter(({ status }) => status === "applied");
    const event = {
      session,
      written: [...written],
      changes: inOrder(changes, done).map(({ change }) => showChange(change)),
      error,
    };
    await announcer.announce("afterFlush", event).catch(keep(mistakes));
  });
  return { written: [...written], error, conflicts, mistakes };
}

type Lost = Extract<Outcome, { status: "unknown" }>;

interface Settled {
  readonly written: ReadonlySet<object>;
  readonly failures: readonly FlushFailure[];
  readonly conflicts: readonly Conflict[];
}

/** Takes what became of each change into what the session knows. */
function settle(
  host: FlushHost,
  plan: Plan,
  outcomes: readonly Outcome[],
  planned: ReadonlyMap<Change, Planned>,
): Settled {
  const written = new Set<object>();
  const failures: FlushFailure[] = [];
  const conflicts: Conflict[] = [];
  const uncertain = new Map<Change, Lost>();
  for (const outcome of outcomes) {
    const { change } = outcome;
    const plan = planned.get(change) as Planned;
    if (change.statement !== undefined) {
      if (change.check !== undefined && outcome.status === "applied") {
        host.ledger.forgetCheck(change.check);
      }
      const isSettled = host.work.bulk.settle(outcome, host.ledger, host.mark);
      if (!isSettled && outcome.status !== "applied") failures.push(showFailure(outcome));
      continue;
    }
    if (outcome.status === "applied") {
      settleWritten(plan, outcome.attributes, host.ledger, host.mark());
      if (change.tracked !== undefined) written.add(change.tracked.entity);
      continue;
    }
    const failure = showFailure(outcome);
    failures.push(failure);
    if (outcome.status === "unknown") {
      uncertain.set(change, outcome);
    } else {
      settleUnwritten(plan, host.ledger);
      if (outcome.isUnmet === true) conflicts.push({ failure, change, item: outcome.current });
    }
  }
  for (const group of groupsOf(plan, uncertain)) {
    noteUncertain(host, group, planned, uncertain.get(group[0] as Change) as Lost);
  }
  return { written, failures, conflicts };
}

function keep(errors: unknown[]): (error: unknown) => void {
  return (error) => void errors.push(error);
}

/** Outcomes in the order of the changes, whichever request was answered first. */
function inOrder(changes: readonly Change[], outcomes: readonly Outcome[]): readonly Outcome[] {
  if (outcomes.every(({ change }, at) => change === changes[at])) return outcomes;
  const byChange = new Map(outcomes.map((outcome) => [outcome.change, outcome]));
  return changes.flatMap((change) => byChange.get(change) ?? []);
}

/** The writes of one transaction have one fate; any others each their own. */
function groupsOf(plan: Plan, unknown: ReadonlyMap<Change, unknown>): Change[][] {
  if (unknown.size === 0) return [];
  return plan.steps.flatMap(({ kind, changes }) => {
    const lost = changes.filter((change) => unknown.has(change));
    if (lost.length === 0) return [];
    return kind === "transaction" ? [lost] : lost.map((change) => [change]);
  });
}

function noteUncertain(
  { ledger: { identities } }: FlushHost,
  group: readonly Change[],
  planned: ReadonlyMap<Change, Planned>,
  { attempt, cause }: Lost,
): void {
  const tracked = group.flatMap((change) => change.tracked ?? []);
  const unresolved = {
    planned: group.map((change) => planned.get(change) as Planned),
    before: new Map<Tracked, Tracked["status"]>(tracked.map((each) => [each, each.status])),
    attempt,
    cause,
  };
  for (const each of tracked) {
    each.status = "uncertain";
    each.unresolved = unresolved;
    // Let go meanwhile, it takes its doubt along.
    if (identities.of(each.state) !== each) keepDoubt(each);
  }
}

export function showChange(change: Change): ChangeEvent {
  const { kind, info, key, tracked } = change;
  return {
    entity: tracked?.entity,
    model: info.name,
    key: key.values,
    action: kind,
    patches: patchesOf(change),
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
