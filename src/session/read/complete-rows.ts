import { keyFromWire } from "../../schema/key.js";
import type { WireItem } from "../../schema/wire.js";
import { identityOf } from "../identity-map.js";
import { batchGet } from "./batch-get.js";
import { addCapacity, type ReadCost } from "./raw-page.js";
import { completesConsistently, type SearchProps } from "./search-props.js";

/** Reads the items of an index's rows from the table, in their order; `undefined` for one that is gone. */
export async function completeRows(
  props: SearchProps,
  rows: readonly WireItem[],
  signal: AbortSignal,
  asksCapacity: boolean,
): Promise<{ readonly items: readonly (WireItem | undefined)[]; readonly cost: ReadCost }> {
  const { host, info } = props;
  const tableName = host.tableName(info);
  const wanted = rows.map((row) => ({ info, tableName, key: keyFromWire(info.table, row) }));
  let requests = 0;
  let consumed: number | undefined;
  const items = await batchGet(host.connection, wanted, {
    isConsistent: completesConsistently(props),
    signal,
    asksCapacity,
    onAnswer: (capacity) => {
      requests += 1;
      consumed = addCapacity(consumed, capacity);
    },
  });
  return {
    items: wanted.map(({ key }) => items.get(identityOf(tableName, key))),
    cost: { count: 0, scannedCount: 0, consumed, requests },
  };
}
