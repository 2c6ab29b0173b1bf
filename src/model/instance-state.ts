import type { FlatItem } from "../schema/flat.js";
import { type Key, keyFromValues } from "../schema/key.js";
import { type AttributeValue, getOwn, setOwn } from "../schema/wire.js";
import { keyOfFlat, snapshotOfFlat } from "./flat-item.js";
import type { ModelInfo } from "./metadata.js";
import { WithParticulars } from "./particulars.js";
import type { Snapshot } from "./snapshot.js";

/**
 * What the library knows of one instance, kept outside it: SQLAlchemy's `InstanceState`.
 * The instance itself holds nothing but its data.
 */
export class InstanceState extends WithParticulars {
  readonly info: ModelInfo;
  readonly instance: object;
  /** The snapshot, or the whole item as it was loaded, of which one is made when somebody asks for it. */
  #known: Snapshot | FlatItem | undefined;
  /** What the open session that tracks the instance holds of it: SQLAlchemy's `session_id`. */
  tracked: object | undefined;
  #key: Key | undefined;

  constructor(info: ModelInfo, instance: object) {
    super();
    this.info = info;
    this.instance = instance;
  }

  /**
   * What the table was last known to hold, by column: an own `undefined` is known to be absent, a
   * column that isn't there is unknown. `undefined` as a whole: nothing was ever read or written.
   */
  get snapshot(): Snapshot | undefined {
    const known = this.#known;
    if (!isFlat(known)) return known;
    const snapshot = snapshotOfFlat(this.info, known);
    this.#known = snapshot;
    return snapshot;
  }

  set snapshot(snapshot: Snapshot | undefined) {
    this.#known = snapshot;
  }

  /** Whether anything was ever read or written. */
  get hasSnapshot(): boolean {
    return this.#known !== undefined;
  }

  /** The whole item as it was loaded; `undefined` once there is a snapshot in its place. */
  get flat(): FlatItem | undefined {
    return isFlat(this.#known) ? this.#known : undefined;
  }

  set flat(flat: FlatItem | undefined) {
    this.#known = flat;
  }

  /**
   * The key under which the item is known; `undefined` until a new instance is given to a session. Few
   * loaded ones are asked for it, so that it is made then, of what was loaded.
   */
  get key(): Key | undefined {
    this.#key ??= keyAsKnown(this.info, this.#known);
    return this.#key;
  }

  set key(key: Key | undefined) {
    this.#key = key;
  }
}

function keyAsKnown(info: ModelInfo, known: Snapshot | FlatItem | undefined): Key | undefined {
  if (known === undefined) return undefined;
  if (isFlat(known)) return keyOfFlat(info, known);
  const { table } = info;
  const { hashKey, rangeKey } = table;
  const range = rangeKey && getOwn(known, rangeKey.name);
  return keyFromValues(table, getOwn(known, hashKey.name), range);
}

function isFlat(known: Snapshot | FlatItem | undefined): known is FlatItem {
  return Array.isArray(known);
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
