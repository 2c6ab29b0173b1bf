import { InvalidState } from "../model/errors.js";
import { findState } from "../model/instance-state.js";
import type { ModelInfo } from "../model/metadata.js";
import { Clarifier } from "./clarifier.js";
import type { Connection } from "./connection.js";
import { ReentrantFlush, SessionClosed } from "./errors.js";
import { Announcer, makeEmitter, type SessionEmitter } from "./events.js";
import { FlushQueue } from "./flush/flush-queue.js";
import type { FlushHost } from "./flush/flusher.js";
import { intend } from "./flush/intend.js";
import type { Plan } from "./flush/plan.js";
import type { Ledger } from "./flush/settle.js";
import { guardFrom } from "./guard.js";
import { Intake } from "./intake.js";
import type { ReadHost } from "./read/host.js";
import { Loader } from "./read/loader.js";
import { Reentrancy } from "./reentrancy.js";
import { RowIntake } from "./row-intake.js";
import type { Session } from "./session.js";
import type { FlushOptions, SessionOptions } from "./session-options.js";
import { SessionReader } from "./session-reader.js";
import type { Guard, Tracked } from "./tracked.js";
import { Tracking } from "./tracking.js";
import { UnitOfWork } from "./unit-of-work.js";

/** What an engine gives the sessions that it makes. */
export interface SessionSettings {
  readonly connection: Connection;
  readonly events: SessionEmitter;
  readonly atomic: Guard;
  readonly isConsistent: boolean;
  readonly cursorSecret: string | undefined;
  tableName(info: ModelInfo): string;
}

/** The parts of a session, put together: the session itself only offers them. */
export class SessionParts {
  readonly events: SessionEmitter = makeEmitter();
  readonly work = new UnitOfWork();
  readonly connection: Connection;
  readonly announcer: Announcer;
  readonly intake: Intake;
  readonly tracking: Tracking;
  readonly rows: RowIntake;
  readonly reader: SessionReader;
  readonly reading: ReadHost;
  readonly queue: FlushQueue;
  readonly #session: Session;
  readonly #settings: SessionSettings;
  readonly #options: SessionOptions;
  readonly #reentrancy = new Reentrancy();
  readonly #flushing: FlushHost;
  /** Counts reads and acknowledged writes, so that each read knows which writes came after it. */
  #moment = 0;
  /** Counts acknowledged writes: a later get doesn't share a read that is older than one. */
  #writes = 0;
  /** Why nothing can be written any more; `undefined`: it can. */
  #sealed: string | undefined;
  /** Why nothing can be done any more; `undefined`: the session is open. */
  #closed: string | undefined;

  constructor(session: Session, settings: SessionSettings, options: SessionOptions) {
    this.#session = session;
    this.#settings = settings;
    this.#options = options;
    const { work } = this;
    const mark = () => this.mark();
    this.announcer = new Announcer([this.events, settings.events]);
    const connection = settings.connection.derive({
      announcer: this.announcer,
      maxRequests: options.maxRequests,
      signal: options.signal,
    });
    this.connection = connection;
    this.intake = new Intake(work, ({ info }) => this.tableName(info));
    this.tracking = new Tracking(work, this.intake);
    this.rows = new RowIntake(work, (tracked) => this.#loaded(tracked));
    const ledger: Ledger = {
      identities: work.identities,
      noteDeleted: (identity, mark) => this.rows.noteDeleted(identity, mark),
      forgetCheck: (check) => work.forgetCheck(check),
      release: (tracked) => this.intake.release(tracked),
    };
    const loader = new Loader(connection, () => this.#writes);
    const atomic = guardFrom(options.atomic, "open a session") ?? settings.atomic;
    // None of these is spread into the next: V8 takes 20 times as long for an object that begins by a spread.
    const clarifier = new Clarifier({ work, ledger, connection, atomic, mark, loader });
    this.reader = new SessionReader({
      work,
      ledger,
      connection,
      mark,
      loader,
      clarifier,
      rows: this.rows,
      isConsistent: options.consistent ?? settings.isConsistent,
      tableName: (info) => this.tableName(info),
      assertOpen: (operation) => this.assertOpen(operation),
    });
    this.reading = this.#readHost();
    this.#flushing = {
      work,
      ledger,
      connection,
      atomic,
      mark: () => {
        this.#writes += 1;
        return this.mark();
      },
      session,
      announcer: this.announcer,
      transaction: options.transaction ?? false,
      exactlyOnce: options.exactlyOnce ?? false,
      inHandler: (fn) => this.#reentrancy.run(fn),
      isInHandler: () => this.#reentrancy.isInside,
      prepare: (signal, onWrite) => clarifier.prepare(signal, onWrite),
      isPrepared: () => clarifier.isPrepared,
    };
    this.queue = new FlushQueue(this.#flushing);
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  mark(): number {
    this.#moment += 1;
    return this.#moment;
  }

  tableName(info: ModelInfo): string {
    return this.#settings.tableName(info);
  }

  /** @throws {SessionClosed} SESSION_CLOSED */
  assertOpen(operation: string): void {
    if (this.#closed !== undefined) throw new SessionClosed(operation, this.#closed);
  }

  /** @throws {InvalidState} INVALID_STATE in a readonly session. */
  assertWritable(operation: string): void {
    this.assertOpen(operation);
    if (this.#sealed !== undefined) throw new SessionClosed(operation, this.#sealed);
    if (this.#options.readonly !== true) return;
    throw new InvalidState(
      `Can't ${operation}: the session is readonly. Open one without { readonly: true }.`,
      { operation, state: "readonly" },
    );
  }

  /** The tracked object; `undefined` for any other value. */
  find(object: object): Tracked | undefined {
    const state = findState(object);
    return state && this.work.identities.of(state);
  }

  plan(options: FlushOptions): Plan {
    const { plan } = intend(this.#flushing, options);
    // Described now: the objects go on changing.
    void plan.requests;
    return plan;
  }

  async refresh(objects: readonly object[], signal: AbortSignal | undefined): Promise<void> {
    this.assertOpen("refresh");
    const tracked = objects.flatMap((object) => {
      const state = this.intake.stateOf(object, "refresh");
      return this.intake.allows("refresh", state) ? this.intake.attach(state) : [];
    });
    await this.queue.alone("refresh", () => this.reader.refresh(tracked, signal));
  }

  async rollback(): Promise<void> {
    this.assertOpen("rollback");
    await this.#settled("rollback", () => {
      this.tracking.rollback();
      this.announcer.report("rollback", { session: this.#session });
    });
  }

  /** Refuses writes from now on; reads go on. */
  seal(reason: string): void {
    this.#sealed = reason;
  }

  async close(reason = "the session is closed"): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#assertNoHandler("close");
    this.#closed = reason;
    await this.#settled("close", () => {
      const entities = this.tracking.close();
      if (entities.length > 0) {
        this.announcer.report("abandoned", { session: this.#session, entities });
      }
    });
  }

  /** Acts at once, or after the flush that is under way. */
  async #settled(operation: string, act: () => void): Promise<void> {
    this.#assertNoHandler(operation);
    if (this.queue.isIdle) act();
    else await this.queue.alone(operation, async () => act());
  }

  #assertNoHandler(operation: string): void {
    if (this.#reentrancy.isInside) throw new ReentrantFlush(operation);
  }

  #loaded({ entity, state }: Tracked): void {
    if (!this.announcer.hears("load")) return;
    this.announcer.report("load", { session: this.#session, entity, model: state.info.name });
  }

  #readHost(): ReadHost {
    const { cursorSecret, isConsistent } = this.#settings;
    return {
      connection: this.connection,
      isConsistent: this.#options.consistent ?? isConsistent,
      cursorSecret,
      tableName: (info) => this.tableName(info),
      assertOpen: (operation) => this.assertOpen(operation),
      mark: () => this.mark(),
      addBulk: (spec) => {
        this.assertWritable(spec.statement.action);
        this.work.bulk.add(spec);
      },
      hasExpired: () => this.work.identities.hasExpired,
      statusOf: (info, item) => this.rows.find(info, this.tableName(info), item)?.status,
      absorb: (info, item, facts) =>
        this.rows.absorb(info, this.tableName(info), item, facts)?.entity,
    };
  }
}
