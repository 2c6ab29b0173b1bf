import type { Patch } from "immer";
import { type ConditionNode, junction } from "../../expr/nodes.js";
import { diffInstance } from "../../model/diff-instance.js";
import { wireJsonAtMost } from "../../schema/size.js";
import { setOwn } from "../../schema/wire.js";
import type { Guard, Tracked } from "../tracked.js";
import type { PutChange } from "./change.js";
import { holdsVersion } from "./conditions.js";
import { factsOf } from "./make-facts.js";
import { wholeItem } from "./make-put.js";
import { mayNotFit, surelyFitting } from "./may-not-fit.js";

/**
 * Whether an object's update may be too long for one expression, while a put on its version may stand
 * for it: everything is known of the item, and nothing is left to the table to compute.
 */
export function mayBeReplaced(tracked: Tracked, guard: Guard): boolean {
  const { state, status, intent, move, assignments } = tracked;
  if (!mayNotFit(state.info) || guard === false) return false;
  if (status !== "persistent" || intent !== undefined || move !== undefined) return false;
  if ((state.gaps?.size ?? 0) > 0 || (assignments?.size ?? 0) > 0) return false;
  if (holdsVersion(state) === undefined) return false;
  return new Set(diffInstance(state).map(({ path }) => path[0])).size > surelyFitting;
}

/**
 * The put of the whole item in place of an update. What the model doesn't know goes along, as the flush
 * has read it; whoever has written since has counted the version on.
 */
export function makeReplacement(
  tracked: Tracked,
  version: ConditionNode,
  patches: readonly Patch[],
): PutChange {
  const { item, ...whole } = wholeItem(tracked);
  for (const [name, value] of Object.entries(tracked.unknown ?? {})) setOwn(item, name, value);
  return {
    kind: "put",
    ...factsOf(tracked),
    intent: "put",
    item,
    ...whole,
    bytesAtMost: wireJsonAtMost(item),
    patches,
    condition: junction("and", [version, tracked.condition]),
    departure: undefined,
  };
}
