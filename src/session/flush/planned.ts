import type { Update } from "../../expr/update.js";
import { isGap, ownValue } from "../../model/gaps.js";
import type { Snapshot } from "../../model/snapshot.js";
import type { Tracked } from "../tracked.js";
import type { Change } from "./change.js";

/** What the session meant to do with an object, and knew of it, when its write was sent. */
export interface Planned {
  readonly change: Change;
  readonly condition: Tracked["condition"];
  readonly intent: Tracked["intent"];
  readonly move: Tracked["move"];
  readonly assignments: ReadonlyMap<string, Update>;
  readonly supersedes: Tracked | undefined;
  /** The very object: if it is another one when the answer comes, what was known was dropped meanwhile. */
  readonly snapshot: Snapshot | undefined;
  /** Copies of what the object held in the columns that the table computes. */
  readonly held: ReadonlyMap<string, unknown>;
}

const nothing: ReadonlyMap<string, Update> = new Map();

export function rememberPlanned(change: Change): Planned {
  const { tracked } = change;
  return {
    change,
    condition: tracked?.condition,
    intent: tracked?.intent,
    move: tracked?.move,
    assignments: tracked?.assignments === undefined ? nothing : new Map(tracked.assignments),
    supersedes: tracked?.supersedes,
    snapshot: tracked?.state.snapshot,
    held: heldBy(change),
  };
}

function heldBy(change: Change): Planned["held"] {
  const { tracked, info } = change;
  if (change.kind !== "update" || tracked === undefined) return nothing;
  const held = new Map<string, unknown>();
  for (const name of change.computed) {
    const column = info.table.byName.get(name);
    if (column === undefined || isGap(tracked.state, name)) continue;
    const value = ownValue(tracked.state, name);
    const isValue = value !== undefined && value !== null;
    held.set(name, isValue ? column.type.copy(value) : value);
  }
  return held;
}
