import { RequestAborted } from "./request-errors.js";
import { whenAborted } from "./when-aborted.js";

/** The first pause is at most so long; each further one twice as long. The SDK's own start for DynamoDB. */
const baseMs = 25;
/** No pause is longer. */
const capMs = 5_000;

/** What pauses are made of; tests give their own. */
export interface Pacing {
  /** From 0 to 1, as `Math.random`. */
  readonly random?: () => number;
  /** Pauses for so many milliseconds, or rejects with the signal's reason. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly baseMs?: number;
  readonly capMs?: number;
}

/**
 * How long to wait before the `attempt`-th resend, in milliseconds: exponential, with full jitter.
 * Source: AWS Architecture Blog, "Exponential backoff and jitter".
 */
export function backoffMs(attempt: number, pacing: Pacing = {}): number {
  const limit = (pacing.baseMs ?? baseMs) * 2 ** (attempt - 1);
  return (pacing.random ?? Math.random)() * Math.min(limit, pacing.capMs ?? capMs);
}

/**
 * Waits before the `attempt`-th resend, counted from 1.
 *
 * @throws {RequestAborted} REQUEST_ABORTED when the signal gives up first.
 */
export async function backoff(
  attempt: number,
  signal?: AbortSignal,
  pacing: Pacing = {},
): Promise<void> {
  try {
    await (pacing.sleep ?? sleep)(backoffMs(attempt, pacing), signal);
  } catch (reason) {
    throw new RequestAborted({ operation: "A resend", attempts: 0 }, reason);
  }
}

/** Waits; rejects with the signal's reason as soon as it gives up. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      callOff?.();
      resolve();
    }, ms);
    const callOff =
      signal &&
      whenAborted(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
  });
}
