import { ownValue } from "../../model/gaps.js";
import { describeKey, type Key, keyOf } from "../../schema/key.js";
import type { ColumnSpec } from "../../schema/table.js";
import { KeyChanged } from "../errors.js";
import type { Tracked } from "../tracked.js";

/** What the changes of all kinds tell of their object. */
export function factsOf(tracked: Tracked) {
  return {
    info: tracked.state.info,
    tableName: tracked.tableName,
    key: keyFor(tracked),
    tracked,
  };
}

export function keyFor(tracked: Tracked): Key {
  // Everything tracked has a key: without one, no session takes an object.
  return tracked.state.key as Key;
}

/** The version that this write gives; `undefined` where the present one isn't known. */
export function nextVersion(tracked: Tracked): number | undefined {
  const { info, snapshot } = tracked.state;
  const { version } = info.table;
  if (version === undefined || snapshot === undefined) return undefined;
  if (!Object.hasOwn(snapshot, version.name)) return undefined;
  const base = snapshot[version.name];
  return typeof base === "number" ? base + 1 : 1;
}

/**
 * The session, and the table, know an object by the key that it came with.
 *
 * @throws {KeyChanged} KEY_CHANGED where another was assigned.
 */
export function assertSameKey(tracked: Tracked): void {
  const { state } = tracked;
  const { table } = state.info;
  const key = tracked.move?.key ?? keyFor(tracked);
  for (const column of [table.hashKey, table.rangeKey]) {
    if (column === undefined) continue;
    const current = ownValue(state, column.name);
    const old = key.values[column.name];
    if (current === old) continue;
    if (current !== undefined && current !== null && isEqual(column, old, current)) continue;
    throw new KeyChanged(state.info.name, describeKey(key), describeNewKey(tracked), {
      isStored: tracked.status !== "pending",
    });
  }
}

function isEqual(column: ColumnSpec, a: unknown, b: unknown): boolean {
  try {
    return column.type.equals(a, b);
  } catch {
    return false;
  }
}

function describeNewKey(tracked: Tracked): string {
  try {
    return describeKey(keyOf(tracked.state.info.table, tracked.entity, "pick"));
  } catch {
    return "a key that isn't valid";
  }
}
