import { deepStrictEqual } from "node:assert";
import { queryCount } from "../counts.js";
import { makePosts } from "../items.js";
import type { Outcome } from "./tasks.js";

/**
 * Holds what a contestant did against what each has to do.
 *
 * @throws {AssertionError} where it did something else.
 */
export function checkOutcome({ loaded, changed, written }: Outcome): void {
  const posts = makePosts(queryCount, "large");
  const due = posts.filter((_, at) => at % 100 === 0);
  deepStrictEqual(loaded, posts);
  deepStrictEqual(
    changed.toSorted(),
    due.map(({ id }) => id),
  );
  deepStrictEqual(
    written.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    due.map(({ id, views }) => [id, views + 1]),
  );
}
