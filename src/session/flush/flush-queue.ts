import { InvalidState } from "../../model/errors.js";
import type { BulkStatement } from "../bulk/bulk-statement.js";
import { ReentrantFlush } from "../errors.js";
import { logMistakes } from "../events.js";
import type { CommitOptions, FlushOptions, FlushResult, Resolution } from "../session-options.js";
import { flushError } from "./failure.js";
import { type FlushHost, type FlushReport, flushOnce } from "./flusher.js";
import {
  assertPolicy,
  type ConflictPolicy,
  choose,
  conflictResolution,
} from "./resolve-conflict.js";

/** How often a commit flushes what its own listeners add. SQLAlchemy's bound as well. */
const maxRounds = 100;

/** How often a commit resolves conflicts before it gives up. */
const maxResolutions = 10;

/** Flushes of one session, one after the other. */
export class FlushQueue {
  readonly #host: FlushHost;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(host: FlushHost) {
    this.#host = host;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** @throws {ReentrantFlush} REENTRANT_FLUSH */
  flush(options: FlushOptions): Promise<FlushResult> {
    return this.alone("flush", async () => {
      const { error, mistakes, written, requests, statements } = await flushOnce(
        this.#host,
        options,
      );
      throwFirst(error === undefined ? mistakes : [error, ...mistakes]);
      return { written, requests, ...(statements !== undefined && { statements }) };
    });
  }

  /** @throws {InvalidState} INVALID_STATE for an `onConflict` that is none. */
  commit(options: CommitOptions): Promise<FlushResult> {
    assertPolicy(options.onConflict);
    return this.alone("commit", () => this.#untilClean(options));
  }

  /** Runs something when no flush is under way, and keeps flushes waiting meanwhile. */
  async alone<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (this.#host.isInHandler()) throw new ReentrantFlush(operation);
    const before = this.#tail;
    let leave = () => {};
    this.#tail = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#waiting += 1;
    // Awaited, and not chained, so that an error's stack leads to the caller's line.
    try {
      await before;
      return await run();
    } finally {
      this.#waiting -= 1;
      leave();
    }
  }

  async #untilClean({ onConflict, token, ...options }: CommitOptions): Promise<FlushResult> {
    let written: readonly object[] = [];
    const mistakes: unknown[] = [];
    const statements: BulkStatement[] = [];
    let requests = 0;
    let resolutions = 0;
    // A token belongs to one payload: what is written after that has another one, in a transaction too.
    const further = token === undefined ? options : { ...options, transaction: true };
    for (let round = 1; ; round++) {
      const own = round === 1 && token !== undefined ? { ...options, token } : further;
      const report = await flushOnce(this.#host, own);
      written = union(written, report.written);
      mistakes.push(...report.mistakes);
      statements.push(...(report.statements ?? []));
      requests += report.requests;
      if (report.error !== undefined) {
        resolutions += 1;
        const isLast = onConflict === undefined || resolutions > maxResolutions;
        if (!isLast && (await this.#resolve(report, onConflict))) continue;
        throwFirst([flushError(report.error.failures, written), ...mistakes]);
      }
      throwFirst(mistakes);
      if (report.requests === 0) {
        return { written, requests, ...(statements.length > 0 && { statements }) };
      }
      if (round - resolutions === maxRounds) throw endless();
    }
  }

  /** Brings all objects in conflict onto what the table holds, or none where one can't be. */
  async #resolve({ conflicts, error }: FlushReport, policy: ConflictPolicy): Promise<boolean> {
    // What was cancelled along with a conflict is sent again with it; anything else went wrong by itself.
    const others = error?.failures.filter(({ isUnmet, isCancelled }) => !isUnmet && !isCancelled);
    if (conflicts.length === 0 || (others?.length ?? 0) > 0) return false;
    const choices: Resolution[] = [];
    for (const conflict of conflicts) {
      const choice = await this.#host.inHandler(() => choose(conflict, policy));
      if (choice === undefined) return false;
      choices.push(choice);
    }
    // Worked out after all were asked: the objects may have been edited meanwhile.
    const steps: (() => void)[] = [];
    for (const [at, conflict] of conflicts.entries()) {
      const step = conflictResolution(conflict, choices[at] as Resolution);
      if (step === undefined) return false;
      steps.push(step);
    }
    for (const step of steps) step();
    return true;
  }
}

/** Most commits write once, and then find nothing more. */
function union(some: readonly object[], others: readonly object[]): readonly object[] {
  if (others.length === 0) return some;
  return some.length === 0 ? others : [...new Set([...some, ...others])];
}

/** Throws the first of these, if there is one; there is nobody to throw the others to. */
function throwFirst([first, ...others]: readonly unknown[]): void {
  logMistakes(others);
  if (first !== undefined) throw first;
}

function endless(): InvalidState {
  return new InvalidState(
    `A commit flushed ${maxRounds} times and there was always more: a listener of "afterFlush" adds work each time. ` +
      "Stop it from doing so for the objects that it makes itself.",
    { operation: "commit", state: "open" },
  );
}
