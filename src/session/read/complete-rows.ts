import { keyOfStored, type StoredItem } from "../../model/scanned-item.js";
import { type BatchGetOptions, batchGet, wantedItem } from "./batch-get.js";
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
  const wanted = page.items.map((item) => {
    if (item === undefined || picks?.(item) === false) return undefined;
    return wantedItem(info, tableName, keyOfStored(info, item));
  });
  const mark = host.mark();
  let requests = 0;
  let consumed: number | undefined;
  const found = await batchGet(
    host.connection,
    wanted.filter((each) => each !== undefined),
    {
      ...options,
      onAnswer: (capacity) => {
        requests += 1;
        consumed = addCapacity(consumed, capacity);
      },
    },
  );
  const items = page.items.map((item, at) => {
    const identity = wanted[at]?.identity;
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
