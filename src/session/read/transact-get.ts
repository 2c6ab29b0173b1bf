import { maxTransactionActions } from "../../schema/limits.js";
import type { WireItem } from "../../schema/wire.js";
import { backoff } from "../aws/backoff.js";
import { TransactionCancelled } from "../aws/request-errors.js";
import type { Connection } from "../connection.js";
import { TransactionTooLarge } from "../errors.js";
import type { Wanted } from "./batch-get.js";

/** How often a read that met a write's transaction is sent at most. */
const maxAttempts = 8;

/**
 * Reads items at one moment.
 *
 * @returns the items that exist, by identity.
 * @throws {TransactionTooLarge} TRANSACTION_TOO_LARGE for more than 100 keys.
 */
export async function transactGet(
  connection: Connection,
  wanted: readonly Wanted[],
  signal: AbortSignal | undefined,
): Promise<Map<string, WireItem>> {
  const items = new Map<string, WireItem>();
  if (wanted.length === 0) return items;
  if (wanted.length > maxTransactionActions) throw new TransactionTooLarge(wanted.length, 0);
  const TransactItems = wanted.map(({ tableName, key }) => ({
    Get: { TableName: tableName, Key: key.wire },
  }));
  for (let attempt = 1; ; attempt++) {
    try {
      const { output } = await connection.send("TransactGetItems", { TransactItems }, { signal });
      for (const [at, { identity }] of wanted.entries()) {
        const item = output.Responses?.[at]?.Item;
        if (item !== undefined) items.set(identity, item);
      }
      return items;
    } catch (error) {
      const isConflict =
        error instanceof TransactionCancelled &&
        error.reasons.some(({ code }) => code === "TransactionConflict");
      if (!isConflict || attempt === maxAttempts) throw error;
    }
    await backoff(attempt, signal);
  }
}
