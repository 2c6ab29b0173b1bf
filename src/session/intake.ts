import { InvalidState } from "../model/errors.js";
import { findState, type InstanceState } from "../model/instance-state.js";
import { expireInstance } from "../model/restore.js";
import { describeKey, type Key, keyOf } from "../schema/key.js";
import { IdentityConflict } from "./errors.js";
import { keepDoubt } from "./flush/uncertain.js";
import { identityOf, placeOf } from "./identity.js";
import { allows, type ObjectOperation } from "./object-states.js";
import { type ObjectState, Tracked } from "./tracked.js";
import type { UnitOfWork } from "./unit-of-work.js";

/** Takes objects into a session, and says in which state they are. */
export class Intake {
  readonly #work: UnitOfWork;
  readonly #tableName: (state: InstanceState) => string;

  constructor(work: UnitOfWork, tableName: (state: InstanceState) => string) {
    this.#work = work;
    this.#tableName = tableName;
  }

  /** @throws {InvalidState} INVALID_STATE for a value that isn't an instance of a model. */
  stateOf(object: unknown, operation: string): InstanceState {
    const state = findState(object);
    if (state !== undefined) return state;
    throw new InvalidState(
      `${operation}() takes an instance of a model, not ${describeOther(object)}: make one with new, ref() or get().`,
      { operation, state: "unknown" },
    );
  }

  /** The state of an object as this session sees it. */
  objectState(state: InstanceState): ObjectState {
    const tracked = this.#work.identities.of(state);
    if (tracked !== undefined) return tracked.status;
    if (state.isDeleted) return "deleted";
    return state.hasSnapshot ? "detached" : "transient";
  }

  /**
   * Whether the operation has anything to do with the object.
   *
   * @throws {InvalidState} INVALID_STATE where its state doesn't allow the operation.
   */
  allows(operation: ObjectOperation, state: InstanceState): boolean {
    return allows(operation, this.objectState(state), () => {
      const { info, key } = state;
      return key === undefined ? `this ${info.name}` : `${info.name} ${describeKey(key)}`;
    });
  }

  /**
   * The tracked object, tracking it from now on if it isn't yet.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT where another object has its key, or another session has it.
   * @throws {InvalidValue} INVALID_VALUE where its key can't be one.
   */
  attach(state: InstanceState): Tracked {
    const known = this.#work.identities.of(state);
    if (known !== undefined) return known;
    const { info } = state;
    const isStored = state.hasSnapshot;
    const key =
      isStored && state.key !== undefined ? state.key : keyOf(info.table, state.instance, "pick");
    if (state.tracked !== undefined) {
      throw new IdentityConflict(
        `${info.name} ${describeKey(key)} belongs to another open session: expunge it there, or merge() it here.`,
        { model: info.name, key: key.values, entity: state.instance },
      );
    }
    const tableName = this.#tableName(state);
    const place = placeOf(identityOf(tableName, key));
    const other = this.#work.identities.at(place);
    if (other !== undefined && other.status !== "delete-marked") throw taken(state, key, other);
    const tracked = new Tracked(state, place, isStored ? "persistent" : "pending");
    if (other !== undefined) {
      if (isStored) throw taken(state, key, other);
      tracked.supersedes = other;
    }
    state.key = key;
    this.#work.identities.add(tracked);
    if (state.isInDoubt) {
      state.isInDoubt = false;
      expireInstance(state);
      tracked.status = "expired";
    }
    return tracked;
  }

  /**
   * Attaches several objects, or none where one is refused.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT
   */
  attachAll(states: readonly InstanceState[]): Tracked[] {
    const [only] = states;
    if (only !== undefined && states.length === 1) return [this.attach(only)];
    const fresh = states.filter((state) => this.#work.identities.of(state) === undefined);
    try {
      return states.map((state) => this.attach(state));
    } catch (error) {
      for (const state of fresh) {
        const tracked = this.#work.identities.of(state);
        if (tracked !== undefined) this.release(tracked);
      }
      throw error;
    }
  }

  /**
   * That a delete-marked object can be taken back.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT where a new object has taken its key meanwhile.
   */
  assertHolds({ state, identity }: Tracked): void {
    const holder = this.#work.identities.find(identity);
    if (holder !== undefined && holder.state !== state) {
      throw taken(state, holder.state.key as Key, holder);
    }
  }

  /**
   * The place in the identity map that an object with this key has.
   *
   * @throws {IdentityConflict} IDENTITY_CONFLICT where it isn't free.
   */
  freePlace(state: InstanceState, key: Key): string {
    const identity = identityOf(this.#tableName(state), key);
    const holder = this.#work.identities.find(identity);
    if (holder !== undefined) throw taken(state, key, holder);
    return identity;
  }

  /** Stops tracking an object. */
  release(tracked: Tracked): void {
    this.#work.identities.remove(tracked);
    keepDoubt(tracked);
    if (!tracked.state.hasSnapshot) tracked.state.key = undefined;
    tracked.clearIntentions();
    tracked.unresolved = undefined;
  }
}

function taken(state: InstanceState, key: Key, other: Tracked): IdentityConflict {
  const { name } = state.info;
  return new IdentityConflict(
    `This session already has a ${other.state.info.name} with the key ${describeKey(key)}, which is ${other.status}: ` +
      `there is one object for each key. Change that one, or merge() this ${name} onto it.`,
    { model: name, key: key.values, entity: state.instance, other: other.entity },
  );
}

function describeOther(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function") return `the class ${value.name}`;
  return typeof value === "object" ? "another object" : `a value of type ${typeof value}`;
}

/** One object or any iterable of them. */
export type OneOrMany<T extends object> = T | Iterable<T>;

export function asList<T extends object>(objects: OneOrMany<T>): T[] {
  if (findState(objects) === undefined && isIterable(objects)) return [...new Set(objects)];
  return [objects as T];
}

function isIterable<T>(value: object): value is Iterable<T> {
  const { [Symbol.iterator]: iterator } = (value ?? {}) as { [Symbol.iterator]?: unknown };
  return typeof iterator === "function";
}
