import { keyOfStored, type StoredItem } from "../../model/scanned-item.js";
import { identityOf } from "../identity-map.js";
import { type BatchGetOptions, batchGet } from "./batch-get.js";
import { addCapacity, addCosts, type RawPage } from "./raw-page.js";
import type { SearchProps } from "./search-props.js";

/**
 * Reads the items of a page's rows, or of those that a function picks, from the table; `undefined`
 * for one that is gone.
 */
export async function completePage(
  { host, info }: SearchProps,
  page: RawPage,
  options: Pick<BatchGetOptions, "signal" | "asksCapacity" | "isConsistent">,
  picks?: (item: StoredItem | undefined) => boolean,
): Promise<RawPage> {
  const tableName = host.tableName(info);
  const identities = page.items.map((item) => {
    if (item === undefined || picks?.(item) === false) return undefined;
    const key = keyOfStored(info, item);
    return { identity: identityOf(tableName, key), wanted: { info, tableName, key } };
  });
  const mark = host.mark();
  let requests = 0;
  let consumed: number | undefined;
  const found = await batchGet(
    host.connection,
    identities.flatMap((each) => each?.wanted ?? []),
    {
      ...options,
      onAnswer: (capacity) => {
        requests += 1;
        consumed = addCapacity(consumed, capacity);
      },
    },
  );
  const items = page.items.map((item, at) => {
    const identity = identities[at]?.identity;
    return identity === undefined ? item : found.get(identity);
  });
  const cost = { count: 0, scannedCount: 0, consumed, requests };
  return {
    ...page,
    items,
    cost: addCosts(page.cost, cost),
    ...(picks !== undefined && { reread: { items: new Set(found.values()), mark } }),
  };
}
