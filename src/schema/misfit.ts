import { describeValue } from "./errors.js";

/**
 * A value that doesn't fit its type, before anyone knows whose it is. The codec of items tells model
 * and key; nested types only add where in the value it was found.
 */
export class Misfit extends Error {
  readonly path: (string | number)[] = [];
}

/** `expected a string but got 3`. */
export function misfit(expected: string, value: unknown): Misfit {
  return new Misfit(`expected ${expected} but got ${describeValue(value)}`);
}

/** Runs what handles a member, and tells in a misfit that it was found there. */
export function within<T>(step: string | number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Misfit) error.path.unshift(step);
    throw error;
  }
}
