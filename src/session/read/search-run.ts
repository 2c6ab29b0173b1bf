import { type StoredItem, wireOf } from "../../model/scanned-item.js";
import { maxBatchGets } from "../../schema/limits.js";
import { getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import { RequestAborted } from "../aws/request-errors.js";
import { whenAborted } from "../aws/when-aborted.js";
import { CursorCodec, type Position } from "./cursor.js";
import { PageReader } from "./page-reader.js";
import { type Budget, readPages } from "./pages.js";
import { addCosts, noCost, type RawPage, type ReadCost } from "./raw-page.js";
import { placeColumns, type SearchProps } from "./search-props.js";
import { type RowTaker, rowTaker } from "./take-row.js";

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether answers are to tell what they cost. Default `false`. */
  readonly asksCapacity?: boolean;
  /** Whether items are only counted. Default `false`. */
  readonly counts?: boolean;
}

/** The results of one answer. */
interface ResultPage {
  readonly results: readonly object[];
  readonly cost: ReadCost;
}

/** Rows of a page with their items, from one of them on. */
interface Part {
  readonly of: RawPage;
  readonly page: RawPage;
  readonly from: number;
  /** How many of them were given, or hidden. */
  passed: number;
}

/** One execution of a search. */
export class SearchRun {
  readonly #props: SearchProps;
  /** As messages have it. */
  readonly #name: string;
  readonly #options: RunOptions;
  readonly #abort = new AbortController();
  readonly #reader: PageReader;
  readonly #take: RowTaker;
  readonly #codec: CursorCodec;
  readonly #budget: Budget;
  /** Where each segment began, or went on after a page without rows. */
  #starts: Position[];
  /** What the last row of each segment came with, if there was one. */
  readonly #last: (Part | undefined)[] = [];
  #cost: ReadCost = noCost;

  /** @throws {InvalidKeyCondition} INVALID_KEY_CONDITION for a query without a key. */
  constructor(props: SearchProps, options: RunOptions = {}) {
    this.#props = props;
    this.#name = props.operation.toLowerCase();
    this.#options = options;
    const { asksCapacity = false, counts = false } = options;
    this.#reader = new PageReader(props, { signal: this.#abort.signal, asksCapacity, counts });
    this.#take = rowTaker(props);
    this.#codec = new CursorCodec(props);
    this.#budget = { left: props.limit ?? Number.POSITIVE_INFINITY };
    this.#starts = Array.from({ length: props.segments }, () => "start" as const);
  }

  /** What the pages that were given so far took; what was read ahead isn't in it. */
  get cost(): ReadCost {
    return this.#cost;
  }

  /** Results one by one, each made when it is asked for. */
  async *results(): AsyncGenerator<object, void, undefined> {
    for await (const page of this.#pages()) {
      for await (const part of this.#parts(page)) {
        for (let next = this.#next(part); next; next = this.#next(part)) yield next;
      }
    }
  }

  /** The results of each answer together; one without any is given too. */
  async *pages(): AsyncGenerator<ResultPage, void, undefined> {
    for await (const page of this.#pages()) {
      const results: object[] = [];
      let { cost } = page;
      for await (const part of this.#parts(page)) {
        for (let next = this.#next(part); next; next = this.#next(part)) results.push(next);
        if (part.of !== part.page) cost = addCosts(cost, part.page.cost);
      }
      yield { results, cost };
    }
  }

  /** How many items there are. */
  async count(): Promise<number> {
    let count = 0;
    for await (const { cost } of this.#pages()) {
      count += cost.count;
      this.#budget.left -= cost.count;
    }
    return Math.min(count, this.#props.limit ?? count);
  }

  /** Where the search goes on after the last result that was given; `undefined`: nowhere. */
  cursor(): Promise<string | undefined> {
    return this.#codec.write(this.#starts.map((_, segment) => this.#positionOf(segment)));
  }

  /** Breaking out of it gives up what is under way. */
  async *#pages(): AsyncGenerator<RawPage, void, undefined> {
    const { signal } = this.#options;
    const giveUp = () => this.#abort.abort(signal?.reason);
    if (signal?.aborted) giveUp();
    const callOff = signal && !signal.aborted ? whenAborted(signal, giveUp) : undefined;
    try {
      const { cursor } = this.#props;
      if (cursor !== undefined) this.#starts = [...(await this.#codec.read(cursor))];
      const starts = this.#starts.flatMap((position, segment) =>
        position === "end" ? [] : { segment, start: position === "start" ? undefined : position },
      );
      const first = new Set(cursor === undefined ? [] : starts.map(({ segment }) => segment));
      const pages = readPages(
        starts,
        (part) => this.#reader.read(part, first.delete(part.segment)),
        this.#budget,
      );
      for await (const page of pages) {
        this.#cost = addCosts(this.#cost, page.cost);
        if (page.rows.length === 0) this.#pass(page);
        yield page;
        this.#assertGoing();
      }
    } finally {
      callOff?.();
      this.#abort.abort();
    }
  }

  /** A page as it is; one whose rows are to be followed, in parts no larger than what is wanted. */
  async *#parts(of: RawPage): AsyncGenerator<Part, void, undefined> {
    if (of.isShort !== true) {
      yield { of, page: of, from: 0, passed: 0 };
      return;
    }
    for (let from = 0; from < of.rows.length && this.#budget.left > 0; ) {
      const items = of.rows.slice(from, from + Math.min(maxBatchGets, this.#budget.left));
      const page = await this.#reader.complete({ ...of, items, cost: noCost });
      this.#cost = addCosts(this.#cost, page.cost);
      yield { of, page, from, passed: 0 };
      from += items.length;
    }
  }

  /** The next result; `undefined`: there is none, or no more are wanted. */
  #next(part: Part): object | undefined {
    const { page } = part;
    while (part.passed < page.items.length && this.#budget.left > 0) {
      this.#assertGoing();
      const item = page.items[part.passed];
      part.passed += 1;
      this.#last[page.segment] = part;
      const result = item && this.#resultOf(item, page);
      if (result === undefined) continue;
      this.#budget.left -= 1;
      return result;
    }
    return undefined;
  }

  #resultOf(item: StoredItem, { mark, reread }: RawPage): object | undefined {
    return reread?.items.has(item)
      ? this.#take(item, reread.mark, true)
      : this.#take(item, mark, false);
  }

  /** Goes past a page that has nothing to give. */
  #pass({ segment, next }: RawPage): void {
    this.#starts[segment] = next ?? "end";
    this.#last[segment] = undefined;
  }

  /**
   * A session may be closed, and a signal may give up, while the caller works on a page.
   *
   * @throws {SessionClosed} SESSION_CLOSED
   * @throws {RequestAborted} REQUEST_ABORTED
   */
  #assertGoing(): void {
    const { host, info, operation } = this.#props;
    host.assertOpen(this.#name);
    const { signal } = this.#options;
    if (!signal?.aborted) return;
    const facts = { operation, tableName: host.tableName(info), attempts: 0 };
    throw new RequestAborted(facts, signal.reason);
  }

  /** The key of the last row; after the last one of a page, whatever the service says. */
  #positionOf(segment: number): Position {
    const last = this.#last[segment];
    if (last === undefined) return this.#starts[segment] as Position;
    const { of, from, passed } = last;
    const row = from + passed - 1;
    if (row === of.rows.length - 1) return of.next ?? "end";
    const key: WireItem = {};
    const item = wireOf(of.rows[row] as StoredItem);
    for (const { attribute } of placeColumns(this.#props)) {
      const value = getOwn(item, attribute);
      if (value !== undefined) setOwn(key, attribute, value);
    }
    return key;
  }
}
