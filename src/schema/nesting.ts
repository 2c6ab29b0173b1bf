import { maxNesting } from "./limits.js";
import { Misfit } from "./misfit.js";
import type { AttributeValue } from "./wire.js";

/** The item itself is the first level, as DynamoDB counts. */
const maxContainers = maxNesting - 1;

/**
 * Refuses documents deeper than DynamoDB stores, and with them any that contain themselves.
 *
 * @param depth the lists and maps around and including this one
 */
export function assertDepth(depth: number): void {
  if (depth > maxContainers) {
    throw new Misfit(
      `expected a document of at most ${maxNesting} levels, the item being the first, but got a deeper one, or one that contains itself`,
      true,
    );
  }
}

/** Types know their own depth only: a document inside a list of maps may be too deep together with them. */
export function assertNesting(wire: AttributeValue, depth = 1): void {
  if ("L" in wire) {
    assertDepth(depth);
    for (const element of wire.L) assertNesting(element, depth + 1);
  } else if ("M" in wire) {
    assertDepth(depth);
    for (const name in wire.M) {
      assertNesting(wire.M[name] as AttributeValue, depth + 1);
    }
  }
}
