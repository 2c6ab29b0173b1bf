import type { StoredItem } from "../../model/scanned-item.js";
import type { AnswerScan } from "../aws/answer-body.js";
import { RequestFailed } from "../aws/request-errors.js";
import { InvalidCursor } from "../errors.js";
import { scanOfPages } from "./answer-scan.js";
import { completePage } from "./complete-rows.js";
import { isPastTtl } from "./expired.js";
import type { RawPage } from "./raw-page.js";
import {
  completesByKey,
  completesConsistently,
  readsTruth,
  type SearchProps,
} from "./search-props.js";
import {
  pageRequest,
  type RequestPart,
  type SearchRequest,
  searchRequest,
} from "./search-request.js";

export interface ReaderOptions {
  readonly signal: AbortSignal;
  /** Whether answers are to tell what they cost. */
  readonly asksCapacity: boolean;
  /** Whether items are only counted. */
  readonly counts: boolean;
}

/** Sends the requests of a search, and completes what an index gave. */
export class PageReader {
  readonly #props: SearchProps;
  readonly #options: ReaderOptions;
  readonly #shared: SearchRequest;
  readonly #scan: AnswerScan | undefined;

  constructor(props: SearchProps, options: ReaderOptions) {
    this.#props = props;
    this.#options = options;
    this.#scan = options.counts ? undefined : scanOfPages(props.info);
    const shared = searchRequest(props, options.counts);
    this.#shared = options.asksCapacity ? { ...shared, ReturnConsumedCapacity: "TOTAL" } : shared;
  }

  /**
   * @throws {SessionClosed} SESSION_CLOSED
   * @throws {InvalidCursor} INVALID_CURSOR where a forged cursor leads nowhere in this search.
   */
  async read(part: RequestPart, isFromCursor: boolean): Promise<RawPage> {
    const { host, operation } = this.#props;
    const { signal, counts } = this.#options;
    host.assertOpen(operation.toLowerCase());
    const mark = host.mark();
    const request = pageRequest(this.#props, this.#shared, part);
    const { output, consumedCapacity } = await host.connection
      .send(operation, request, { signal, scan: this.#scan })
      .catch((error: unknown) => {
        throw isFromCursor && isRefusedStart(error) ? forged(error) : error;
      });
    const rows: readonly StoredItem[] = output.Items ?? [];
    const page: RawPage = {
      segment: part.segment,
      rows,
      items: rows,
      next: output.LastEvaluatedKey,
      mark,
      cost: {
        count: this.#count(rows, output.Count),
        scannedCount: output.ScannedCount ?? rows.length,
        consumed: consumedCapacity,
        requests: 1,
      },
    };
    if (counts || rows.length === 0) return page;
    if (!completesByKey(this.#props)) return this.#reread(page);
    // More than is wanted is completed as far as it is taken, in small parts.
    if (rows.length > part.left) return { ...page, isShort: true };
    return this.complete(page);
  }

  /** Follows a page's rows to their items. */
  async complete(page: RawPage): Promise<RawPage> {
    const completing = { ...this.#options, isConsistent: completesConsistently(this.#props) };
    return this.#reread(await completePage(this.#props, page, completing));
  }

  /**
   * An expired object is read anew at its next use: here with others, and consistently, unless the
   * search itself reads so. A late row could undo the session's own last write.
   */
  #reread(page: RawPage): RawPage | Promise<RawPage> {
    const { host, info, selected, isTracked } = this.#props;
    if (selected !== undefined || !isTracked || readsTruth(this.#props)) return page;
    // To look each row up costs more than to ask whether there is anything to find.
    if (!host.hasExpired()) return page;
    const isExpired = (item: StoredItem | undefined) =>
      item !== undefined && host.statusOf(info, item) === "expired";
    return page.items.some(isExpired)
      ? completePage(this.#props, page, { ...this.#options, isConsistent: true }, isExpired)
      : page;
  }

  #count(rows: readonly StoredItem[], count: number | undefined): number {
    if (!this.#options.counts || rows.length === 0) return count ?? rows.length;
    const { info } = this.#props;
    return rows.reduce((sum, row) => (isPastTtl(info, row) ? sum : sum + 1), 0);
  }
}

/** The service checks a start against the key condition. */
function isRefusedStart(error: unknown): boolean {
  return (
    error instanceof RequestFailed &&
    error.reason === "ValidationException" &&
    /start(?:ing)? ?key/i.test(error.message)
  );
}

function forged(cause: unknown): InvalidCursor {
  return new InvalidCursor("The cursor leads to no place in this query. Begin without one.", {
    cause,
  });
}
