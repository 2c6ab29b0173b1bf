import { AsyncLocalStorage } from "node:async_hooks";
import type { Engine } from "../session/engine.js";
import { SessionClosed } from "../session/errors.js";
import type { Session } from "../session/session.js";
import type { CommitOptions, SessionOptions } from "../session/session-options.js";
import { NoCurrentSession } from "./errors.js";

/** How a scope opens its session and ends it. What is left out of the session's options is the engine's. */
export interface ScopeOptions extends SessionOptions {
  /**
   * `"onSuccess"` commits when the scope's work has succeeded, and discards when it threw. Default
   * `"manual"`: whoever changes something commits it.
   */
  readonly flush?: "manual" | "onSuccess";
  /** Options of that commit, such as `{ onConflict: "rebase" }`. */
  readonly commit?: CommitOptions;
}

const storage = new AsyncLocalStorage<Scope>();

/** A session, the stretch of work that it belongs to, and the way in which the two end. */
export class Scope {
  readonly session: Session;
  readonly #options: ScopeOptions;
  readonly #reason: string;
  #isOver = false;

  /** `reason` is what whoever comes after its end is told. */
  constructor(engine: Engine, options: ScopeOptions, reason: string) {
    this.session = engine.session(options);
    this.#options = options;
    this.#reason = reason;
  }

  /** @throws {NoCurrentSession} NO_CURRENT_SESSION */
  static current(): Scope {
    const scope = storage.getStore();
    if (scope === undefined) throw new NoCurrentSession();
    return scope;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether success commits. */
  get commits(): boolean {
    return this.#options.flush === "onSuccess" && this.#options.readonly !== true;
  }

  /** Whether there is something to commit. */
  get hasChanges(): boolean {
    if (this.session.isClosed) return false;
    const { steps, statements } = this.session.plan();
    return steps.length > 0 || statements.length > 0;
  }

  /** Runs a function inside of the scope, with its success or failure, and ends the scope. */
  async use<T>(work: (session: Session) => T | PromiseLike<T>): Promise<T> {
    try {
      const result = await this.run(() => work(this.session));
      await this.succeed();
      return result;
    } catch (error) {
      await this.fail();
      throw error;
    } finally {
      await this.end();
    }
  }

  /** Runs a function, and all that it starts, inside of the scope. */
  run<T>(fn: () => T): T {
    return storage.run(this, fn);
  }

  /** @throws {SessionClosed} SESSION_CLOSED once the scope has ended. */
  assertRunning(operation: string): void {
    if (this.#isOver) throw new SessionClosed(operation, this.#reason);
  }

  /** What becomes of the work that was done: written, where the scope commits. `reason` is what whoever writes after it is told. */
  async succeed(reason = this.#reason): Promise<void> {
    if (!this.commits || this.session.isClosed) return;
    // What nobody waits for may write until the very end: it is committed or refused, and never lost unseen.
    do await this.run(() => this.session.commit(this.#options.commit));
    while (this.hasChanges);
    this.session.seal(reason);
  }

  /** What becomes of the work where something threw: forgotten. */
  async fail(): Promise<void> {
    if (this.session.isClosed) return;
    // A flush that is stuck in its own listener would be the second error; the first one counts.
    await this.session.rollback().catch(() => undefined);
  }

  /** Closes the session; never throws. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    // It only throws inside a listener of its own flush, which ends the session's work by itself.
    await this.session.close(this.#reason).catch(() => undefined);
  }
}
