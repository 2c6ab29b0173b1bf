import type { ModelInfo } from "../../model/metadata.js";
import { type StoredItem, wireOf } from "../../model/scanned-item.js";
import type { Key } from "../../schema/key.js";
import type { WireItem } from "../../schema/wire.js";
import { RequestAborted } from "../aws/request-errors.js";
import { whenAborted } from "../aws/when-aborted.js";
import type { Connection } from "../connection.js";
import { TooManyRequests } from "../errors.js";
import { identityOf } from "../identity-map.js";
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
  readonly result: Promise<StoredItem | undefined>;
  readonly resolve: (item: StoredItem | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** Callers that still wait. */
  callers: number;
  /** Whether one of them waits whatever happens. */
  isHeld: boolean;
  batch: Batch;
}

/** The gets of one turn of the event loop. */
interface Batch {
  readonly isConsistent: boolean;
  readonly pending: Map<string, Pending>;
  /** Gives the request up when nobody waits any more; `undefined` where somebody always will. */
  abort: AbortController | undefined;
  isSent: boolean;
  /** How many writes had been acknowledged when it was sent. */
  generation: number;
}

type Schedule = (run: () => void) => void;

const { process, setImmediate } = globalThis as {
  readonly process?: { readonly nextTick?: Schedule };
  readonly setImmediate?: Schedule;
};

/**
 * After all microtasks of this turn. Node's ticks come right after them: the DataLoader waits for one as
 * well. A turn of the event loop more would cost a tenth of what a single get takes. Nothing of it is
 * imported, as edge runtimes have neither.
 */
const afterTurn: Schedule = process?.nextTick
  ? (run) => void Promise.resolve().then(() => process.nextTick?.(run))
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

  /** The item as the table holds it; `undefined` if there is none. */
  get(
    info: ModelInfo,
    tableName: string,
    key: Key,
    { isConsistent, signal, isFresh = false }: LoadOptions,
  ): Promise<StoredItem | undefined> {
    if (signal?.aborted) return Promise.reject(aborted(tableName, signal));
    const identity = identityOf(tableName, key);
    const pending =
      this.#shared(identity, isConsistent, isFresh) ??
      addTo(this.#batch(isConsistent), identity, { info, tableName, key });
    pending.callers += 1;
    if (signal !== undefined) return untilAborted(pending, signal);
    pending.isHeld = true;
    return pending.result;
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
    const batch: Batch = {
      isConsistent,
      pending: new Map(),
      abort: undefined,
      isSent: false,
      generation: 0,
    };
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
    const waiting = [...batch.pending].filter(([, { callers }]) => callers > 0);
    if (waiting.length === 0) return;
    if (!waiting.some(([, { isHeld }]) => isHeld)) batch.abort = new AbortController();
    const underWay = this.#underWay.get(batch.isConsistent);
    for (const [identity, pending] of waiting) underWay?.set(identity, pending);
    try {
      const items = await getItems(
        this.#connection,
        waiting.map(([, { wanted }]) => wanted),
        { isConsistent: batch.isConsistent, signal: batch.abort?.signal },
      );
      for (const [identity, pending] of waiting) pending.resolve(items.get(identity));
    } catch (error) {
      for (const [, pending] of waiting) pending.reject(error);
    } finally {
      for (const [identity, pending] of waiting) {
        if (underWay?.get(identity) === pending) underWay.delete(identity);
      }
    }
  }
}

function addTo(batch: Batch, identity: string, wanted: Wanted): Pending {
  let resolve: Pending["resolve"] = () => undefined;
  let reject: Pending["reject"] = () => undefined;
  const result = new Promise<StoredItem | undefined>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  // Whoever waits sees it; where all gave up, nobody has to.
  result.catch(() => undefined);
  const pending: Pending = { wanted, result, resolve, reject, callers: 0, isHeld: false, batch };
  batch.pending.set(identity, pending);
  return pending;
}

/** A caller's signal ends its own wait; the request is given up when nobody waits any more. */
function untilAborted(pending: Pending, signal: AbortSignal): Promise<StoredItem | undefined> {
  return new Promise((resolve, reject) => {
    const callOff = whenAborted(signal, () => {
      pending.callers -= 1;
      reject(aborted(pending.wanted.tableName, signal));
      const { batch } = pending;
      const isDeserted = [...batch.pending.values()].every(({ callers }) => callers === 0);
      if (batch.isSent && isDeserted) batch.abort?.abort(signal.reason);
    });
    pending.result.then(resolve, reject).finally(callOff);
  });
}

function aborted(tableName: string, signal: AbortSignal): RequestAborted {
  return new RequestAborted({ operation: "GetItem", tableName, attempts: 0 }, signal.reason);
}

/** The loader reads for several callers at once: here the error gets the stack of one of them. */
export async function load(
  loader: Loader,
  { info, tableName, key }: Wanted,
  options: LoadOptions,
): Promise<StoredItem | undefined> {
  try {
    return await loader.get(info, tableName, key, options);
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    throw new TooManyRequests(error.maxRequests, error.operation, error.tables);
  }
}

/** The same with all that the item has. */
export async function loadWire(
  loader: Loader,
  wanted: Wanted,
  options: LoadOptions,
): Promise<WireItem | undefined> {
  const item = await load(loader, wanted, options);
  return item && wireOf(item);
}
