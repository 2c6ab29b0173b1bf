import { InvalidExpression } from "../../expr/errors.js";
import { describeKey } from "../../schema/key.js";
import type { Guard, Tracked } from "../tracked.js";
import type { DeleteChange, UpdateChange } from "./change.js";
import { holdsVersion } from "./conditions.js";
import { expressionsOf } from "./render-write.js";

/**
 * Renders the expressions for their limits.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION over a limit, naming the object and what would help.
 */
export function assertFits(
  change: UpdateChange | DeleteChange,
  tracked: Tracked,
  guard: Guard,
): void {
  const { info, key } = change;
  try {
    expressionsOf(change);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    const { column, path } = error;
    const isByColumn = guard !== false && holdsVersion(tracked.state) === undefined;
    const remedy = isByColumn
      ? " One t.version() column, loaded, takes the place of a condition on each attribute; atomic: false leaves it out."
      : "";
    const keyText = describeKey(key);
    throw new InvalidExpression(`${info.name} ${keyText}: ${error.message}${remedy}`, {
      model: info.name,
      column,
      path,
      key: keyText,
      cause: error,
    });
  }
}
