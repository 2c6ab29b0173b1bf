import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { quickRetries } from "./quick-retries.js";

/** An answer such as no engine gives. */
export interface Prepared {
  readonly body: Uint8Array | string;
  /** Its header x-amz-crc32. */
  readonly crc32?: string;
}

/** Where a request went. */
export interface Sent {
  readonly hostname: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A client whose connection gives these answers, the last one again and again: everything above it is
 * the SDK's own.
 */
export function answering(answers: readonly Prepared[], config: DynamoDBClientConfig = {}) {
  const sent: Sent[] = [];
  const handle = async ({ hostname, headers }: Sent) => {
    const { body, crc32 } = answers[Math.min(sent.length, answers.length - 1)] as Prepared;
    sent.push({ hostname, headers });
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const found = crc32 === undefined ? {} : { "x-amz-crc32": crc32 };
    return { response: { statusCode: 200, headers: found, body: bytes } };
  };
  const client = new DynamoDBClient({
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    retryStrategy: quickRetries(3),
    ...config,
    requestHandler: { handle } as unknown as NonNullable<DynamoDBClientConfig["requestHandler"]>,
  });
  return { client, sent };
}
