import { rehydrate } from "../model/hydrate.js";
import type { ModelInfo } from "../model/metadata.js";
import type { StoredItem } from "../model/scanned-item.js";
import { type Key, keyOf } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
import type { Clarifier } from "./clarifier.js";
import type { Connection } from "./connection.js";
import { ItemNotFound } from "./errors.js";
import type { Ledger } from "./flush/settle.js";
import { placeOf } from "./identity.js";
import { type Wanted, wantedItem } from "./read/batch-get.js";
import { isPastTtl } from "./read/expired.js";
import { type Loader, load, loadWire } from "./read/loader.js";
import { transactGet } from "./read/transact-get.js";
import { assertSameModel, type RowIntake } from "./row-intake.js";
import type { Tracked } from "./tracked.js";
import { hasWork, type UnitOfWork } from "./unit-of-work.js";
import { isHidden, isIncomplete } from "./visibility.js";

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
  readonly clarifier: Clarifier;
  tableName(info: ModelInfo): string;
  mark(): number;
  assertOpen(operation: string): void;
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
    if (options.transaction === true) return this.#readTogether(wanted, options);
    const { work, rows } = this.#host;
    const unknown: Wanted[] = [];
    const known: Promise<readonly [string, Tracked | undefined]>[] = [];
    for (const each of wanted) {
      const { identity } = each;
      const isKnown = work.identities.find(identity) !== undefined || rows.wasDeleted(identity);
      if (isKnown) known.push(this.#find(each, options).then((tracked) => [identity, tracked]));
      else unknown.push(each);
    }
    const [found, ...others] = await Promise.all([this.#load(unknown, options), ...known]);
    for (const [identity, tracked] of others) found.set(identity, tracked);
    return wanted.map(({ identity }) => found.get(identity));
  }

  /** Finds what the session knows nothing of: all at once, since a search for each would cost more than the items. */
  async #load(
    wanted: readonly Wanted[],
    options: GetOptions,
  ): Promise<Map<string, Tracked | undefined>> {
    if (wanted.length === 0) return new Map();
    const isConsistent = options.consistent ?? this.#host.isConsistent;
    const mark = this.#host.mark();
    const { signal } = options;
    const items = await load(this.#host.loader, wanted, { isConsistent, signal });
    return this.#takeAll(wanted, items, mark, options, isConsistent);
  }

  async #readTogether(
    wanted: readonly Wanted[],
    options: GetOptions,
  ): Promise<(Tracked | undefined)[]> {
    for (const each of wanted) await this.#resolveFor(each, options.signal);
    const mark = this.#host.mark();
    const { connection } = this.#host;
    const each = unique(wanted);
    const items = await transactGet(connection, each, options.signal);
    const inOrder = each.map(({ identity }) => items.get(identity));
    const found = await this.#takeAll(each, inOrder, mark, options, true);
    return wanted.map(({ identity }) => found.get(identity));
  }

  /** Takes in what was read of several keys. */
  async #takeAll(
    wanted: readonly Wanted[],
    items: readonly (StoredItem | undefined)[],
    mark: number,
    options: GetOptions,
    isAuthoritative: boolean,
  ): Promise<Map<string, Tracked | undefined>> {
    this.#host.assertOpen("get");
    const found = new Map<string, Tracked | undefined>();
    const late: Wanted[] = [];
    for (const [at, each] of wanted.entries()) {
      if (found.has(each.identity)) continue;
      const tracked = this.#take(each, items[at], mark, options, isAuthoritative);
      found.set(each.identity, tracked);
      // A write was acknowledged meanwhile, so that what was read is older than it.
      if (tracked !== undefined && mark <= tracked.acknowledged && isIncomplete(tracked)) {
        late.push(each);
      }
    }
    await Promise.all(
      late.map(async (each) => {
        const again = isAuthoritative ? { ...options, consistent: true } : options;
        found.set(each.identity, await this.#find(each, again));
      }),
    );
    return found;
  }

  async #find(wanted: Wanted, options: GetOptions): Promise<Tracked | undefined> {
    const { work, rows } = this.#host;
    const { identity, key } = wanted;
    const place = placeOf(identity);
    const known = work.identities.at(place);
    if (known !== undefined) assertSameModel(known, wanted.info, key);
    const wasUncertain = known?.unresolved !== undefined;
    if (wasUncertain) await this.#resolveFor(wanted, options.signal);
    for (;;) {
      const tracked = work.identities.at(place);
      // It was found to be deleted just now.
      if (tracked === undefined && wasUncertain) return undefined;
      if (tracked !== undefined) {
        if (isHidden(tracked, place)) return undefined;
        if (!isIncomplete(tracked)) return tracked;
      }
      // What was deleted or expired here is asked for as it is now, not as it was.
      const isKnown = tracked !== undefined || rows.wasDeleted(identity);
      const isConsistent = options.consistent ?? (isKnown || this.#host.isConsistent);
      const mark = this.#host.mark();
      const { signal } = options;
      const [item] = await load(this.#host.loader, [wanted], { isConsistent, signal });
      this.#host.assertOpen("get");
      const found = this.#take(wanted, item, mark, options, isConsistent);
      // A write of the key was acknowledged meanwhile, so that what was read is older than it.
      if (item === undefined || found === undefined || mark > found.acknowledged) return found;
    }
  }

  /** Before anything is said of an item: finds out about its last write, if that is in doubt. */
  async #resolveFor(
    { info, key, identity }: Wanted,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const tracked = this.#host.work.identities.find(identity);
    if (tracked === undefined) return;
    assertSameModel(tracked, info, key);
    if (tracked.unresolved === undefined) return;
    await this.#host.clarifier.resolve(tracked.unresolved, signal);
  }

  /** Nothing was found; a local object with this key that means to write stands all the same. */
  #missing({ identity }: Wanted): Tracked | undefined {
    const place = placeOf(identity);
    const tracked = this.#host.work.identities.at(place);
    if (tracked === undefined || isHidden(tracked, place)) return undefined;
    if (!isIncomplete(tracked) || (tracked.status !== "expired" && hasWork(tracked))) {
      return tracked;
    }
    this.#host.ledger.release(tracked);
    return undefined;
  }

  #take(
    wanted: Wanted,
    item: StoredItem | undefined,
    mark: number,
    { includeExpired = false }: GetOptions,
    isAuthoritative: boolean,
  ): Tracked | undefined {
    if (item === undefined) return this.#missing(wanted);
    const { info, tableName } = wanted;
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
    const items = new Map<Tracked, WireItem | undefined>();
    const groups = new Set(objects.flatMap(({ unresolved }) => unresolved ?? []));
    await Promise.all([
      ...[...groups].map((group) => this.#host.clarifier.resolve(group, signal, items)),
      ...objects
        .filter(({ unresolved }) => unresolved === undefined)
        .map(async (tracked) => {
          const { state, tableName } = tracked;
          const wanted = wantedItem(state.info, tableName, state.key as Key);
          const options = { isConsistent: true, signal };
          items.set(tracked, await loadWire(this.#host.loader, wanted, options));
        }),
    ]);
    this.#host.assertOpen("refresh");
    let missing: Tracked | undefined;
    for (const tracked of objects) {
      const { state } = tracked;
      const item = items.get(tracked);
      if (item !== undefined) {
        rehydrate(state, item, "overwrite");
        state.key ??= keyOf(state.info.table, state.instance, "pick");
        if (tracked.supersedes !== undefined) this.#host.ledger.release(tracked.supersedes);
        tracked.clearIntentions();
        tracked.unresolved = undefined;
        tracked.status = "persistent";
      } else if (tracked.status !== "pending") {
        if (!state.isDeleted) this.#host.ledger.release(tracked);
        missing ??= tracked;
      }
    }
    if (missing !== undefined) {
      const { info, instance } = missing.state;
      throw new ItemNotFound(info.name, keyOf(info.table, instance, "pick").values);
    }
  }

  #wanted(info: ModelInfo, values: object): Wanted {
    return wantedItem(info, this.#host.tableName(info), keyOf(info.table, values));
  }
}

function unique(wanted: readonly Wanted[]): Wanted[] {
  return [...new Map(wanted.map((each) => [each.identity, each])).values()];
}
