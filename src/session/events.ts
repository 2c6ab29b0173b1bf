import type { Patch } from "immer";
import mitt, { type Emitter, type Handler } from "mitt";
import type { RequestEvent } from "./connection.js";
import type { FlushFailure } from "./errors.js";
import type { Plan } from "./flush/plan.js";
import type { Session } from "./session.js";

/** One object's part of a flush. */
export interface ChangeEvent {
  /** `undefined` for a check and for a row of a bulk statement. */
  readonly entity: object | undefined;
  readonly model: string;
  /** The key's attributes, by column. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly action: "put" | "update" | "delete" | "check";
  /** immer's patches against what the table held; `path[0]` is the column. */
  readonly patches: readonly Patch[];
}

/** What every event that can be waited for offers. */
export interface Waitable {
  /** Makes the flush wait; a rejection counts as a throw of the handler. A promise that a handler returns is waited for as well. */
  waitUntil(promise: PromiseLike<unknown>): void;
}

/** The events of a session; the engine's emitter has those of all its sessions. */
export type SessionEvents = {
  /** An object came into the session. */
  load: { readonly session: Session; readonly entity: object; readonly model: string };
  /** Before the first request: what is added or changed here is in this flush; a throw stops it. */
  beforeFlush: Waitable & {
    readonly session: Session;
    readonly plan: Plan;
    readonly changes: readonly ChangeEvent[];
  };
  /** A write request was answered. */
  write: {
    readonly session: Session;
    readonly operation: string;
    readonly tables: readonly string[];
    readonly entities: readonly object[];
    readonly durationMs: number;
    readonly attempts: number;
    /** Capacity units, where the answer told them. */
    readonly consumedCapacity: number | undefined;
  };
  /** After the state is settled, also where some writes failed. */
  afterFlush: Waitable & {
    readonly session: Session;
    readonly written: readonly object[];
    readonly changes: readonly ChangeEvent[];
    readonly error: Error | undefined;
  };
  /** A condition wasn't met. */
  conflict: Waitable & { readonly session: Session; readonly failure: FlushFailure };
  rollback: { readonly session: Session };
  /** A request was answered or failed. */
  request: RequestEvent;
  /** A session was closed with changes that no flush has written. */
  abandoned: { readonly session: Session; readonly entities: readonly object[] };
};

export type SessionEmitter = Emitter<SessionEvents>;

// mitt's types describe its CommonJS form, where the function is a property; at run time it is the default export.
const newEmitter = mitt as unknown as typeof mitt.default;

export function makeEmitter(): SessionEmitter {
  return newEmitter<SessionEvents>();
}

/** What an event tells, without the means to be waited for. */
export type Facts<N extends keyof SessionEvents> = Omit<SessionEvents[N], "waitUntil">;

/** Tells the session's listeners and the engine's, in the order of their registration. */
export class Announcer {
  readonly #emitters: readonly SessionEmitter[];

  constructor(emitters: readonly SessionEmitter[]) {
    this.#emitters = emitters;
  }

  hears(name: keyof SessionEvents): boolean {
    return this.#emitters.some(
      ({ all }) => (all.get(name)?.length ?? 0) > 0 || (all.get("*")?.length ?? 0) > 0,
    );
  }

  /**
   * Tells all listeners, waits for what they asked to be waited for, and throws the first error; the
   * others are logged.
   */
  async announce<N extends keyof SessionEvents>(name: N, facts: Facts<N>): Promise<void> {
    if (!this.hears(name)) return;
    const waits: PromiseLike<unknown>[] = [];
    const waitUntil = (promise: PromiseLike<unknown>) => void waits.push(promise);
    // Not spread: what is a getter stays one, and is worked out for those alone who ask.
    const event = Object.assign(facts, { waitUntil }) as unknown as SessionEvents[N];
    const errors: unknown[] = [];
    for (const call of this.#calls(name, event)) {
      try {
        const result = call();
        if (isThenable(result)) waits.push(result);
      } catch (error) {
        errors.push(error);
      }
    }
    // A handler that waits may ask for more, so that the list can grow.
    for (let at = 0; at < waits.length; at++) {
      const [settled] = await Promise.allSettled([waits[at]]);
      if (settled?.status === "rejected") errors.push(settled.reason);
    }
    if (errors.length === 0) return;
    logMistakes(errors.slice(1));
    throw errors[0];
  }

  /** Tells all listeners of something that can't be stopped any more, and returns what they threw. */
  tell<N extends keyof SessionEvents>(name: N, facts: Facts<N>): unknown[] {
    if (!this.hears(name)) return [];
    const errors: unknown[] = [];
    for (const call of this.#calls(name, facts as SessionEvents[N])) {
      try {
        const result = call();
        if (isThenable(result)) {
          result.then(undefined, (error: unknown) => logMistakes([error]));
        }
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  /** Tells all listeners of something that their mistakes can't break: those are logged. */
  report<N extends keyof SessionEvents>(name: N, facts: Facts<N>): void {
    logMistakes(this.tell(name, facts));
  }

  *#calls<N extends keyof SessionEvents>(
    name: N,
    event: SessionEvents[N],
  ): Generator<() => unknown> {
    for (const { all } of this.#emitters) {
      // mitt stops at the first handler that throws; here the others are told all the same.
      for (const handler of [...(all.get(name) ?? [])]) {
        yield () => (handler as Handler<SessionEvents[N]>)(event);
      }
      for (const handler of [...(all.get("*") ?? [])]) {
        yield () => (handler as (type: N, event: SessionEvents[N]) => unknown)(name, event);
      }
    }
  }
}

/** What listeners threw that nobody else would learn of. */
export function logMistakes(mistakes: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: there is no caller to throw it to.
  for (const mistake of mistakes) console.error(mistake);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}
