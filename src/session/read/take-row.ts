import { hydrate } from "../../model/hydrate.js";
import type { StoredItem } from "../../model/scanned-item.js";
import { isPastTtl } from "./expired.js";
import type { ReadMark, RowFacts } from "./host.js";
import { plainRows } from "./plain-row.js";
import { readsTruth, requestedColumns, type SearchProps } from "./search-props.js";

/**
 * Makes a result of an item; `undefined` where it is hidden: expired, or deleted in the session.
 * `isReread`: the item was read from the table for an object that needs it.
 */
export type RowTaker = (item: StoredItem, mark: ReadMark, isReread: boolean) => object | undefined;

export function rowTaker(props: SearchProps): RowTaker {
  const { host, info, selected, isTracked, overwrites, includesExpired } = props;
  const isHidden = (item: StoredItem) => !includesExpired && isPastTtl(info, item);
  if (selected !== undefined) {
    const plainRow = plainRows(info, selected);
    return (item) => (isHidden(item) ? undefined : plainRow(item));
  }
  const requested = requestedColumns(props);
  if (!isTracked) {
    return (item) => (isHidden(item) ? undefined : hydrate(info, item, requested).instance);
  }
  // What isn't read consistently may be older than what the session knows: it takes nothing away.
  const isTruth = readsTruth(props);
  const factsOf = (mark: ReadMark, isReread: boolean): RowFacts => ({
    mark,
    requested: isReread ? undefined : requested,
    isAuthoritative: isReread || isTruth,
    overwrites,
    includeExpired: includesExpired,
  });
  // Those of most rows are those of the row before.
  let facts = factsOf(0, false);
  let wasReread = false;
  return (item, mark, isReread) => {
    if (facts.mark !== mark || wasReread !== isReread) facts = factsOf(mark, isReread);
    wasReread = isReread;
    return host.absorb(info, item, facts);
  };
}
