import { describeValue } from "./errors.js";

/**
 * A value that doesn't fit its type, before anyone knows whose it is. The codec of items tells model
 * and key; nested types only add where in the value it was found.
 */
export class Misfit extends Error {
  readonly path: (string | number)[] = [];
  /** Whether it is about the value as a whole, wherever in it the problem came to light. */
  readonly isOfWhole: boolean;

  constructor(message: string, isOfWhole = false) {
    super(message);
    this.isOfWhole = isOfWhole;
  }
}

/** `expected a string but got 3`. */
export function misfit(expected: string, value: unknown): Misfit {
  const hint = value === null ? ": undefined is what leaves a value out" : "";
  return new Misfit(`expected ${expected} but got ${describeValue(value)}${hint}`);
}

/** The error of a member of a map or list, told where in it. What a custom type throws becomes the cause. */
export function foundAt(step: string | number, error: unknown): Misfit {
  const found = error instanceof Misfit ? error : asMisfit(error);
  if (!found.isOfWhole) found.path.unshift(step);
  return found;
}

function asMisfit(error: unknown): Misfit {
  const found = new Misfit(error instanceof Error ? error.message : String(error));
  found.cause = error;
  return found;
}
