import { backoff } from "../aws/backoff.js";
import type { Answer } from "../aws/client.js";
import {
  type CancellationReason,
  isOutcomeUnknown,
  TransactionCancelled,
} from "../aws/request-errors.js";
import { attemptOf, isTokenKnown, payloadOf } from "./attempt.js";
import type { Attempt, Change, Outcome } from "./change.js";
import type { Sending } from "./executor.js";
import type { Step } from "./plan.js";

/** A request that was answered: what it wrote, and what it took. */
export interface Report {
  readonly operation: string;
  readonly changes: readonly Change[];
  readonly answer: Answer;
}

/** How often a transaction that met another one, or whose answer was lost, is sent again. */
const maxAttempts = 8;

/** Reasons that say nothing of the transaction itself: another one was in the way, or there was no room. */
const passing = new Set([
  "None",
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

/**
 * Writes changes in one transaction. The token makes resends harmless: within ten minutes the
 * service applies the same request once, so that a lost answer is simply asked for again.
 * Source: AWS guide, "DynamoDB transactions: how it works", idempotency.
 */
export async function writeTransaction(
  { changes, actions }: Extract<Step, { kind: "transaction" }>,
  { connection, signal, token, onWrite }: Sending,
  earlier = attemptOf(changes, actions),
): Promise<Outcome[]> {
  const operation = "TransactWriteItems";
  const ClientRequestToken = token ?? earlier?.token ?? crypto.randomUUID();
  const input = { TransactItems: actions, ClientRequestToken };
  const isSame = earlier?.token === ClientRequestToken;
  const sentAt = isSame ? earlier.sentAt : Date.now();
  const keys = () => changes.map(({ key }) => key.wire);
  let mayHaveLanded = false;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await connection.send(operation, input, { signal, keys });
      onWrite({ operation, changes, answer });
      return changes.map((change) => ({ status: "applied", change }));
    } catch (error) {
      const cause = error as Error;
      // A resend that was throttled says nothing of the one before it.
      mayHaveLanded ||= isOutcomeUnknown(cause);
      const isLast =
        attempt === maxAttempts || signal?.aborted === true || !isTokenKnown({ sentAt });
      if (!isLast && isWorthAnother(cause)) {
        const waited = await backoff(attempt, signal).then(
          () => true,
          () => false,
        );
        if (waited) continue;
      }
      const payload = payloadOf(actions);
      const sent = { token: ClientRequestToken, payload, actions, sentAt };
      return settle(changes, cause, mayHaveLanded ? sent : undefined);
    }
  }
}

function isWorthAnother(error: Error): boolean {
  if (error instanceof TransactionCancelled) return isPassing(error);
  return isOutcomeUnknown(error);
}

function isPassing(error: TransactionCancelled): boolean {
  return error.reasons.length > 0 && error.reasons.every(({ code }) => passing.has(code));
}

function textOf({ code, message }: CancellationReason): string {
  return message === undefined ? code : `${code}: ${message}`;
}

/** `lost`: the transaction as it was sent, if it may have landed. */
function settle(changes: readonly Change[], cause: Error, lost: Attempt | undefined): Outcome[] {
  if (cause instanceof TransactionCancelled) {
    return changes.map((change, at): Outcome => {
      const reason = cause.reasons[at];
      const isUnmet = reason?.code === "ConditionalCheckFailed";
      const isItsOwn = reason !== undefined && !isUnmet && !passing.has(reason.code);
      return {
        status: "failed",
        change,
        cause,
        current: reason?.item,
        isUnmet,
        reason: isItsOwn ? textOf(reason) : undefined,
      };
    });
  }
  return changes.map((change) =>
    lost === undefined
      ? { status: "failed", change, cause }
      : { status: "unknown", change, cause, attempt: lost },
  );
}
