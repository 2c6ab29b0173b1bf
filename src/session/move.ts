import { InvalidExpression } from "../expr/errors.js";
import { showValue } from "../model/gaps.js";
import { rehydrate } from "../model/hydrate.js";
import type { InstanceState } from "../model/instance-state.js";
import { describeKey, type Key, keyOf } from "../schema/key.js";
import { setOwn, type WireItem } from "../schema/wire.js";
import type { IdentityMap } from "./identity-map.js";
import type { Intake } from "./intake.js";
import type { Move, Tracked } from "./tracked.js";

/**
 * Gives a stored object another key, at the next flush: an item's key never changes, so that one
 * transaction puts an item with the new key and deletes the old one. The object has the new key from
 * now on; both keys are the object's until then. A part that isn't named stays.
 *
 * @throws {IdentityConflict} IDENTITY_CONFLICT where another object of the session has the new key.
 * @throws {InvalidValue} INVALID_VALUE where it can't be a key.
 */
export function moveTo(
  tracked: Tracked,
  newKey: object,
  intake: Intake,
  identities: IdentityMap,
): void {
  const { state } = tracked;
  const { values } = tracked.move?.key ?? (state.key as Key);
  const isNamed = typeof newKey === "object" && newKey !== null && !Array.isArray(newKey);
  const key = keyOf(state.info.table, isNamed ? { ...values, ...newKey } : newKey);
  if (tracked.assignments !== undefined && tracked.assignments.size > 0) {
    throw new InvalidExpression(
      `${state.info.name} can't be moved while ${[...tracked.assignments.values()].join(", ")} waits for the flush: ` +
        "a moved item is put as a whole, so flush first.",
      { model: state.info.name, key: state.key && describeKey(state.key) },
    );
  }
  if (tracked.move?.key.id === key.id) return;
  const isOld = key.id === (state.key as Key).id;
  const identity = isOld ? undefined : intake.freePlace(state, key);
  callOffMove(tracked);
  if (identity === undefined) return;
  tracked.move = { key, identity, unknown: undefined };
  identities.reserve(identity, tracked);
  showKey(tracked, key);
}

/** The object keeps the key that it is stored under. */
export function callOffMove(tracked: Tracked): void {
  if (tracked.move === undefined) return;
  tracked.move = undefined;
  showKey(tracked, tracked.state.key as Key);
}

/** The item has its new key. Who was called back meanwhile goes back by the next flush. */
export function settleMove(tracked: Tracked, move: Move, map: IdentityMap): void {
  const { state, identity: left } = tracked;
  const { key, identity } = move;
  const old = state.key as Key;
  const isCalledBack = tracked.move === undefined;
  if (tracked.move === move) tracked.move = undefined;
  map.rename(tracked, identity);
  state.key = key;
  if (!isCalledBack) return;
  if (tracked.status === "persistent" && map.find(left) === undefined) {
    tracked.move = { key: old, identity: left, unknown: undefined };
    map.reserve(left, tracked);
  } else {
    showKey(tracked, key);
  }
}

/** After the object was read anew: it still moves, and takes along what the item has by then. */
export function continueMove(tracked: Tracked): void {
  if (tracked.move === undefined) return;
  tracked.move.unknown = undefined;
  showKey(tracked, tracked.move.key);
}

/** Takes the item as it is stored: what the model doesn't know, and what wasn't loaded, goes along. */
export function prepareMove({ state, move }: Tracked, item: WireItem | undefined): void {
  if (move === undefined) return;
  move.unknown = unknownIn(state, item);
  if (item !== undefined) rehydrate(state, item, "fill");
}

/** The attributes that the model doesn't know. */
export function unknownIn({ info }: InstanceState, item: WireItem = {}): WireItem {
  const unknown: WireItem = {};
  for (const [name, value] of Object.entries(item)) {
    if (!info.table.byAttribute.has(name)) setOwn(unknown, name, value);
  }
  return unknown;
}

function showKey({ state }: Tracked, key: Key): void {
  for (const { column } of state.info.slots) {
    const { name, role, type } = column;
    if (role !== "none") showValue(state, name, type.copy(key.values[name]));
  }
}
