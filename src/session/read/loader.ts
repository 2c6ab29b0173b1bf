import { type StoredItem, wireOf } from "../../model/scanned-item.js";
import type { WireItem } from "../../schema/wire.js";
import { RequestAborted } from "../aws/request-errors.js";
import { whenAborted } from "../aws/when-aborted.js";
import type { Connection } from "../connection.js";
import { TooManyRequests } from "../errors.js";
import type { Wanted } from "./batch-get.js";
import { getItems } from "./get-items.js";

export interface LoadOptions {
  readonly isConsistent: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Whether it must be read from now on: a read that was sent before doesn't answer it. Default `false`. */
  readonly isFresh?: boolean;
}

/** One read that several callers may wait for. */
interface Pending {
  readonly wanted: Wanted;
  readonly batch: Batch;
  /** Callers that still wait. */
  callers: number;
  /** Whether one of them waits whatever happens. */
  isHeld: boolean;
}

/** The gets of one turn of the event loop. */
interface Batch {
  readonly isConsistent: boolean;
  readonly pending: Map<string, Pending>;
  /** What all of them wait for. */
  readonly answered: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** The items that exist, by identity; `undefined` without an answer. */
  items: ReadonlyMap<string, StoredItem> | undefined;
  /** Gives the request up when nobody waits any more; `undefined` where somebody always will. */
  abort: AbortController | undefined;
  isSent: boolean;
  /** How many writes had been acknowledged when it was sent. */
  generation: number;
}

type Schedule = (run: () => void) => void;

const { process: node, setImmediate } = globalThis as {
  readonly process?: { readonly nextTick?: Schedule };
  readonly setImmediate?: Schedule;
};

/**
 * After all microtasks of this turn. Node's ticks come right after them: the DataLoader waits for one as
 * well. A turn of the event loop more would cost a tenth of what a single get takes. Nothing of it is
 * imported, as edge runtimes have neither.
 */
const afterTurn: Schedule = node?.nextTick
  ? (run) => void Promise.resolve().then(() => node.nextTick?.(run))
  : (setImmediate ?? ((run) => void setTimeout(run, 0)));

/**
 * Joins gets: those made in one turn of the event loop travel as one `BatchGetItem`, each key once;
 * a single one as a `GetItem`. Later gets of a key share the read that is under way. Facebook's
 * DataLoader made the pattern known.
 */
export class Loader {
  readonly #connection: Connection;
  readonly #generation: () => number;
  /** By whether reads are consistent. */
  readonly #gathering = new Map<boolean, Batch>();
  /** The reads without an answer yet, by identity; likewise. */
  readonly #underWay = new Map([
    [true, new Map<string, Pending>()],
    [false, new Map<string, Pending>()],
  ]);

  /** `generation` counts acknowledged writes: what was asked before one doesn't answer those who ask after it. */
  constructor(connection: Connection, generation: () => number = () => 0) {
    this.#connection = connection;
    this.#generation = generation;
  }

  /**
   * The items as the table holds them, in the order of their keys; `undefined` where there is none. The
   * keys of one call wait together: promises for each of them cost half as much as reading its item.
   */
  async get(wanted: readonly Wanted[], options: LoadOptions): Promise<(StoredItem | undefined)[]> {
    const { signal } = options;
    const [first] = wanted;
    if (first === undefined) return [];
    if (signal?.aborted) throw aborted(first.tableName, signal);
    const joined = wanted.map((each) => this.#join(each, options));
    const answered = allAnswered(joined);
    await (signal === undefined ? answered : untilAborted(joined, answered, signal));
    return joined.map(({ wanted: { identity, info }, batch }, at) => {
      const item = batch.items?.get(identity);
      // Read for another model, it was scanned by that one's columns.
      return item === undefined || info === wanted[at]?.info ? item : wireOf(item);
    });
  }

  /** Waits along with whoever asks for the same item, or adds it to those of this turn. */
  #join(wanted: Wanted, { isConsistent, signal, isFresh = false }: LoadOptions): Pending {
    const pending =
      this.#shared(wanted.identity, isConsistent, isFresh) ??
      addTo(this.#batch(isConsistent), wanted);
    pending.callers += 1;
    if (signal === undefined) pending.isHeld = true;
    return pending;
  }

  /** A read of the same key that is good enough. */
  #shared(identity: string, isConsistent: boolean, isFresh: boolean): Pending | undefined {
    for (const stronger of isConsistent ? [true] : [false, true]) {
      const gathered = this.#gathering.get(stronger)?.pending.get(identity);
      if (gathered !== undefined) return gathered;
      const sent = this.#underWay.get(stronger)?.get(identity);
      if (sent === undefined || isFresh) continue;
      const { generation, abort } = sent.batch;
      if (generation === this.#generation() && abort?.signal.aborted !== true) return sent;
    }
    return undefined;
  }

  #batch(isConsistent: boolean): Batch {
    const known = this.#gathering.get(isConsistent);
    if (known !== undefined) return known;
    const batch = makeBatch(isConsistent);
    this.#gathering.set(isConsistent, batch);
    afterTurn(() => {
      this.#gathering.delete(isConsistent);
      void this.#send(batch);
    });
    return batch;
  }

  async #send(batch: Batch): Promise<void> {
    batch.isSent = true;
    batch.generation = this.#generation();
    // Whoever gave up before it was sent is left out.
    const waiting = [...batch.pending.values()].filter(({ callers }) => callers > 0);
    if (waiting.length === 0) return;
    if (!waiting.some(({ isHeld }) => isHeld)) batch.abort = new AbortController();
    const underWay = this.#underWay.get(batch.isConsistent);
    for (const pending of waiting) underWay?.set(pending.wanted.identity, pending);
    try {
      batch.items = await getItems(
        this.#connection,
        waiting.map(({ wanted }) => wanted),
        { isConsistent: batch.isConsistent, signal: batch.abort?.signal },
      );
      batch.resolve();
    } catch (error) {
      batch.reject(error);
    } finally {
      for (const pending of waiting) {
        const { identity } = pending.wanted;
        if (underWay?.get(identity) === pending) underWay.delete(identity);
      }
    }
  }
}

function makeBatch(isConsistent: boolean): Batch {
  let resolve: Batch["resolve"] = () => undefined;
  let reject: Batch["reject"] = () => undefined;
  const answered = new Promise<void>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  // Whoever waits sees it; where all gave up, nobody has to.
  answered.catch(() => undefined);
  return {
    isConsistent,
    pending: new Map(),
    answered,
    resolve,
    reject,
    items: undefined,
    abort: undefined,
    isSent: false,
    generation: 0,
  };
}

function addTo(batch: Batch, wanted: Wanted): Pending {
  const pending: Pending = { wanted, batch, callers: 0, isHeld: false };
  batch.pending.set(wanted.identity, pending);
  return pending;
}

function batchesOf(joined: readonly Pending[]): ReadonlySet<Batch> {
  return new Set(joined.map(({ batch }) => batch));
}

function allAnswered(joined: readonly Pending[]): Promise<unknown> {
  const [first, ...others] = batchesOf(joined);
  if (first !== undefined && others.length === 0) return first.answered;
  return Promise.all([first, ...others].map((batch) => batch?.answered));
}

/** A caller's signal ends its own wait; a request is given up when nobody waits for it any more. */
function untilAborted<T>(
  joined: readonly Pending[],
  answers: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = whenAborted(signal, () => {
      for (const pending of joined) pending.callers -= 1;
      reject(aborted((joined[0] as Pending).wanted.tableName, signal));
      for (const batch of batchesOf(joined)) {
        const isDeserted = [...batch.pending.values()].every(({ callers }) => callers === 0);
        if (batch.isSent && isDeserted) batch.abort?.abort(signal.reason);
      }
    });
    answers.then(resolve, reject).finally(callOff);
  });
}

function aborted(tableName: string, signal: AbortSignal): RequestAborted {
  return new RequestAborted({ operation: "GetItem", tableName, attempts: 0 }, signal.reason);
}

/** The loader reads for several callers at once: here the error gets the stack of one of them. */
export async function load(
  loader: Loader,
  wanted: readonly Wanted[],
  options: LoadOptions,
): Promise<(StoredItem | undefined)[]> {
  try {
    return await loader.get(wanted, options);
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    throw new TooManyRequests(error.maxRequests, error.operation, error.tables);
  }
}

/** The same of one item, with all that it has. */
export async function loadWire(
  loader: Loader,
  wanted: Wanted,
  options: LoadOptions,
): Promise<WireItem | undefined> {
  const [item] = await load(loader, [wanted], options);
  return item && wireOf(item);
}
