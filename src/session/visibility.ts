import type { Place } from "./identity.js";
import type { Tracked } from "./tracked.js";

/** Whether reads of a key leave the tracked object out: it is to be deleted, or to leave for another key. */
export function isHidden(tracked: Tracked, place: Place): boolean {
  const { move, status } = tracked;
  return status === "delete-marked" || (move !== undefined && tracked.isAt(place));
}

/** Whether a read of the whole item would tell something that the object doesn't know. */
export function isIncomplete({ status, state }: Tracked): boolean {
  if (status === "expired") return true;
  if (state.gaps === undefined || status === "pending") return false;
  for (const { kind } of state.gaps.values()) {
    if (kind === "notLoaded" || kind === "expired") return true;
  }
  return false;
}
