import type { Guard, Tracked } from "../tracked.js";
import { assertFits } from "./assert-fits.js";
import type { Change, DeleteChange } from "./change.js";
import { deleteCondition, guardOf } from "./conditions.js";
import { factsOf } from "./make-facts.js";
import { makeMove } from "./make-move.js";
import { makePut } from "./make-put.js";
import { makeUpdate } from "./make-update.js";
import { makeUpsert } from "./make-upsert.js";

/**
 * What the next flush has to write of an object; nothing, one change, or two for one that moves.
 * Pure: it changes neither the object nor what the session knows of it.
 *
 * @throws {InvalidValue} INVALID_VALUE for a value that can't be stored.
 * @throws {KeyChanged} KEY_CHANGED where the object's key was assigned.
 */
export function makeChanges(tracked: Tracked, atomic: Guard): readonly Change[] {
  const guard = guardOf(tracked, atomic);
  const { status, intent, move, supersedes } = tracked;
  if (status === "delete-marked") return [makeDelete(tracked, guard)];
  if (move !== undefined) return makeMove(tracked, move, guard);
  // Whoever takes a deleted object's key finds nothing to update there.
  if (intent === "upsert" && supersedes === undefined) return [makeUpsert(tracked)];
  if (intent !== undefined) return [makePut(tracked, intent, guard)];
  const update = makeUpdate(tracked, guard);
  return update === undefined ? [] : [update];
}

function makeDelete(tracked: Tracked, guard: Guard): DeleteChange {
  const change: DeleteChange = {
    kind: "delete",
    ...factsOf(tracked),
    condition: deleteCondition(tracked, guard),
    patches: [],
    made: new Map(),
    isDeparture: false,
  };
  assertFits(change, tracked, guard);
  return change;
}
