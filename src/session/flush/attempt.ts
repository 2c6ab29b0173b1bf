import type { Attempt, Change } from "./change.js";
import type { RenderedAction } from "./render-write.js";

/** How long the service knows a token, less what a request may take: AWS guide, "TransactWriteItems", idempotency. */
const tokenLifeMs = 9 * 60 * 1000;

/** Whether the service still knows the token of what was first sent then. */
export function isTokenKnown({ sentAt }: Pick<Attempt, "sentAt">): boolean {
  return Date.now() - sentAt <= tokenLifeMs;
}

/** A transaction's payload as one text. */
export function payloadOf(actions: readonly RenderedAction[]): string {
  return JSON.stringify(actions, (_, part: unknown) =>
    part instanceof Uint8Array ? { bytes: [...part] } : part,
  );
}

/** An earlier attempt at the same transaction, which may yet land: its token makes one of both. */
export function attemptOf(
  changes: readonly Change[],
  actions: readonly RenderedAction[],
): Attempt | undefined {
  const attempts = new Set(changes.map(({ tracked }) => tracked?.doubt?.attempt));
  for (const attempt of attempts) {
    if (attempt === undefined || !isTokenKnown(attempt)) continue;
    if (attempt.payload === payloadOf(actions)) return attempt;
  }
  return undefined;
}
