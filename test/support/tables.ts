import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

/**
 * A table name that no other test has: tests share one engine, so each takes its own tables and
 * leaves them there.
 */
export function freshName(name = "table"): string {
  return freshNames()(name);
}

/** A mapping of table names for one test's engine: `new Engine({ tableName: freshNames() })`. */
export function freshNames(): (name: string) => string {
  const prefix = randomUUID().slice(0, 13);
  return (name) => `${prefix}-${name}`;
}

/** Creates a table with the string key `id`, for tests below the level of models. */
export async function createPlainTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.1 },
    { TableName: name },
  );
}
