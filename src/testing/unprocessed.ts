import type { JsonObject } from "./exchange.js";
import type { Fault } from "./faults.js";

type Tables = Record<string, unknown>;
interface Entry {
  readonly table: string;
  readonly entry: unknown;
}

/**
 * A BatchWriteItem or BatchGetItem of which only a part is carried out: `keep` entries (by their
 * order in the request), the others come back as unprocessed. Default: none is carried out. What
 * the engine itself leaves is added.
 */
export const unprocessed =
  (keep = 0): Fault =>
  async (exchange) => {
    const isWrite = exchange.operation === "BatchWriteItem";
    const leftoverName = isWrite ? "UnprocessedItems" : "UnprocessedKeys";
    const asked = exchange.body["RequestItems"] as Tables;
    const entries = entriesOf(asked, isWrite);
    const kept = entries.slice(0, keep);
    const left = tablesOf(entries.slice(keep), asked, isWrite);
    exchange.outcome.push(`unprocessed: ${entries.length - kept.length}`);
    if (kept.length === 0) {
      exchange.answer(200, { ...(isWrite ? {} : { Responses: {} }), [leftoverName]: left });
      return;
    }
    const { status, body } = await exchange.forward({
      ...exchange.body,
      RequestItems: tablesOf(kept, asked, isWrite),
    });
    if (status !== 200) {
      exchange.answer(status, body);
      return;
    }
    const answer = JSON.parse(body.toString()) as JsonObject;
    const engineLeft = entriesOf((answer[leftoverName] ?? {}) as Tables, isWrite);
    exchange.answer(200, {
      ...answer,
      [leftoverName]: tablesOf([...entries.slice(keep), ...engineLeft], asked, isWrite),
    });
  };

function entriesOf(tables: Tables, isWrite: boolean): Entry[] {
  return Object.entries(tables).flatMap(([table, request]) => {
    const list = isWrite ? request : (request as { Keys: unknown }).Keys;
    return (list as readonly unknown[]).map((entry) => ({ table, entry }));
  });
}

/** The entries as a request: a read keeps the projection and consistency asked for its table. */
function tablesOf(entries: readonly Entry[], asked: Tables, isWrite: boolean): Tables {
  const lists = new Map<string, unknown[]>();
  for (const { table, entry } of entries) {
    const list = lists.get(table) ?? [];
    list.push(entry);
    lists.set(table, list);
  }
  return Object.fromEntries(
    [...lists].map(([table, list]) => [
      table,
      isWrite ? list : { ...(asked[table] as object), Keys: list },
    ]),
  );
}
