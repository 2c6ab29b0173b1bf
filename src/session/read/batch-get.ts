import type { ModelInfo } from "../../model/metadata.js";
import type { StoredItem } from "../../model/scanned-item.js";
import { type Key, keyFromWire } from "../../schema/key.js";
import { maxBatchGets } from "../../schema/limits.js";
import type { WireItem } from "../../schema/wire.js";
import { backoff } from "../aws/backoff.js";
import { Throttled } from "../aws/request-errors.js";
import type { Connection } from "../connection.js";
import { identityAt, identityOf } from "../identity.js";
import { RowIdentities } from "../row-identities.js";
import { scanOfBatch } from "./answer-scan.js";

/** An item that is asked for. */
export interface Wanted {
  readonly info: ModelInfo;
  readonly tableName: string;
  readonly key: Key;
  /** Table and key as one text, made once: every step of a read looks items up by it. */
  readonly identity: string;
}

export function wantedItem(info: ModelInfo, tableName: string, key: Key): Wanted {
  return { info, tableName, key, identity: identityOf(tableName, key) };
}

export interface BatchGetOptions {
  readonly isConsistent: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Whether answers are to tell what they cost. Default `false`. */
  readonly asksCapacity?: boolean;
  /** Whether items may come as scans of the answer's text leave them. Default `true`. */
  readonly scans?: boolean;
  /** Told of each answer, with its capacity units where it was asked for them. */
  readonly onAnswer?: (consumed: number | undefined) => void;
}

/** How often keys that the table had no room for are asked for again. */
const maxRounds = 10;

/**
 * Reads items of any tables in calls of 100 keys, each key once. Keys that come back unprocessed,
 * with an answer that says 200, are joined with other calls' leftovers and asked for again after a
 * pause. Source: AWS guide, "Working with items: batch operations and error handling".
 *
 * @returns the items that exist, by identity.
 * @throws {Throttled} THROTTLED when keys are left after ten rounds.
 */
export async function batchGet(
  connection: Connection,
  wanted: Iterable<Wanted>,
  options: BatchGetOptions,
): Promise<Map<string, StoredItem>> {
  const items = new Map<string, StoredItem>();
  const byIdentity = new Map<string, Wanted>();
  for (const each of wanted) byIdentity.set(each.identity, each);
  let left = [...byIdentity.values()];
  for (let round = 1; left.length > 0; round++) {
    const calls: Wanted[][] = [];
    for (let at = 0; at < left.length; at += maxBatchGets) {
      calls.push(left.slice(at, at + maxBatchGets));
    }
    const rests = await settleAll(calls.map((call) => getOnce(connection, call, options, items)));
    left = rests.flat();
    if (left.length === 0) break;
    if (round === maxRounds) {
      const tables = [...new Set(left.map(({ tableName }) => tableName))];
      throw new Throttled({ operation: "BatchGetItem", tables, attempts: maxRounds });
    }
    await backoff(round, options.signal);
  }
  return items;
}

/** Waits for all calls, so that none goes on behind a rejection. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** Sends one call and returns the keys that it left. */
async function getOnce(
  connection: Connection,
  call: readonly Wanted[],
  { isConsistent, signal, asksCapacity = false, scans = true, onAnswer }: BatchGetOptions,
  items: Map<string, StoredItem>,
): Promise<Wanted[]> {
  const RequestItems: Record<string, { Keys: WireItem[]; ConsistentRead?: true }> = {};
  const infos = new Map<string, ModelInfo>();
  // Of a table that models share, only the keys tell whose item is whose: a scan would take all for one's.
  let isShared = false;
  for (const { tableName, key, info } of call) {
    if ((infos.get(tableName) ?? info) !== info) isShared = true;
    RequestItems[tableName] ??= { Keys: [], ...(isConsistent && { ConsistentRead: true }) };
    RequestItems[tableName]?.Keys.push(key.wire);
    infos.set(tableName, info);
  }
  const { output, consumedCapacity } = await connection.send(
    "BatchGetItem",
    { RequestItems, ...(asksCapacity && { ReturnConsumedCapacity: "TOTAL" as const }) },
    { signal, scan: scans && !isShared ? scanOfBatch(infos) : undefined },
  );
  onAnswer?.(consumedCapacity);
  const identities = new RowIdentities();
  for (const [tableName, rows] of Object.entries(output.Responses ?? {})) {
    const info = infos.get(tableName);
    if (info === undefined) continue;
    for (const row of (rows ?? []) as StoredItem[]) {
      items.set(identityAt(identities.of(tableName, info, row)), row);
    }
  }
  const unprocessed = Object.entries(output.UnprocessedKeys ?? {});
  if (unprocessed.length === 0) return [];
  const byIdentity = new Map(call.map((each) => [each.identity, each]));
  const left: Wanted[] = [];
  for (const [tableName, rest] of unprocessed) {
    const info = infos.get(tableName);
    if (info === undefined) continue;
    for (const key of rest?.Keys ?? []) {
      const each = byIdentity.get(identityOf(tableName, keyFromWire(info.table, key)));
      if (each !== undefined) left.push(each);
    }
  }
  return left;
}
