import { diffInstance } from "../model/diff-instance.js";
import { hydrate, rehydrate } from "../model/hydrate.js";
import { isSameModel, type ModelInfo } from "../model/metadata.js";
import { keyOfStored, type StoredItem, wireOf } from "../model/scanned-item.js";
import type { Key } from "../schema/key.js";
import { ModelMismatch } from "./errors.js";
import { identityAt } from "./identity.js";
import { isPastTtl } from "./read/expired.js";
import type { ReadMark, RowFacts } from "./read/host.js";
import { RowIdentities } from "./row-identities.js";
import { Tracked } from "./tracked.js";
import type { UnitOfWork } from "./unit-of-work.js";
import { isHidden } from "./visibility.js";

/** How many of its deletions a session remembers. */
const maxDeleted = 10_000;

/**
 * Turns rows into the session's objects: a tracked one stays the object that it is, with its loaded
 * values (repeatable read) and only what wasn't loaded filled in. SQLAlchemy's `loading` with an identity map.
 */
export class RowIntake {
  readonly #work: UnitOfWork;
  readonly #onLoad: (tracked: Tracked) => void;
  readonly #identities = new RowIdentities();
  /** When the session's own deletions were acknowledged: late rows of theirs are dropped. */
  readonly #deleted = new Map<string, ReadMark>();

  constructor(work: UnitOfWork, onLoad: (tracked: Tracked) => void) {
    this.#work = work;
    this.#onLoad = onLoad;
  }

  noteDeleted(identity: string, mark: ReadMark): void {
    this.#deleted.delete(identity);
    this.#deleted.set(identity, mark);
    // Late copies come within seconds: a session that deletes a whole table needn't remember it all.
    const [oldest] = this.#deleted.size > maxDeleted ? this.#deleted.keys() : [];
    if (oldest !== undefined) this.#deleted.delete(oldest);
  }

  wasDeleted(identity: string): boolean {
    return this.#deleted.has(identity);
  }

  /** The object that has a row's key, or is to have it. */
  find(info: ModelInfo, tableName: string, item: StoredItem): Tracked | undefined {
    return this.#work.identities.at(this.#identities.of(tableName, info, item));
  }

  /** The object that stands for a row; `undefined` where the session hides it. */
  absorb(
    info: ModelInfo,
    tableName: string,
    item: StoredItem,
    facts: RowFacts,
  ): Tracked | undefined {
    const place = this.#identities.of(tableName, info, item);
    const tracked = this.#work.identities.at(place);
    if (tracked !== undefined) {
      // A key for the message alone: of most rows none is needed.
      if (!isSameModel(tracked.state.info, info)) {
        throw modelMismatch(tracked, info, keyOfStored(info, item));
      }
      if (isHidden(tracked, place)) return undefined;
      // Somebody else's item, where this one is to go.
      if (!tracked.isAt(place)) return tracked;
      return this.#bringOnto(tracked, info, item, facts);
    }
    if (!facts.includeExpired && isPastTtl(info, item)) return undefined;
    if (this.#deleted.size > 0 && this.#isLateCopy(identityAt(place), facts)) return undefined;
    const state = hydrate(info, item, facts.requested);
    const fresh = new Tracked(state, place, "persistent");
    this.#work.identities.add(fresh);
    this.#onLoad(fresh);
    return fresh;
  }

  /** A late copy in a global index can outlive its item by seconds. */
  #isLateCopy(identity: string, { mark, isAuthoritative }: RowFacts): boolean {
    const deletion = this.#deleted.get(identity);
    if (deletion === undefined) return false;
    if (mark <= deletion || !isAuthoritative) return true;
    this.#deleted.delete(identity);
    return false;
  }

  #bringOnto(tracked: Tracked, info: ModelInfo, item: StoredItem, facts: RowFacts): Tracked {
    const { state, status } = tracked;
    // What was read before our own write was acknowledged knows less than we do.
    const isLate = facts.mark <= tracked.acknowledged;
    if (status === "pending" || status === "uncertain" || isLate) return tracked;
    // An expired object may know nothing of its own last write, which a late copy would undo.
    if (status === "expired" && !facts.isAuthoritative) return tracked;
    if (facts.overwrites && facts.isAuthoritative) {
      const edited = new Set(diffInstance(state).map(({ path }) => String(path[0])));
      // What the table computes just now, the write's own answer tells.
      if (tracked.isBeingWritten)
        for (const name of tracked.assignments?.keys() ?? []) edited.add(name);
      const clean = new Set<string>();
      for (const { column } of info.slots) {
        const isRequested = facts.requested?.has(column.name) ?? true;
        if (isRequested && !edited.has(column.name)) clean.add(column.name);
      }
      rehydrate(state, wireOf(item), "overwrite", clean);
    } else if (state.flat === undefined) {
      // Of one that is as it was loaded, as a whole, nothing is unknown.
      const mode = facts.isAuthoritative ? "fill" : "fillGaps";
      const requested = facts.isAuthoritative ? facts.requested : fillable(tracked, facts);
      rehydrate(state, wireOf(item), mode, requested);
    }
    if (status === "expired") tracked.status = "persistent";
    return tracked;
  }
}

/** A row that may be old doesn't tell what a write of our own has changed meanwhile. */
function fillable({ state }: Tracked, { requested }: RowFacts): RowFacts["requested"] {
  const { gaps, info } = state;
  if (gaps === undefined) return requested;
  const names = requested ?? info.table.columns.map(({ name }) => name);
  return new Set([...names].filter((name) => gaps.get(name)?.kind !== "expired"));
}

/** @throws {ModelMismatch} MODEL_MISMATCH where two models meet on one item of one table. */
export function assertSameModel(tracked: Tracked, info: ModelInfo, key: Key): void {
  if (!isSameModel(tracked.state.info, info)) throw modelMismatch(tracked, info, key);
}

function modelMismatch({ state }: Tracked, { name }: ModelInfo, key: Key): ModelMismatch {
  return new ModelMismatch({ model: name, other: state.info.name, key: key.values });
}
