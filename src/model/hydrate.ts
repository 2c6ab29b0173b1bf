import { emptySetOf } from "../schema/absence.js";
import { readSlot } from "../schema/flat.js";
import { decodeColumn } from "../schema/item-codec.js";
import type { Key } from "../schema/key.js";
import { Misfit } from "../schema/misfit.js";
import { getOwn, setOwn, type WireItem } from "../schema/wire.js";
import { hasKey, keyOfFlat, snapshotOfFlat } from "./flat-item.js";
import { isGap, showGap, showValue } from "./gaps.js";
import { attachState, type InstanceState, keepWire } from "./instance-state.js";
import type { ColumnSlot, ModelInfo } from "./metadata.js";
import { keyOfStored, ScannedItem, type StoredItem } from "./scanned-item.js";

/** The columns that a read asked for; `undefined` for all of them. */
export type Requested = ReadonlySet<string> | undefined;

const notLoaded = Object.freeze({ kind: "notLoaded" });
const missing = Object.freeze({ kind: "missing" });

/** Makes an instance of a stored item. No constructor runs. */
export function hydrate(
  info: ModelInfo,
  item: StoredItem,
  requested?: Requested,
  key?: Key,
): InstanceState {
  if (item instanceof ScannedItem) return hydrateScanned(info, item, requested, key);
  const state = attachState(info, new info.Blank());
  state.key = key ?? keyOfStored(info, item);
  state.snapshot = new info.BlankSnapshot();
  for (const slot of info.slots) receive(state, slot, item, requested);
  return state;
}

/** The same of an item that was read along with its answer. */
function hydrateScanned(
  info: ModelInfo,
  { flat }: ScannedItem,
  requested: Requested,
  key: Key | undefined,
): InstanceState {
  const state = attachState(info, new info.Blank());
  const instance = state.instance as Record<string, unknown>;
  const { slots } = info;
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at] as ColumnSlot;
    const { name, column } = slot;
    if (requested !== undefined && !requested.has(name)) {
      showGap(state, name, notLoaded);
    } else {
      const value = readSlot(flat, at, column.type);
      if (value === undefined) showAbsent(state, slot);
      else instance[name] = value;
    }
  }
  // What was loaded as a whole tells its key when somebody asks.
  if (requested !== undefined || !hasKey(info, flat)) state.key = key ?? keyOfFlat(info, flat);
  if (requested === undefined) state.flat = flat;
  else state.snapshot = snapshotOfFlat(info, flat, requested);
  return state;
}

/** Makes an instance that knows only its key: `Post.ref({ forum, id })`. */
export function hydrateRef(info: ModelInfo, key: Key): InstanceState {
  const state = attachState(info, new info.Blank());
  state.key = key;
  const snapshot: Record<string, unknown> = {};
  state.snapshot = snapshot;
  for (const column of info.table.columns) {
    const { name, role, type } = column;
    if (role === "none") {
      showGap(state, name, notLoaded);
    } else {
      const value = key.values[name];
      showValue(state, name, type.copy(value));
      setOwn(snapshot, name, type.copy(value));
    }
  }
  return state;
}

/** Which of an item's attributes go onto an instance that exists. */
export type Receiving =
  /** Only what isn't known yet: a tracked object's loaded values stay. */
  | "fill"
  /** The same from a row that may be late: it says nothing of what was assigned blindly. */
  | "fillGaps"
  /** Whatever the item has; unflushed edits are lost. */
  | "overwrite"
  /** Values that nobody has edited, the snapshot in any case. */
  | { readonly except: ReadonlySet<string> };

/** Brings a stored item onto an instance. */
export function rehydrate(
  state: InstanceState,
  item: WireItem,
  mode: Receiving,
  requested?: Requested,
): void {
  state.snapshot ??= {};
  for (const slot of state.info.slots) {
    const { name } = slot.column;
    if (mode === "fill" || mode === "fillGaps") {
      if (requested !== undefined && !requested.has(name)) continue;
      const isKnown = Object.hasOwn(state.snapshot, name) || hasMisfit(state, name);
      if (isKnown) continue;
      // A blind assignment to what wasn't loaded is an edit: it stays, and from now on is guarded.
      const isAssigned = !isGap(state, name);
      if (isAssigned && mode === "fillGaps") continue;
      receive(state, slot, item, undefined, isAssigned);
    } else if (requested === undefined || requested.has(name)) {
      receive(state, slot, item, undefined, mode !== "overwrite" && mode.except.has(name));
    }
  }
}

/** Takes one attribute of an item: into the snapshot, and onto the instance unless its value is kept. */
function receive(
  state: InstanceState,
  slot: ColumnSlot,
  item: WireItem,
  requested: Requested,
  keepsValue = false,
): void {
  const { column } = slot;
  const { name, type } = column;
  const { instance } = state;
  const snapshot = state.snapshot as Record<string, unknown>;
  if (requested !== undefined && !requested.has(name)) {
    showGap(state, name, notLoaded);
    return;
  }
  keepWire(state, name, undefined);
  const wire = slot.isHazardous ? getOwn(item, column.attribute) : item[column.attribute];
  if (wire === undefined) {
    setKnown(snapshot, slot, undefined);
    if (!keepsValue) showAbsent(state, slot);
    return;
  }
  let value: unknown;
  try {
    value = decodeColumn(column, wire);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    keepWire(state, name, wire);
    delete snapshot[name];
    if (!keepsValue) {
      showGap(state, name, { kind: "invalid", reason: error.message, cause: error });
    }
    return;
  }
  if (type.isOpaque) keepWire(state, name, wire);
  setKnown(snapshot, slot, type.isScalar ? value : type.copy(value));
  if (!keepsValue) setValue(state, instance, slot, value);
}

/** What a column is of which the item has nothing. */
function showAbsent(state: InstanceState, slot: ColumnSlot): void {
  const { isOptional, name, type } = slot.column;
  const empty = isOptional ? undefined : emptySetOf(type);
  if (isOptional || empty !== undefined) setValue(state, state.instance, slot, empty);
  else showGap(state, name, missing);
}

function setKnown(snapshot: Record<string, unknown>, slot: ColumnSlot, value: unknown): void {
  if (slot.isHazardous) setOwn(snapshot, slot.column.name, value);
  else snapshot[slot.column.name] = value;
}

function setValue(state: InstanceState, instance: object, slot: ColumnSlot, value: unknown): void {
  const { name } = slot.column;
  // An own accessor or an inherited name needs a definition; anything else a plain, faster, store.
  if (slot.isHazardous || state.gaps?.has(name)) showValue(state, name, value);
  else (instance as Record<string, unknown>)[name] = value;
}

function hasMisfit(state: InstanceState, column: string): boolean {
  return state.wires !== undefined && Object.hasOwn(state.wires, column);
}
