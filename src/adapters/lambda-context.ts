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

/** The options with a signal that aborts shortly before the deadline that the context tells, if any. */
export function withDeadline(options: InvocationOptions, context: unknown): ScopeOptions {
  const { marginMs = defaultMarginMs, signal: own } = options;
  if (!isContext(context)) return options;
  const left = Math.max(0, context.getRemainingTimeInMillis() - marginMs);
  const deadline = AbortSignal.timeout(left);
  return { ...options, signal: own === undefined ? deadline : AbortSignal.any([own, deadline]) };
}

function isContext(value: unknown): value is LambdaContext {
  const context = value as Partial<LambdaContext> | null | undefined;
  return typeof context?.getRemainingTimeInMillis === "function";
}
