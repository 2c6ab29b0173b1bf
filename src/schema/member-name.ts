import { Misfit } from "./misfit.js";
import { assertText } from "./scalar-types.js";

/** @throws {Misfit} for a name that DynamoDB doesn't take. */
export function assertName(name: string): void {
  if (name === "") throw new Misfit("expected a name but got an empty one");
  assertText(name);
}
