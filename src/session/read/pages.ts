import type { WireItem } from "../../schema/wire.js";
import type { RawPage } from "./raw-page.js";
import type { RequestPart } from "./search-request.js";

/** How many results are still wanted; whoever gives results counts down. */
export interface Budget {
  left: number;
}

/** Where a segment begins that isn't at its end yet. */
export interface SegmentStart {
  readonly segment: number;
  readonly start: WireItem | undefined;
}

/** How many pages of a parallel scan are under way, or wait to be taken, at once: each may have 1 MB. */
const maxPages = 16;

/**
 * Reads the pages of a search, or of the segments of a parallel scan as they come. While the caller
 * works on a page, the one after it is read, and none further; nothing more is read ahead than
 * what is still wanted. Segments take turns, at most 16 at once.
 */
export async function* readPages(
  starts: readonly SegmentStart[],
  read: (part: RequestPart) => Promise<RawPage>,
  budget: Budget,
): AsyncGenerator<RawPage, void, undefined> {
  const underWay = new Map<number, Promise<RawPage>>();
  const waiting = [...starts];
  let at = 0;
  const begin = ({ segment, start }: SegmentStart, left: number) => {
    const page = read({ segment, start, left });
    // Its failure is seen when its turn comes, or by nobody where the caller has stopped.
    page.catch(() => undefined);
    underWay.set(segment, page);
  };
  const beginMore = (left: number) => {
    while (at < waiting.length && underWay.size < maxPages) {
      begin(waiting[at] as SegmentStart, left);
      at += 1;
    }
  };
  beginMore(budget.left);
  while (underWay.size > 0) {
    const page = await Promise.race(underWay.values());
    const { segment, next, cost } = page;
    underWay.delete(segment);
    // A page that may hold all that is wanted is looked at first.
    const isAhead = cost.count < budget.left;
    if (next !== undefined) waiting.push({ segment, start: next });
    if (isAhead) beginMore(budget.left - cost.count);
    yield page;
    if (budget.left <= 0) return;
    if (!isAhead) beginMore(budget.left);
  }
}
