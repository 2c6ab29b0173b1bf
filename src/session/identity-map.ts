import type { InstanceState } from "../model/instance-state.js";
import type { Key } from "../schema/key.js";
import type { Tracked } from "./tracked.js";

/** Table and key as one text. A table's name can't hold a slash, so that the first one ends it. */
export function identityOf(tableName: string, key: Key): string {
  return `${tableName}/${key.id}`;
}

/**
 * One object per table and key, strongly held for the session's life: SQLAlchemy's `IdentityMap`.
 * It holds pending objects as well, since DynamoDB's keys are known before the first write.
 */
export class IdentityMap {
  readonly #byIdentity = new Map<string, Tracked>();
  readonly #byState = new Map<InstanceState, Tracked>();

  get size(): number {
    return this.#byState.size;
  }

  find(identity: string): Tracked | undefined {
    const found = this.#byIdentity.get(identity);
    if (found === undefined || found.identity === identity) return found;
    if (found.move?.identity === identity) return found;
    // Its move was called off: the place is free.
    this.#byIdentity.delete(identity);
    return undefined;
  }

  of(state: InstanceState): Tracked | undefined {
    return this.#byState.get(state);
  }

  /** Adds an object; one that takes another's key (a row switch) stands for the key from now on. */
  add(tracked: Tracked): void {
    this.#byIdentity.set(tracked.identity, tracked);
    this.#byState.set(tracked.state, tracked);
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
    if (this.#byState.get(tracked.state) === tracked) this.#byIdentity.set(identity, tracked);
  }

  remove(tracked: Tracked): void {
    this.#byState.delete(tracked.state);
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

  clear(): void {
    this.#byIdentity.clear();
    this.#byState.clear();
  }

  /** In the order in which they came. */
  values(): IterableIterator<Tracked> {
    return this.#byState.values();
  }
}
