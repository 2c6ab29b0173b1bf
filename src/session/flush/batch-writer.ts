import { keyFromWire } from "../../schema/key.js";
import type { WireItem } from "../../schema/wire.js";
import { backoff } from "../aws/backoff.js";
import { isOutcomeUnknown, Throttled } from "../aws/request-errors.js";
import { identityOf } from "../identity.js";
import type { Change, Outcome } from "./change.js";
import type { Sending } from "./executor.js";
import { packBatches } from "./pack.js";
import type { Step } from "./plan.js";

/** One entry as `BatchWriteItem` takes it, and gives it back when it wasn't processed. */
interface Entry {
  readonly PutRequest?: { readonly Item: WireItem };
  readonly DeleteRequest?: { readonly Key: WireItem };
}

/** How often entries that the table had no room for are sent again. */
const maxRounds = 10;

/**
 * Writes batches. Entries that come back unprocessed, with an answer that says 200, are packed anew
 * with other batches' leftovers and sent after a pause, until all are written or ten rounds are over.
 * Source: AWS guide, "Working with items: batch operations and error handling".
 */
export async function writeBatches(steps: readonly Step[], sending: Sending): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let batches = steps.map(({ changes }) => changes);
  for (let round = 1; batches.length > 0; round++) {
    const rests = await Promise.all(batches.map((batch) => writeBatch(batch, sending, outcomes)));
    const left = rests.flat();
    if (left.length === 0) break;
    if (round === maxRounds) {
      for (const change of left) outcomes.push(throttled(change));
      break;
    }
    try {
      await backoff(round, sending.signal);
    } catch (error) {
      for (const change of left) outcomes.push(failed(change, error as Error));
      break;
    }
    batches = packBatches(left);
  }
  return outcomes;
}

/** Sends one batch and returns what it left unprocessed. */
async function writeBatch(
  batch: readonly Change[],
  { connection, signal, onWrite }: Sending,
  outcomes: Outcome[],
): Promise<Change[]> {
  const RequestItems: Record<string, Entry[]> = {};
  for (const change of batch) {
    RequestItems[change.tableName] ??= [];
    RequestItems[change.tableName]?.push(entryOf(change));
  }
  try {
    const keys = () => batch.map(({ key }) => key.wire);
    const answer = await connection.send("BatchWriteItem", { RequestItems }, { signal, keys });
    const left = unprocessed(batch, answer.output.UnprocessedItems);
    const written = left.size === 0 ? batch : batch.filter((change) => !left.has(change));
    onWrite({ operation: "BatchWriteItem", changes: written, answer });
    for (const change of written) outcomes.push({ status: "applied", change });
    return [...left];
  } catch (error) {
    for (const change of batch) outcomes.push(failed(change, error as Error));
    return [];
  }
}

function entryOf(change: Change): Entry {
  return change.kind === "put"
    ? { PutRequest: { Item: change.item } }
    : { DeleteRequest: { Key: change.key.wire } };
}

function unprocessed(batch: readonly Change[], answer: unknown): Set<Change> {
  const left = new Set<Change>();
  // The answer has the shape of the request; the SDK's types leave everything optional.
  const tables = Object.entries((answer ?? {}) as Record<string, Entry[]>);
  // Seldom is anything left, and only then does anyone need to know which change has which key.
  if (tables.length === 0) return left;
  const byIdentity = new Map(
    batch.map((change) => [identityOf(change.tableName, change.key), change]),
  );
  const infos = new Map(batch.map((change) => [change.tableName, change.info]));
  for (const [tableName, entries] of tables) {
    const info = infos.get(tableName);
    if (info === undefined) continue;
    for (const { PutRequest, DeleteRequest } of entries) {
      const key = keyFromWire(info.table, PutRequest?.Item ?? DeleteRequest?.Key ?? {});
      const change = byIdentity.get(identityOf(tableName, key));
      if (change !== undefined) left.add(change);
    }
  }
  return left;
}

function throttled(change: Change): Outcome {
  const cause = new Throttled({
    operation: "BatchWriteItem",
    tableName: change.tableName,
    attempts: maxRounds,
  });
  return { status: "failed", change, cause };
}

function failed(change: Change, cause: Error): Outcome {
  return { status: isOutcomeUnknown(cause) ? "unknown" : "failed", change, cause };
}
