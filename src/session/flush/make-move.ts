import { type ConditionNode, junction, pathNode, valueNode } from "../../expr/nodes.js";
import type { ModelInfo } from "../../model/metadata.js";
import { wireJsonAtMost } from "../../schema/size.js";
import { setOwn, type WireItem } from "../../schema/wire.js";
import type { Guard, Move, Tracked } from "../tracked.js";
import type { DeleteChange, PutChange } from "./change.js";
import { exists, holdsLoaded, holdsVersion, isAbsent } from "./conditions.js";
import { assertSameKey, factsOf } from "./make-facts.js";
import { wholeItem } from "./make-put.js";

/**
 * The two actions that give an item another key: the put under the new one, if it is free, and the
 * deletion under the old one, if nobody has changed what is carried over.
 */
export function makeMove(
  tracked: Tracked,
  move: Move,
  guard: Guard,
): readonly [PutChange, DeleteChange] {
  assertSameKey(tracked);
  const { state } = tracked;
  const { info } = state;
  const { item, ...whole } = wholeItem(tracked);
  const unknown = move.unknown ?? {};
  for (const [name, value] of Object.entries(unknown)) setOwn(item, name, value);
  const version = holdsVersion(state);
  const unchanged = version ?? junction("and", [holdsLoaded(state), ...holdAll(info, unknown)]);
  const departure: DeleteChange = {
    kind: "delete",
    ...factsOf(tracked),
    condition: junction("and", [
      exists(info),
      guard === false ? undefined : unchanged,
      tracked.condition,
    ]),
    patches: [],
    made: new Map(),
    isDeparture: true,
  };
  const arrival: PutChange = {
    kind: "put",
    ...factsOf(tracked),
    key: move.key,
    intent: "add",
    item,
    ...whole,
    bytesAtMost: wireJsonAtMost(item),
    condition: isAbsent(info),
    departure,
  };
  return [arrival, departure];
}

/** That attributes which the model doesn't know still are what was read: nobody else carries them over. */
function holdAll(info: ModelInfo, stored: WireItem): ConditionNode[] {
  return Object.entries(stored).map(([name, wire]) => ({
    kind: "comparison",
    operator: "=",
    left: pathNode(info.name, name, [name]),
    right: valueNode(wire),
  }));
}
