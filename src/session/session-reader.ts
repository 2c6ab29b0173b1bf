import { rehydrate } from "../model/hydrate.js";
import type { ModelInfo } from "../model/metadata.js";
import { type Key, keyOf } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
import type { Connection } from "./connection.js";
import { ItemNotFound } from "./errors.js";
import type { Change } from "./flush/change.js";
import { type Ledger, settleWritten } from "./flush/settle.js";
import { haveLanded, type Unresolved } from "./flush/uncertain.js";
import { identityOf } from "./identity-map.js";
import { isPastTtl } from "./read/expired.js";
import type { Loader } from "./read/loader.js";
import { transactGet } from "./read/transact-get.js";
import { assertSameModel, type RowIntake } from "./row-intake.js";
import type { Tracked } from "./tracked.js";
import type { UnitOfWork } from "./unit-of-work.js";

export interface GetOptions {
  /** Default: the session's. */
  readonly consistent?: boolean;
  readonly signal?: AbortSignal;
  /** Whether items whose TTL has passed are given as well. Default `false`. */
  readonly includeExpired?: boolean;
}

export interface GetManyOptions extends GetOptions {
  /** Reads all keys at one moment, by `TransactGetItems`: 100 keys at most, twice the price. */
  readonly transaction?: boolean;
}

/** What reading by key needs of its session. */
export interface ReaderHost {
  readonly work: UnitOfWork;
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly loader: Loader;
  readonly rows: RowIntake;
  readonly isConsistent: boolean;
  tableName(info: ModelInfo): string;
  mark(): number;
  assertOpen(operation: string): void;
  release(tracked: Tracked): void;
}

interface Wanted {
  readonly info: ModelInfo;
  readonly tableName: string;
  readonly key: Key;
}

/** Reads by key: through the identity map, and otherwise from the table. */
export class SessionReader {
  readonly #host: ReaderHost;

  constructor(host: ReaderHost) {
    this.#host = host;
  }

  async get(info: ModelInfo, values: object, options: GetOptions): Promise<Tracked | undefined> {
    return this.#find(this.#wanted(info, values), options);
  }

  async getMany(
    info: ModelInfo,
    keys: Iterable<object>,
    options: GetManyOptions,
  ): Promise<(Tracked | undefined)[]> {
    const wanted = Array.from(keys, (values) => this.#wanted(info, values));
    if (options.transaction !== true) {
      return Promise.all(wanted.map((each) => this.#find(each, options)));
    }
    const mark = this.#host.mark();
    const { connection } = this.#host;
    const items = await transactGet(connection, unique(wanted), options.signal);
    this.#host.assertOpen("get");
    return wanted.map((each) => {
      const item = items.get(identityOf(each.tableName, each.key));
      return item && this.#absorb(each, item, mark, options, true);
    });
  }

  async #find(wanted: Wanted, options: GetOptions): Promise<Tracked | undefined> {
    const { work, loader, rows } = this.#host;
    const { info, tableName, key } = wanted;
    const identity = identityOf(tableName, key);
    const tracked = work.identities.find(identity);
    if (tracked !== undefined) {
      assertSameModel(tracked, info, key);
      if (tracked.status === "uncertain") await this.resolveUncertain(options.signal, tracked);
      if (tracked.status === "delete-marked") return undefined;
      if (tracked.status !== "expired") {
        return work.identities.of(tracked.state) === undefined ? undefined : tracked;
      }
    }
    // What was deleted or expired here is asked for as it is now, not as it was.
    const isKnown = tracked !== undefined || rows.wasDeleted(identity);
    const isConsistent = options.consistent ?? (isKnown || this.#host.isConsistent);
    const mark = this.#host.mark();
    const { signal } = options;
    const item = await loader.get(info, tableName, key, { isConsistent, signal });
    this.#host.assertOpen("get");
    if (item !== undefined) return this.#absorb(wanted, item, mark, options, isConsistent);
    return this.#missing(wanted);
  }

  /** Nothing was found; a local object with this key, added meanwhile, stands all the same. */
  #missing({ tableName, key }: Wanted): Tracked | undefined {
    const tracked = this.#host.work.identities.find(identityOf(tableName, key));
    if (tracked === undefined || tracked.status === "delete-marked") return undefined;
    if (tracked.status !== "expired") return tracked;
    this.#host.release(tracked);
    return undefined;
  }

  #absorb(
    { info, tableName }: Wanted,
    item: WireItem,
    mark: number,
    { includeExpired = false }: GetOptions,
    isAuthoritative: boolean,
  ): Tracked | undefined {
    if (!includeExpired && isPastTtl(info, item)) return undefined;
    const facts = {
      mark,
      requested: undefined,
      isAuthoritative,
      overwrites: false,
      includeExpired,
    };
    return this.#host.rows.absorb(info, tableName, item, facts);
  }

  /**
   * Reads objects anew, consistently and together; edits are discarded.
   *
   * @throws {ItemNotFound} ITEM_NOT_FOUND for one that isn't there any more; it is detached then.
   */
  async refresh(objects: readonly Tracked[], signal: AbortSignal | undefined): Promise<void> {
    for (const tracked of objects) {
      if (tracked.status === "uncertain") await this.resolveUncertain(signal, tracked);
    }
    const stored = objects.filter(({ status }) => status !== "pending");
    const { loader } = this.#host;
    const items = await Promise.all(
      stored.map(({ state, tableName }) =>
        loader.get(state.info, tableName, state.key as Key, { isConsistent: true, signal }),
      ),
    );
    this.#host.assertOpen("refresh");
    let missing: Tracked | undefined;
    for (const [at, tracked] of stored.entries()) {
      const item = items[at];
      if (item === undefined) {
        this.#host.release(tracked);
        missing ??= tracked;
      } else {
        rehydrate(tracked.state, item, "overwrite");
        tracked.clearIntentions();
        tracked.status = "persistent";
      }
    }
    if (missing !== undefined) {
      const { info, key } = missing.state;
      throw new ItemNotFound(info.name, (key as Key).values);
    }
  }

  /** Finds out what became of writes whose answer was lost: of all, or of those that share one object's fate. */
  async resolveUncertain(signal: AbortSignal | undefined, only?: Tracked): Promise<void> {
    const groups = new Set<Unresolved>();
    for (const tracked of only === undefined ? this.#host.work.identities.values() : [only]) {
      if (tracked.unresolved !== undefined) groups.add(tracked.unresolved);
    }
    await Promise.all([...groups].map((group) => this.#resolve(group, signal)));
  }

  async #resolve(group: Unresolved, signal: AbortSignal | undefined): Promise<void> {
    const { loader } = this.#host;
    const items = new Map<Change, WireItem | undefined>();
    await Promise.all(
      group.planned.map(async ({ change }) => {
        const { info, tableName, key } = change;
        items.set(change, await loader.get(info, tableName, key, { isConsistent: true, signal }));
      }),
    );
    this.#host.assertOpen("flush");
    const isWritten = haveLanded(group, (change) => items.get(change));
    for (const planned of group.planned) {
      const { tracked } = planned.change;
      // Refreshed, rolled back or let go in the meantime, it has no question left.
      if (tracked?.unresolved !== group) continue;
      tracked.status = group.before.get(tracked) ?? "persistent";
      tracked.unresolved = undefined;
      const item = items.get(planned.change);
      if (isWritten) settleWritten(planned, item, this.#host.ledger, this.#host.mark());
    }
  }

  #wanted(info: ModelInfo, values: object): Wanted {
    return { info, tableName: this.#host.tableName(info), key: keyOf(info.table, values) };
  }
}

function unique(wanted: readonly Wanted[]): Wanted[] {
  return [...new Map(wanted.map((each) => [identityOf(each.tableName, each.key), each])).values()];
}
