import type { InstanceState } from "../model/instance-state.js";
import { mayNotFit } from "./flush/may-not-fit.js";
import { identityAt, type Place, placeOf } from "./identity.js";
import type { Tracked } from "./tracked.js";

/**
 * One object per table and key, strongly held for the session's life: SQLAlchemy's `IdentityMap`.
 * It holds pending objects as well, since DynamoDB's keys are known before the first write.
 */
export class IdentityMap {
  /** By item collection, and in each by what tells its items apart; one that is alone stands for itself. */
  readonly #collections = new Map<string, Tracked | Map<string, Tracked>>();
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
    return this.at(placeOf(identity));
  }

  /** The object that stands for the key, or that the key is kept for. */
  at(place: Place): Tracked | undefined {
    const found = this.#at(place);
    if (found === undefined || found.isAt(place)) return found;
    if (found.move?.identity === identityAt(place)) return found;
    // Its move was called off: the place is free.
    this.#free(place);
    return undefined;
  }

  /** What this session holds of the instance: found without a search, since each is held by one alone. */
  of(state: InstanceState): Tracked | undefined {
    const tracked = state.tracked as Tracked | undefined;
    return tracked?.home === this ? tracked : undefined;
  }

  /** Adds an object; one that takes another's key (a row switch) stands for the key from now on. */
  add(tracked: Tracked): void {
    this.#take(tracked, tracked);
    tracked.state.tracked = tracked;
    tracked.home = this;
    if (this.#all.length > 2 * this.#size + minHoles) this.#closeHoles();
    tracked.index = this.#all.length;
    this.#all.push(tracked);
    this.#size += 1;
    if (!tracked.isPlain || mayNotFit(tracked.state.info)) this.#noted.add(tracked);
  }

  /** Keeps the key free to which an object moves. */
  reserve(identity: string, tracked: Tracked): void {
    this.#take(placeOf(identity), tracked);
  }

  /** Gives a moved object the place that was kept for it. */
  rename(tracked: Tracked, identity: string): void {
    if (this.#at(tracked) === tracked) this.#free(tracked);
    const { collection, member } = placeOf(identity);
    tracked.collection = collection;
    tracked.member = member;
    if (tracked.home === this) this.#take(tracked, tracked);
  }

  remove(tracked: Tracked): void {
    if (tracked.home === this) {
      this.#all[tracked.index] = undefined;
      this.#size -= 1;
      tracked.home = undefined;
      this.#noted.delete(tracked);
      this.#expired.delete(tracked);
      tracked.state.tracked = undefined;
    }
    const holder = this.#at(tracked);
    if (holder !== tracked) {
      if (holder?.supersedes === tracked) holder.supersedes = undefined;
      return;
    }
    if (tracked.supersedes === undefined) this.#free(tracked);
    else this.#take(tracked, tracked.supersedes);
  }

  /** Lets all go. */
  clear(): void {
    for (const tracked of this.values()) this.remove(tracked);
    this.#collections.clear();
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
    return this.#all.filter((tracked) => tracked !== undefined && isSuch(tracked)) as Tracked[];
  }

  /** Whether one of them is such. */
  some(isSuch: (tracked: Tracked) => boolean): boolean {
    return this.#all.some((tracked) => tracked !== undefined && isSuch(tracked));
  }

  #at({ collection, member }: Place): Tracked | undefined {
    const found = this.#collections.get(collection);
    if (found instanceof Map) return found.get(member);
    return found?.member === member ? found : undefined;
  }

  /** Lets the object stand at the place, whoever stood there. */
  #take(place: Place, tracked: Tracked): void {
    const { collection, member } = place;
    const found = this.#collections.get(collection);
    if (found instanceof Map) {
      found.set(member, tracked);
    } else if (tracked.isAt(place) && (found === undefined || found.member === member)) {
      this.#collections.set(collection, tracked);
    } else {
      const members = new Map<string, Tracked>();
      if (found !== undefined) members.set(found.member, found);
      this.#collections.set(collection, members.set(member, tracked));
    }
  }

  #free({ collection, member }: Place): void {
    const found = this.#collections.get(collection);
    if (found instanceof Map) {
      found.delete(member);
      if (found.size > 0) return;
    } else if (found?.member !== member) {
      return;
    }
    this.#collections.delete(collection);
  }

  #closeHoles(): void {
    // Whoever goes through the old list finds in it who was there.
    this.#all = this.#all.filter((tracked) => tracked !== undefined);
    for (const [at, tracked] of this.#all.entries()) (tracked as Tracked).index = at;
  }
}

/** Below so many holes, closing them costs more than it saves. */
const minHoles = 32;
