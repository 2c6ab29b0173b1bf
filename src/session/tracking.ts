import type { Condition } from "../expr/condition.js";
import { junction } from "../expr/nodes.js";
import type { InstanceState } from "../model/instance-state.js";
import { infoOf } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { expireInstance, restoreSnapshot } from "../model/restore.js";
import { keyOf } from "../schema/key.js";
import { assign } from "./assignments.js";
import type { CheckChange } from "./flush/change.js";
import { exists } from "./flush/conditions.js";
import { identityOf } from "./identity-map.js";
import type { Intake } from "./intake.js";
import { asList, type OneOrMany } from "./intake.js";
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
    this.#each(intent, objects, (state) => {
      const isNew = this.#intake.objectState(state) === "transient";
      const tracked = this.#intake.attach(state);
      wish(tracked, options);
      if (tracked.status === "delete-marked") {
        tracked.status = state.snapshot === undefined ? "pending" : "persistent";
        tracked.condition = undefined;
        wish(tracked, options);
      }
      // Adding what was stored before means tracking it; a put replaces it as a whole.
      if (isNew || tracked.status === "pending" || intent === "put") tracked.intent = intent;
    });
  }

  delete(objects: OneOrMany<object>, options: WriteOptions): void {
    this.#each("delete", objects, (state) => {
      const tracked = this.#intake.attach(state);
      if (tracked.status === "pending") {
        this.#intake.release(tracked);
        return;
      }
      if (tracked.status === "expired" || tracked.status === "uncertain") {
        // What it holds isn't known any more: all that can be asked is that it is there.
        expireInstance(state);
        tracked.condition = exists(state.info);
        tracked.unresolved = undefined;
      }
      tracked.status = "delete-marked";
      tracked.intent = undefined;
      tracked.assignments = undefined;
      wish(tracked, options);
    });
  }

  update(object: object, values: object, options: WriteOptions): void {
    this.#each("update", [object], (state) => {
      const tracked = this.#intake.attach(state);
      assign(tracked, values);
      wish(tracked, options);
    });
  }

  check(model: AnyModel, key: object, condition: Condition, tableName: string): void {
    const info = infoOf(model);
    const itemKey = keyOf(info.table, key);
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
    this.#each("expire", objects, (state) => {
      const tracked = this.#intake.attach(state);
      expireInstance(state);
      tracked.clearIntentions();
      tracked.status = "expired";
    });
  }

  expunge(objects: OneOrMany<object>): void {
    this.#each("expunge", objects, (state) => this.#intake.release(this.#intake.attach(state)));
  }

  /** Forgets what no flush has written, and puts objects back to what the table holds. */
  rollback(): void {
    this.#work.checks.clear();
    for (const tracked of [...this.#work.identities.values()]) {
      const { state } = tracked;
      if (tracked.status === "pending") {
        this.#intake.release(tracked);
      } else if (tracked.status === "uncertain" || tracked.status === "expired") {
        // Nobody knows what the table holds of it: the next use reads it.
        expireInstance(state);
        tracked.unresolved = undefined;
        tracked.status = "expired";
        tracked.clearIntentions();
      } else {
        restoreSnapshot(state);
        tracked.status = "persistent";
        tracked.clearIntentions();
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
    return left;
  }

  #each(
    operation: Parameters<Intake["allows"]>[0],
    objects: OneOrMany<object>,
    act: (state: InstanceState) => void,
  ): void {
    const states = asList(objects).map((object) => this.#intake.stateOf(object, operation));
    // Asked of all before anything is done to one.
    const acting = states.filter((state) => this.#intake.allows(operation, state));
    this.#intake.all(acting, act);
  }
}

function wish(tracked: Tracked, { condition, atomic }: WriteOptions): void {
  if (condition !== undefined) {
    tracked.condition = junction("and", [tracked.condition, condition.node]);
  }
  if (atomic !== undefined) tracked.guard = atomic;
}
