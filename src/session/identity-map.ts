import type { InstanceState } from "../model/instance-state.js";
import type { Key } from "../schema/key.js";
import { mayNotFit } from "./flush/may-not-fit.js";
import type { Tracked } from "./tracked.js";

/**
 * Table and key as one text. A table's name can't hold a slash, so that the first one ends it. Joined,
 * it is kept as one piece, and not as a tree of all that it was made of.
 */
export function identityOf(tableName: string, key: Pick<Key, "id">): string {
  return [tableName, key.id].join("/");
}

/**
 * One object per table and key, strongly held for the session's life: SQLAlchemy's `IdentityMap`.
 * It holds pending objects as well, since DynamoDB's keys are known before the first write.
 */
export class IdentityMap {
  readonly #byIdentity = new Map<string, Tracked>();
  /** All, in the order in which they came; those that left leave a hole, until there are too many. */
  #all: (Tracked | undefined)[] = [];
  #size = 0;
  readonly #noted = new Set<Tracked>();
  /** Those that have been expired, and may be so still. */
  readonly #expired = new Set<Tracked>();

  get size(): number {
    return this.#size;
  }

  /**
   * Those with more to write than changes, or with a write to be remembered, and those of which an update
   * might not fit: a flush finds them without a look at all others.
   */
  get noted(): ReadonlySet<Tracked> {
    return this.#noted;
  }

  note(tracked: Tracked): void {
    this.#noted.add(tracked);
  }

  noteExpired(tracked: Tracked): void {
    this.#expired.add(tracked);
  }

  /** Whether any object is expired: asked for each page of each query, without a look at all others. */
  get hasExpired(): boolean {
    for (const tracked of this.#expired) {
      if (tracked.status === "expired") return true;
      this.#expired.delete(tracked);
    }
    return false;
  }

  find(identity: string): Tracked | undefined {
    const found = this.#byIdentity.get(identity);
    if (found === undefined || found.identity === identity) return found;
    if (found.move?.identity === identity) return found;
    // Its move was called off: the place is free.
    this.#byIdentity.delete(identity);
    return undefined;
  }

  /** What this session holds of the instance: found without a search, since each is held by one alone. */
  of(state: InstanceState): Tracked | undefined {
    const tracked = state.tracked as Tracked | undefined;
    return tracked?.home === this ? tracked : undefined;
  }

  /** Adds an object; one that takes another's key (a row switch) stands for the key from now on. */
  add(tracked: Tracked): void {
    this.#byIdentity.set(tracked.identity, tracked);
    tracked.state.tracked = tracked;
    tracked.home = this;
    if (this.#all.length > 2 * this.#size + minHoles) this.#closeHoles();
    tracked.place = this.#all.length;
    this.#all.push(tracked);
    this.#size += 1;
    if (!tracked.isPlain || mayNotFit(tracked.state.info)) this.#noted.add(tracked);
  }

  /** Keeps the key free to which an object moves. */
  reserve(identity: string, tracked: Tracked): void {
    this.#byIdentity.set(identity, tracked);
  }

  /** Gives a moved object the place that was kept for it. */
  rename(tracked: Tracked, identity: string): void {
    if (this.#byIdentity.get(tracked.identity) === tracked) {
      this.#byIdentity.delete(tracked.identity);
    }
    tracked.identity = identity;
    if (tracked.home === this) this.#byIdentity.set(identity, tracked);
  }

  remove(tracked: Tracked): void {
    if (tracked.home === this) {
      this.#all[tracked.place] = undefined;
      this.#size -= 1;
      tracked.home = undefined;
      this.#noted.delete(tracked);
      this.#expired.delete(tracked);
      tracked.state.tracked = undefined;
    }
    const holder = this.#byIdentity.get(tracked.identity);
    if (holder !== tracked) {
      if (holder?.supersedes === tracked) holder.supersedes = undefined;
      return;
    }
    this.#byIdentity.delete(tracked.identity);
    if (tracked.supersedes !== undefined) {
      this.#byIdentity.set(tracked.identity, tracked.supersedes);
    }
  }

  /** Lets all go. */
  clear(): void {
    for (const tracked of this.values()) this.remove(tracked);
    this.#byIdentity.clear();
    this.#all = [];
  }

  /** In the order in which they came; those that come meanwhile are given too. */
  *values(): Generator<Tracked, void, undefined> {
    const all = this.#all;
    for (let at = 0; at < all.length; at++) {
      const tracked = all[at];
      if (tracked?.home === this) yield tracked;
    }
  }

  /** Those that are such; as `some`, faster than a loop over `values()`, for what each flush asks of all. */
  filter(isSuch: (tracked: Tracked) => boolean): Tracked[] {
    const all = this.#all;
    const found: Tracked[] = [];
    for (let at = 0; at < all.length; at++) {
      const tracked = all[at];
      if (tracked !== undefined && isSuch(tracked)) found.push(tracked);
    }
    return found;
  }

  /** Whether one of them is such. */
  some(isSuch: (tracked: Tracked) => boolean): boolean {
    const all = this.#all;
    for (let at = 0; at < all.length; at++) {
      const tracked = all[at];
      if (tracked !== undefined && isSuch(tracked)) return true;
    }
    return false;
  }

  #closeHoles(): void {
    // Whoever goes through the old list finds in it who was there.
    this.#all = this.#all.filter((tracked) => tracked !== undefined);
    for (const [at, tracked] of this.#all.entries()) (tracked as Tracked).place = at;
  }
}

/** Below so many holes, closing them costs more than it saves. */
const minHoles = 32;
