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

/**
 * Reads the pages of a search, or of the segments of a parallel scan as they come. While the caller
 * works on a page, the one after it is read, and none further; nothing more is read ahead than
 * what is still wanted. Segments take turns.
 */
export async function* readPages(
  starts: readonly SegmentStart[],
  read: (part: RequestPart) => Promise<RawPage>,
  budget: Budget,
): AsyncGenerator<RawPage, void, undefined> {
  const underWay = new Map<number, Promise<RawPage>>();
  const begin = (segment: number, start: WireItem | undefined, left: number) => {
    const page = read({ segment, start, left });
    // Its failure is seen when its turn comes, or by nobody where the caller has stopped.
    page.catch(() => undefined);
    underWay.set(segment, page);
  };
  for (const { segment, start } of starts) begin(segment, start, budget.left);
  while (underWay.size > 0) {
    const page = await Promise.race(underWay.values());
    const { segment, next, cost } = page;
    underWay.delete(segment);
    // A page that may hold all that is wanted is looked at first.
    const isAhead = next !== undefined && cost.count < budget.left;
    if (isAhead) begin(segment, next, budget.left - cost.count);
    yield page;
    if (budget.left <= 0) return;
    if (next !== undefined && !isAhead) begin(segment, next, budget.left);
  }
}
