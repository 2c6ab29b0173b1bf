import { backoff } from "./aws/backoff.js";
import { RequestError, TransactionCancelled } from "./aws/request-errors.js";
import type { Engine } from "./engine.js";
import { ConstraintViolation, FlushError } from "./errors.js";
import type { Session } from "./session.js";

export interface TransactionOptions {
  /** How often the function is run at most. Default 5. */
  readonly attempts?: number;
  /** Aborts requests and pauses. */
  readonly signal?: AbortSignal;
}

/** Runs work in fresh sessions until it commits without a conflict. */
export async function runTransaction<T>(
  engine: Engine,
  work: (session: Session) => Promise<T>,
  { attempts = 5, signal }: TransactionOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const session = engine.session({
      consistent: true,
      transaction: true,
      exactlyOnce: true,
      ...(signal !== undefined && { signal }),
    });
    let hasWritten = false;
    session.events.on("afterFlush", ({ written }) => {
      hasWritten ||= written.length > 0;
    });
    try {
      const result = await work(session);
      await session.commit();
      return result;
    } catch (error) {
      // What the work itself throws ends it: nothing of it was to be written.
      await session.rollback().catch(() => undefined);
      // Nor is it done again where an earlier flush of it was acknowledged: that would be written twice.
      if (attempt >= attempts || hasWritten || !isConflict(error)) throw error;
    } finally {
      await session.close();
    }
    await backoff(attempt, signal);
  }
}

/** Whether another writer was in the way; an outcome that isn't known is no reason to do it again. */
function isConflict(error: unknown): boolean {
  if (error instanceof ConstraintViolation) return true;
  if (!(error instanceof FlushError)) return false;
  return error.failures.every(({ cause, isUncertain }) => !isUncertain && isContention(cause));
}

function isContention(cause: Error): boolean {
  if (cause instanceof TransactionCancelled) {
    return cause.reasons.some(({ code }) => code === "TransactionConflict");
  }
  return cause instanceof RequestError && cause.code === "THROTTLED";
}
