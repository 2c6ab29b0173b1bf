import { InvalidState } from "../model/errors.js";
import { describeValue } from "../schema/errors.js";
import type { Guard } from "./tracked.js";

/**
 * What `atomic` asks for; `true`, as the engine has it, is all that was loaded.
 *
 * @throws {InvalidState} INVALID_STATE for anything unknown: a misspelt word must not take the guard away.
 */
export function guardFrom(atomic: unknown, operation: string): Guard | undefined {
  if (atomic === true) return "loaded";
  if (atomic === undefined || atomic === false) return atomic;
  if (atomic === "changed" || atomic === "loaded") return atomic;
  throw new InvalidState(
    `Can't ${operation}: atomic is "changed", "loaded" or false, not ${describeValue(atomic)}.`,
    { operation, state: "unknown" },
  );
}
