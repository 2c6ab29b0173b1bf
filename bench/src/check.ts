import { deepStrictEqual } from "node:assert";
import { wireOf } from "./answers.js";
import type { CannedHandler } from "./canned-handler.js";
import type { Change, Contestant } from "./contestant.js";
import { queryCount } from "./counts.js";
import { makePost, makePosts, type Size } from "./items.js";
import type { OperationId } from "./operations.js";
import { missingOf, putItems } from "./sent.js";

/**
 * Runs an operation once and compares what came of it with what every contestant has to give: the
 * same items read, the same items written, the same attributes set on the same condition.
 *
 * @param handler keeps the requests; `undefined`: they go over HTTP, and only what is read is compared.
 * @throws {AssertionError} where a contestant did other work than the rest.
 */
export async function check(
  contestant: Contestant,
  operation: OperationId,
  handler: CannedHandler | undefined,
  size: Size,
): Promise<void> {
  const plain = (items: readonly unknown[]) => items.map((item) => clone(contestant.plain(item)));
  switch (operation) {
    case "query": {
      const loaded = await contestant.query?.();
      deepStrictEqual(plain(loaded?.items ?? []), makePosts(queryCount, size));
      return;
    }
    case "get":
      deepStrictEqual(plain([await contestant.get?.()]), makePosts(1, size));
      return;
    case "batchGet":
      deepStrictEqual(plain((await contestant.batchGet?.()) ?? []), makePosts(100, size));
      return;
    case "batchWrite": {
      const bodies = await bodiesOf(handler, () => contestant.batchWrite?.());
      if (bodies === undefined) return;
      deepStrictEqual(putItems(bodies[0] ?? ""), clone(makePosts(25, size).map(wireOf)));
      return;
    }
    case "update": {
      const change = changes(size, 0);
      const bodies = await bodiesOf(handler, () => contestant.update?.(change));
      if (bodies === undefined) return;
      // A session loads the object beforehand, once.
      deepStrictEqual(missingOf(bodies.at(-1) ?? "", change), []);
    }
  }
}

/** The change of the nth update: each goes on from the one before. */
export function changes(size: Size, at: number): Change {
  const state = (n: number) => ({ views: 5 + n, title: `Title ${n}` });
  return { before: at === 0 ? makePost(0, size) : state(at - 1), after: state(at) };
}

async function bodiesOf(
  handler: CannedHandler | undefined,
  run: () => unknown,
): Promise<string[] | undefined> {
  const bodies: string[] | undefined = handler && [];
  if (handler !== undefined) handler.record = bodies;
  await run();
  if (handler !== undefined) handler.record = undefined;
  return bodies;
}

/** Without prototypes and `undefined`: what is compared is data. */
function clone(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
