import type { ScopeOptions } from "../context/scope.js";

/** How an invocation's session is opened and ended. */
export interface InvocationOptions extends ScopeOptions {
  /**
   * How many milliseconds before the invocation's deadline requests are given up, so that there is
   * time to tell. Default 500.
   */
  readonly marginMs?: number;
}

/** What is needed of Lambda's context. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

const defaultMarginMs = 500;

/**
 * The options with a signal that aborts shortly before the deadline that the context tells, if any. It is
 * found by its shape: the runtime passes an event, a context and a callback, or an event, a stream and a
 * context where the response is streamed. Each call makes a signal of its own, for one session.
 */
export function deadlineOf(
  options: InvocationOptions,
  args: readonly unknown[],
): () => ScopeOptions {
  const { marginMs = defaultMarginMs, signal: own } = options;
  const context = args.find(isContext);
  if (context === undefined) return () => options;
  const left = Math.max(0, context.getRemainingTimeInMillis() - marginMs);
  const deadline = AbortSignal.timeout(left);
  const signals = own === undefined ? [deadline] : [own, deadline];
  return () => ({ ...options, signal: AbortSignal.any(signals) });
}

function isContext(value: unknown): value is LambdaContext {
  const context = value as Partial<LambdaContext> | null | undefined;
  return typeof context?.getRemainingTimeInMillis === "function";
}
