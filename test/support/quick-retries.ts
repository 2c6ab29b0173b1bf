import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

type Provided<T> = T extends () => Promise<infer Strategy> ? Strategy : T;
type RetryStrategy = Extract<
  Provided<NonNullable<DynamoDBClientConfig["retryStrategy"]>>,
  { acquireInitialRetryToken: unknown }
>;
type RetryToken = Awaited<ReturnType<RetryStrategy["acquireInitialRetryToken"]>>;

const delayMs = 1;

/**
 * The SDK's standard rule (throttling and transient errors, up to `maxAttempts`), without its
 * delays of up to seconds and its quota of retries, which a test of many faults would use up.
 */
export function quickRetries(maxAttempts: number): RetryStrategy {
  const token = (retries: number): RetryToken => ({
    getRetryCount: () => retries,
    getRetryDelay: () => (retries === 0 ? 0 : delayMs),
  });
  return {
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (last, { errorType }) => {
      const isRetryable = errorType === "THROTTLING" || errorType === "TRANSIENT";
      if (!isRetryable || last.getRetryCount() + 1 >= maxAttempts) {
        throw new Error("No retry token available");
      }
      return token(last.getRetryCount() + 1);
    },
    recordSuccess: () => {},
  };
}
