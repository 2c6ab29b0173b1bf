import type { StoredItem } from "../../model/scanned-item.js";
import type { Connection } from "../connection.js";
import { type BatchGetOptions, batchGet, type Wanted } from "./batch-get.js";

/**
 * Reads items of any tables: a single one by `GetItem`, several by `BatchGetItem`.
 *
 * @returns the items that exist, by identity.
 */
export async function getItems(
  connection: Connection,
  wanted: readonly Wanted[],
  options: Pick<BatchGetOptions, "isConsistent" | "signal" | "scans">,
): Promise<Map<string, StoredItem>> {
  const [only] = wanted;
  if (only === undefined) return new Map();
  // Stops at the first other key: a batch makes out by itself which there are.
  if (!wanted.every(({ identity }) => identity === only.identity)) {
    return batchGet(connection, wanted, options);
  }
  const { isConsistent, signal } = options;
  const { output } = await connection.send(
    "GetItem",
    {
      TableName: only.tableName,
      Key: only.key.wire,
      ...(isConsistent && { ConsistentRead: true }),
    },
    { signal },
  );
  const items = new Map<string, StoredItem>();
  if (output.Item !== undefined) items.set(only.identity, output.Item);
  return items;
}
