import type { Patch } from "immer";
import { differs, diffInstance, isUntouched } from "../model/diff-instance.js";
import type { InstanceState } from "../model/instance-state.js";
import { describeKey } from "../schema/key.js";
import { BulkWork } from "./bulk/bulk-work.js";
import type { CheckChange } from "./flush/change.js";
import { identityOf } from "./identity.js";
import { IdentityMap } from "./identity-map.js";
import type { Tracked } from "./tracked.js";

/**
 * What a session tracks and what it will write: SQLAlchemy's unit of work. Dirtiness is never a
 * flag: it is asked of the objects.
 */
export class UnitOfWork {
  readonly identities = new IdentityMap();
  /** Updates and deletions of what searches find. */
  readonly bulk = new BulkWork();
  /** Conditions on other items, for the next flush; by identity, so that each is asked once. */
  readonly checks = new Map<string, CheckChange>();

  get fresh(): Set<object> {
    return this.#entities((tracked) => tracked.status === "pending");
  }

  get dirty(): Set<object> {
    // One that was expired may have been edited since.
    return this.#entities(
      (tracked) =>
        (tracked.status === "persistent" || tracked.status === "expired") && hasWork(tracked),
    );
  }

  get deleted(): Set<object> {
    return this.#entities((tracked) => tracked.status === "delete-marked");
  }

  /** The objects that the next flush looks at; a delete-marked one whose key was taken is part of that write. */
  candidates(): Tracked[] {
    const taken = new Set<Tracked>();
    this.identities.noted.forEach(({ supersedes }) => {
      if (supersedes !== undefined) taken.add(supersedes);
    });
    return this.identities.filter(
      (tracked) => !taken.has(tracked) && tracked.status !== "uncertain" && hasWork(tracked),
    );
  }

  get hasWork(): boolean {
    if (this.checks.size > 0 || !this.bulk.isEmpty) return true;
    return this.identities.some((tracked) => tracked.status === "uncertain" || hasWork(tracked));
  }

  /** What was asked along with a write isn't asked again, unless more was asked meanwhile. */
  forgetCheck(check: CheckChange): void {
    const identity = identityOf(check.tableName, check.key);
    if (this.checks.get(identity) === check) this.checks.delete(identity);
  }

  #entities(isWanted: (tracked: Tracked) => boolean): Set<object> {
    return new Set(this.identities.filter(isWanted).map(({ entity }) => entity));
  }
}

/** Whether the next flush has anything to write of an object. */
export function hasWork(tracked: Tracked): boolean {
  if (tracked.status === "pending" || tracked.status === "delete-marked") return true;
  if (!tracked.isPlain && hasIntention(tracked)) return true;
  const { state } = tracked;
  return !isUntouched(state) && (differs(state) || isKeyAssigned(state));
}

function hasIntention({ intent, move, condition, assignments }: Tracked): boolean {
  if (intent !== undefined || move !== undefined || condition !== undefined) return true;
  return (assignments?.size ?? 0) > 0;
}

/** A stored object whose key was assigned can't be flushed; the flush says so. */
function isKeyAssigned(state: InstanceState): boolean {
  const { hashKey, rangeKey } = state.info.table;
  const instance = state.instance as Record<string, unknown>;
  for (const column of [hashKey, rangeKey]) {
    if (column === undefined) continue;
    const { name } = column;
    const current = instance[name];
    // Of what was loaded, the snapshot has the key too, and is at hand.
    const isKnown = state.snapshot !== undefined && Object.hasOwn(state.snapshot, name);
    const old = isKnown ? state.snapshot?.[name] : state.key?.values[name];
    if (current === old) continue;
    if (column.type.isScalar || current === undefined || current === null) return true;
    try {
      if (!column.type.equals(current, old)) return true;
    } catch {
      return true;
    }
  }
  return false;
}

/** An object's changes since its snapshot, as `session.changes(object)` shows them. */
export function changesOf(tracked: Tracked): readonly Patch[] {
  return diffInstance(tracked.state);
}

export function subjectOf(tracked: Tracked): string {
  const { info, key } = tracked.state;
  return key === undefined ? info.name : `${info.name} ${describeKey(key)}`;
}
