import type { Condition } from "../expr/condition.js";
import { assertOfModel } from "../expr/filter.js";
import { junction } from "../expr/nodes.js";
import type { InstanceState } from "../model/instance-state.js";
import { infoOf } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { expireInstance, restoreSnapshot } from "../model/restore.js";
import { keyOf } from "../schema/key.js";
import { assign } from "./assignments.js";
import type { CheckChange } from "./flush/change.js";
import { exists } from "./flush/conditions.js";
import { guardFrom } from "./guard.js";
import { identityOf } from "./identity.js";
import type { Intake } from "./intake.js";
import { asList, type OneOrMany } from "./intake.js";
import { callOffMove, moveTo } from "./move.js";
import { type ObjectOperation, rules } from "./object-states.js";
import type { Guard, Intent, Tracked } from "./tracked.js";
import type { UnitOfWork } from "./unit-of-work.js";

export interface WriteOptions {
  /** Must hold as well for the write to happen. */
  readonly condition?: Condition;
  /** What guards the writes of these objects, before the model's and the session's setting. */
  readonly atomic?: Guard;
}

/** The operations that move objects between states. None of them sends a request. */
export class Tracking {
  readonly #work: UnitOfWork;
  readonly #intake: Intake;

  constructor(work: UnitOfWork, intake: Intake) {
    this.#work = work;
    this.#intake = intake;
  }

  /** `add`, `put` and `upsert`. */
  store(intent: Intent, objects: OneOrMany<object>, options: WriteOptions): void {
    const attached = this.#intake.attachAll(this.#acting(intent, objects, options));
    for (const tracked of attached) {
      if (tracked.status === "delete-marked") this.#intake.assertHolds(tracked);
    }
    for (const tracked of attached) {
      if (tracked.status === "delete-marked") takeBack(tracked);
      // Adding what was stored before means tracking it; a put replaces it as a whole.
      if (tracked.status === "pending" || intent === "put") tracked.intent = intent;
      wish(tracked, options);
    }
  }

  delete(objects: OneOrMany<object>, options: WriteOptions): void {
    for (const tracked of this.#intake.attachAll(this.#acting("delete", objects, options))) {
      if (tracked.status === "pending" && !tracked.isBeingWritten) {
        this.#intake.release(tracked);
        continue;
      }
      if (tracked.status === "expired" || tracked.status === "uncertain") {
        // What it holds isn't known any more: all that can be asked is that it is there, if it ever was.
        const { state } = tracked;
        tracked.condition = state.hasSnapshot ? exists(state.info) : undefined;
        expireInstance(state);
        this.#releaseSuperseded(tracked);
        tracked.unresolved = undefined;
      }
      tracked.status = "delete-marked";
      tracked.intent = undefined;
      tracked.assignments = undefined;
      callOffMove(tracked);
      wish(tracked, options);
    }
  }

  update(object: object, values: object, options: WriteOptions): void {
    for (const tracked of this.#intake.attachAll(this.#acting("update", [object], options))) {
      assign(tracked, values);
      wish(tracked, options);
    }
  }

  move(object: object, newKey: object): void {
    for (const state of this.#acting("move", [object])) {
      moveTo(this.#intake.attach(state), newKey, this.#intake, this.#work.identities);
    }
  }

  check(model: AnyModel, key: object, condition: Condition, tableName: string): void {
    const info = infoOf(model);
    const itemKey = keyOf(info.table, key);
    assertOfModel(condition, info.table);
    const identity = identityOf(tableName, itemKey);
    const earlier = this.#work.checks.get(identity);
    const joined = junction("and", [earlier?.condition, condition.node]);
    const check: CheckChange = {
      kind: "check",
      info,
      tableName,
      key: itemKey,
      tracked: undefined,
      condition: joined ?? condition.node,
      patches: [],
      made: new Map(),
    };
    this.#work.checks.set(identity, check);
  }

  expire(objects: OneOrMany<object>): void {
    for (const tracked of this.#intake.attachAll(this.#acting("expire", objects))) {
      expireInstance(tracked.state);
      tracked.clearIntentions();
      tracked.status = "expired";
    }
  }

  expunge(objects: OneOrMany<object>): void {
    for (const tracked of this.#intake.attachAll(this.#acting("expunge", objects))) {
      this.#intake.release(tracked);
    }
  }

  /** Forgets what no flush has written, and puts objects back to what the table holds. */
  rollback(): void {
    this.#work.checks.clear();
    this.#work.bulk.clear();
    for (const tracked of [...this.#work.identities.values()]) {
      const { state, status } = tracked;
      if (this.#work.identities.of(state) !== tracked) continue;
      const goal = rules.rollback[status];
      if (goal === "transient") {
        this.#intake.release(tracked);
        continue;
      }
      this.#releaseSuperseded(tracked);
      tracked.clearIntentions();
      if (goal === "expired" || hasExpired(state)) {
        // Nobody knows what the table holds of it: the next use reads it.
        expireInstance(state);
        tracked.unresolved = undefined;
        tracked.status = "expired";
      } else {
        restoreSnapshot(state);
        tracked.status = "persistent";
      }
    }
  }

  /** Stops tracking everything, and returns what was left to write. */
  close(): object[] {
    const left: object[] = [];
    const candidates = new Set(this.#work.candidates());
    for (const tracked of [...this.#work.identities.values()]) {
      if (tracked.status === "uncertain" || candidates.has(tracked)) left.push(tracked.entity);
      this.#intake.release(tracked);
    }
    this.#work.identities.clear();
    this.#work.checks.clear();
    this.#work.bulk.clear();
    return left;
  }

  /** The objects with which the operation has anything to do; asked of all before anything is done to one. */
  #acting(
    operation: ObjectOperation,
    objects: OneOrMany<object>,
    { condition, atomic }: WriteOptions = {},
  ): InstanceState[] {
    guardFrom(atomic, operation);
    const states = asList(objects).map((object) => this.#intake.stateOf(object, operation));
    if (condition !== undefined) {
      for (const { info } of states) assertOfModel(condition, info.table);
    }
    const acts = (state: InstanceState) => this.#intake.allows(operation, state);
    return states.every(acts) ? states : states.filter(acts);
  }

  /** Who has taken another's key, for all that is known, stands for it alone. */
  #releaseSuperseded({ supersedes }: Tracked): void {
    if (supersedes !== undefined) this.#intake.release(supersedes);
  }
}

/** Undoes the mark for deletion. What was expired before is so again. */
function takeBack(tracked: Tracked): void {
  const { state } = tracked;
  tracked.condition = undefined;
  if (!state.hasSnapshot) tracked.status = "pending";
  else tracked.status = hasExpired(state) ? "expired" : "persistent";
}

/** Whether nothing but the key is known since it was expired. */
function hasExpired({ snapshot = {}, gaps, info }: InstanceState): boolean {
  if (gaps === undefined) return false;
  for (const { column } of info.slots) {
    if (column.role === "none" && Object.hasOwn(snapshot, column.name)) return false;
  }
  return [...gaps.values()].some(({ kind }) => kind === "expired");
}

function wish(tracked: Tracked, { condition, atomic }: WriteOptions): void {
  if (condition !== undefined) {
    tracked.condition = junction("and", [tracked.condition, condition.node]);
  }
  tracked.guard = guardFrom(atomic, "write") ?? tracked.guard;
}
