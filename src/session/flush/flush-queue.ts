import { ReentrantFlush } from "../errors.js";
import type { CommitOptions, FlushOptions, FlushResult } from "../session-options.js";
import { type FlushHost, type FlushReport, flushOnce } from "./flusher.js";
import { type ConflictPolicy, conflictResolution } from "./resolve-conflict.js";

/** How often a commit flushes what its own listeners add. SQLAlchemy's bound as well. */
const maxRounds = 100;

/** How often a commit resolves conflicts before it gives up. */
const maxResolutions = 10;

/** Flushes of one session, one after the other. */
export class FlushQueue {
  readonly #host: FlushHost;
  #tail: Promise<unknown> = Promise.resolve();
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
    return this.alone("flush", async () => settled(await flushOnce(this.#host, options)));
  }

  commit(options: CommitOptions): Promise<FlushResult> {
    return this.alone("commit", async () => {
      const written = new Set<object>();
      let requests = 0;
      for (let round = 1; ; round++) {
        const result = await this.#resolving(options);
        requests += result.requests;
        for (const entity of result.written) written.add(entity);
        if (result.requests === 0) return { written: [...written], requests };
        if (round === maxRounds) throw new EndlessFlush();
      }
    });
  }

  /** Runs something when no flush is under way, and keeps flushes waiting meanwhile. */
  alone<T>(operation: string, run: () => Promise<T>): Promise<T> {
    if (this.#host.isInHandler()) {
      return Promise.reject(new ReentrantFlush(operation));
    }
    this.#waiting += 1;
    const result = this.#tail.then(run);
    this.#tail = result.then(
      () => void this.#waiting--,
      () => void this.#waiting--,
    );
    return result;
  }

  async #resolving(options: CommitOptions): Promise<FlushResult> {
    const { onConflict } = options;
    const written: object[] = [];
    let requests = 0;
    for (let attempt = 1; ; attempt++) {
      const report = await flushOnce(this.#host, options);
      written.push(...report.written);
      requests += report.requests;
      const isLast = onConflict === undefined || attempt > maxResolutions;
      if (report.error === undefined || isLast || !(await resolve(report, onConflict))) {
        settled(report);
        return { written, requests };
      }
    }
  }
}

/** Brings all objects in conflict onto what the table holds, or none where one can't be. */
async function resolve(report: FlushReport, policy: ConflictPolicy): Promise<boolean> {
  const { conflicts, error } = report;
  if (conflicts.length === 0 || conflicts.length < (error?.failures.length ?? 0)) {
    // Beside the conflicts something else went wrong, other than being cancelled with them.
    const others = error?.failures.filter(({ isUnmet, isCancelled }) => !isUnmet && !isCancelled);
    if (conflicts.length === 0 || (others?.length ?? 0) > 0) return false;
  }
  const steps: (() => void)[] = [];
  for (const conflict of conflicts) {
    const step = await conflictResolution(conflict, policy);
    if (step === undefined) return false;
    steps.push(step);
  }
  for (const step of steps) step();
  return true;
}

function settled(report: FlushReport): FlushResult {
  if (report.error !== undefined) throw report.error;
  if (report.mistakes.length > 0) throw report.mistakes[0];
  return { written: report.written, requests: report.requests };
}

class EndlessFlush extends Error {
  constructor() {
    super(
      `A commit flushed ${maxRounds} times and there was always more: a listener of "afterFlush" adds work each time.`,
    );
  }
}
