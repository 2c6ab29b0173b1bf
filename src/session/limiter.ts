import { whenAborted } from "./aws/when-aborted.js";

/** How many requests of one engine are under way at once, unless it says otherwise. */
export const defaultConcurrency = 16;

/** Lets so many tasks run at once; the others wait in the order in which they came. */
export class Limiter {
  readonly max: number;
  #running = 0;
  /** A set, since one that is given up leaves from the middle. */
  readonly #waiting = new Set<() => void>();

  constructor(max: number = defaultConcurrency) {
    this.max = Math.max(1, max);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs the task when its turn comes; rejects with the signal's reason, without running it, if that comes first. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    // A free place is taken in this turn of the event loop: requests leave in the order of the calls.
    const turn = this.#enter(signal);
    if (turn !== undefined) await turn;
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#running < this.max) {
      this.#running += 1;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        callOff?.();
        resolve();
      };
      const callOff =
        signal &&
        whenAborted(signal, () => {
          this.#waiting.delete(enter);
          reject(signal.reason);
        });
      this.#waiting.add(enter);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    // The place goes straight to the next one, so that no newcomer overtakes it.
    this.#waiting.delete(next);
    next();
  }
}
