import { type Key, keyFromValues } from "../schema/key.js";
import { type AttributeValue, getOwn, setOwn, type WireItem } from "../schema/wire.js";
import type { ModelInfo } from "./metadata.js";
import type { Snapshot } from "./snapshot.js";

/** Why an attribute of an instance can't be read. */
export type Gap =
  | { readonly kind: "notLoaded" | "expired" | "missing" }
  | { readonly kind: "invalid"; readonly reason: string; readonly cause: unknown };

/**
 * What the library knows of one instance, kept outside it: SQLAlchemy's `InstanceState`.
 * The instance itself holds nothing but its data.
 */
export class InstanceState {
  readonly info: ModelInfo;
  readonly instance: object;
  /**
   * What the table was last known to hold, by column: an own `undefined` is known to be absent, a
   * column that isn't there is unknown. `undefined` as a whole: nothing was ever read or written.
   */
  snapshot: Snapshot | undefined;
  /** Columns that throw when they are read. */
  gaps: Map<string, Gap> | undefined;
  /**
   * Stored values, by column, as they came: those that don't fit their columns, and those that
   * encoding again might make another text of.
   */
  wires: WireItem | undefined;
  /** Columns that the constructor filled by their defaults. */
  defaulted: ReadonlySet<string> | undefined;
  /** Optional columns that the constructor was given no value for. */
  omitted: ReadonlySet<string> | undefined;
  /** What the open session that tracks the instance holds of it: SQLAlchemy's `session_id`. */
  tracked: object | undefined;
  /** Whether the item's deletion was acknowledged. */
  isDeleted = false;
  /** Whether a write that counts each time may have changed the item, and nothing has read it since. */
  isInDoubt = false;
  #key: Key | undefined;

  constructor(info: ModelInfo, instance: object) {
    this.info = info;
    this.instance = instance;
  }

  /**
   * The key under which the item is known; `undefined` until a new instance is given to a session. Few
   * loaded ones are asked for it, so that it is made then, of what was loaded.
   */
  get key(): Key | undefined {
    const { snapshot } = this;
    if (this.#key === undefined && snapshot !== undefined) {
      const { table } = this.info;
      const { hashKey, rangeKey } = table;
      const range = rangeKey && getOwn(snapshot, rangeKey.name);
      this.#key = keyFromValues(table, getOwn(snapshot, hashKey.name), range);
    }
    return this.#key;
  }

  set key(key: Key | undefined) {
    this.#key = key;
  }
}

/**
 * Returns the object it is given, so that a subclass's private fields are stamped onto that object.
 * A private field is invisible to spread, `JSON.stringify`, `structuredClone` and `toEqual`, and
 * is found faster than an entry of a WeakMap.
 */
function returned(target: object): object {
  return target;
}
const Returned = returned as unknown as new (target: object) => object;

class StateSlot extends Returned {
  readonly #state: InstanceState;

  constructor(state: InstanceState) {
    super(state.instance);
    this.#state = state;
  }

  static of(value: object): InstanceState | undefined {
    return #state in value ? (value as StateSlot).#state : undefined;
  }
}

/** Begins to keep the state of an instance. */
export function attachState(info: ModelInfo, instance: object): InstanceState {
  const state = new InstanceState(info, instance);
  new StateSlot(state);
  return state;
}

/** The state of an instance of a model; `undefined` for any other value. */
export function findState(value: unknown): InstanceState | undefined {
  return typeof value === "object" && value !== null ? StateSlot.of(value) : undefined;
}

/** Takes how a column is stored; `undefined` where nothing is, or nothing needs to be kept of it. */
export function keepWire(
  state: InstanceState,
  column: string,
  wire: AttributeValue | undefined,
): void {
  if (wire === undefined) {
    if (state.wires !== undefined) delete state.wires[column];
    return;
  }
  state.wires ??= {};
  setOwn(state.wires, column, wire);
}
