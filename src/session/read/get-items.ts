import type { StoredItem } from "../../model/scanned-item.js";
import type { Connection } from "../connection.js";
import { identityOf } from "../identity-map.js";
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
  const identities = new Set(wanted.map(({ tableName, key }) => identityOf(tableName, key)));
  const [only] = wanted;
  const [identity] = identities;
  if (only === undefined || identity === undefined || identities.size > 1) {
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
  if (output.Item !== undefined) items.set(identity, output.Item);
  return items;
}
