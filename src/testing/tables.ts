import {
  DeleteTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import type { AnyModel } from "../model/model.js";
import type { Client } from "../session/aws/client.js";
import { Engine } from "../session/engine.js";

const goneWithinSeconds = 60;

/**
 * Creates the models' tables, with indexes and TTL, and waits until they are active. A table that is
 * there already is compared with its model, as `engine.bind` does.
 *
 * @throws {TableMismatch} TABLE_MISMATCH
 * @example await createTables(engine, [User, Post]);
 */
export async function createTables(
  target: Engine | Client,
  models: Iterable<AnyModel>,
): Promise<void> {
  await engineOf(target).bind(...models);
}

/**
 * Deletes the models' tables with everything in them, and waits until they are gone. A table that
 * isn't there is no error.
 */
export async function deleteTables(
  target: Engine | Client,
  models: Iterable<AnyModel>,
): Promise<void> {
  const engine = engineOf(target);
  // The two clients differ in the types of their commands alone; these commands are the same for both.
  const client = engine.client as DynamoDBClient;
  const names = new Set([...models].map((model) => engine.tableName(model)));
  await Promise.all([...names].map((name) => deleteTable(client, name)));
}

function engineOf(target: Engine | Client): Engine {
  return target instanceof Engine ? target : new Engine({ client: target });
}

async function deleteTable(client: DynamoDBClient, name: string): Promise<void> {
  try {
    await client.send(new DeleteTableCommand({ TableName: name }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return;
    throw error;
  }
  await waitUntilTableNotExists(
    { client, maxWaitTime: goneWithinSeconds, minDelay: 0.05, maxDelay: 1 },
    { TableName: name },
  );
}
