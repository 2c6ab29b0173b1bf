import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, type TranslateConfig } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { quickRetries } from "./quick-retries.js";

export interface ClientOptions extends DynamoDBClientConfig {
  /** Default: the run's engine. The address of a fault proxy goes here. */
  readonly endpoint?: string;
  /** How often a request is sent at most, the first time included; default 4. */
  readonly maxAttempts?: number;
}

/** A client of the run's engine, as a user would make it, but with retries 1 ms apart. */
export function makeClient(options: ClientOptions = {}): DynamoDBClient {
  const maxAttempts = options.maxAttempts ?? 4;
  return new DynamoDBClient({
    endpoint: inject("engine").endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    retryStrategy: quickRetries(maxAttempts),
    ...options,
    maxAttempts,
  });
}

/** A document client of the run's engine. */
export function makeDocumentClient(
  options: ClientOptions = {},
  translate?: TranslateConfig,
): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(makeClient(options), translate);
}
