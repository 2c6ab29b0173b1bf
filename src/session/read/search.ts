import { Condition, conditionOn } from "../../expr/condition.js";
import { InvalidExpression } from "../../expr/errors.js";
import { assertFilter } from "../../expr/filter.js";
import { readKeyCondition } from "../../expr/key-condition.js";
import { junction } from "../../expr/nodes.js";
import type { Columns } from "../../schema/column.js";
import { describeValue } from "../../schema/errors.js";
import type { IndexSpec } from "../../schema/index-spec.js";
import type { Row } from "../../schema/infer.js";
import { InvalidCursor, MultipleResults, NoResult } from "../errors.js";
import { CursorCodec } from "./cursor.js";
import { Explanation } from "./explanation.js";
import { makePage, makeResult, type Page, type ReadResult } from "./page.js";
import { addCosts, noCost } from "./raw-page.js";
import { assertConsistent, assertSelectable, assertWhole, findIndex } from "./search-checks.js";
import type { SearchProps } from "./search-props.js";
import { pageRequest, type SearchRequest, searchRequest } from "./search-request.js";
import { SearchRun } from "./search-run.js";

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** A plain row: the selected columns, as the model has them. */
export type Selected<C extends Columns, N extends keyof C> = {
  readonly [K in N]: K extends keyof Row<C> ? Row<C>[K] : never;
};

/**
 * What queries and scans have in common. A search is immutable: each step gives a new one, so that it
 * can be kept, shared and extended. Nothing is sent before its results are asked for, and each time
 * they are, it is run anew.
 */
export abstract class Search<T extends object, C extends Columns> implements AsyncIterable<T> {
  /** Only for types. */
  declare readonly columns: C;
  readonly #props: SearchProps;

  /** @internal */
  constructor(props: SearchProps) {
    this.#props = Object.freeze(props);
    Object.freeze(this);
  }

  /** @internal What a search was told: for those that make other requests of it. */
  static propsOf(search: Search<object, Columns>): SearchProps {
    return search.#props;
  }

  /** @internal */
  protected abstract make(props: SearchProps): this;

  /** @internal What it is told once it is of an index. */
  protected ofIndex(name: string): SearchProps {
    const { info, key, filter, isConsistent, selected, isComplete } = this.#props;
    const index = findIndex(this.#props, name);
    if (isConsistent === true) assertConsistent(info, index);
    if (selected !== undefined) assertSelectable(info.name, selected, index, isComplete);
    this.#assertFilter(filter && conditionOn(filter), index);
    return {
      ...this.#props,
      index,
      key: key && readKeyCondition(info.table, index, conditionOn(key.node)),
    };
  }

  /**
   * Drops items that don't meet the condition, after the table has read them and before it sends
   * them: they are paid for all the same. A second filter must hold as well.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for a key of what is queried, and for what an index doesn't hold.
   * @example
   * session.query(Post).key({ forum: "a" }).filter(Post.views.gt(5))
   * // Query { KeyConditionExpression: "forum = a", FilterExpression: "views > 5" }
   */
  filter(condition: Condition): this {
    if (!(condition instanceof Condition)) {
      throw new InvalidExpression(
        `filter() takes a condition, such as Post.views.gt(5), but got ${describeValue(condition)}.`,
        { model: this.#props.info.name },
      );
    }
    const { index, filter } = this.#props;
    this.#assertFilter(condition, index);
    return this.#with({ filter: junction("and", [filter, condition.node]) });
  }

  /**
   * Sees every write that was acknowledged before, at twice the price. Default: the session's, or the
   * engine's, setting; a global index is never read so.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for a global index, which has no consistent reads.
   * @example session.query(Post).key({ forum: "a" }).consistent() // Query { ConsistentRead: true, … }
   */
  consistent(isConsistent = true): this {
    if (isConsistent) assertConsistent(this.#props.info, this.#props.index);
    return this.#with({ isConsistent });
  }

  /**
   * How many results there are at most. Items that a filter drops don't count: pages are read until
   * there are so many results.
   *
   * @example session.query(Post).key({ forum: "a" }).limit(10) // Query { Limit: 10, … }; with a filter there is no Limit
   */
  limit(limit: number): this {
    return this.#with({ limit: assertWhole(this.#props.info, "limit", limit) });
  }

  /**
   * How many items each request reads at most, before the filter. Default: as many as make 1 MB.
   *
   * @example session.query(Post).key({ forum: "a" }).filter(Post.views.gt(5)).pageSize(100) // Query { Limit: 100, … }
   */
  pageSize(pageSize: number): this {
    return this.#with({ pageSize: assertWhole(this.#props.info, "pageSize", pageSize) });
  }

  /**
   * Begins after the place of a cursor, as `page()` and `pages()` give it; `undefined` and `null`: at
   * the beginning. It must come from a search with the same table, index, direction and key condition.
   *
   * @throws {InvalidCursor} INVALID_CURSOR where results are asked for, if it was changed or belongs to another search.
   * @example session.query(Post).key({ forum: "a" }).limit(20).after(url.searchParams.get("cursor"))
   * // Query { Limit: 20, ExclusiveStartKey: { forum: { S: "a" }, id: { N: "20" } }, … }
   */
  after(cursor: string | null | undefined): this {
    if (cursor !== null && cursor !== undefined && typeof cursor !== "string") {
      throw new InvalidCursor(`A cursor is a text, not ${describeValue(cursor)}.`);
    }
    return this.#with({ cursor: cursor ?? undefined });
  }

  /**
   * Replaces what the session knows of the objects it finds by what the table holds, unless it was
   * changed; so it reads consistently. Rows that may be late replace nothing: those of a global index,
   * and of `consistent(false)`. SQLAlchemy's `populate_existing`.
   *
   * @example session.query(Post).key({ forum: "a" }).refresh() // Query { ConsistentRead: true, … }
   */
  refresh(): this {
    return this.#with({ overwrites: true });
  }

  /** Gives instances that no session follows: for long streams, which else would fill the session. */
  untracked(): this {
    return this.#with({ isTracked: false });
  }

  /**
   * Reads also what the index doesn't hold. The items of a global index's rows are read from the
   * table, 100 in a request; rows whose item is gone are dropped. A local index does so by itself.
   *
   * @example
   * session.query(Post.byUser).key({ user: "ann" }).complete()
   * // Query { IndexName: "byUser", … }, then BatchGetItem of the keys found
   * @example
   * session.query(Post.byDate).key({ forum: "a" }).complete()
   * // Query { IndexName: "byDate", Select: "ALL_ATTRIBUTES", … }
   */
  complete(): this {
    return this.#with({ isComplete: true });
  }

  /** Gives items as well whose time to live has passed, but which the table hasn't deleted yet. */
  includeExpired(): this {
    return this.#with({ includesExpired: true });
  }

  /** All results. */
  async all(options: ReadOptions = {}): Promise<T[]> {
    const all: object[] = [];
    for await (const { results } of this.#run(options).pages()) {
      for (const result of results) all.push(result);
    }
    return all as T[];
  }

  /**
   * The first result; `undefined` if there is none.
   *
   * @example await session.query(Post).key({ forum: "a" }).first() // Query { Limit: 1, … }
   */
  async first(options: ReadOptions = {}): Promise<T | undefined> {
    const [first] = await this.limit(1).all(options);
    return first;
  }

  /**
   * The one result that there is.
   *
   * @throws {NoResult} NO_RESULT
   * @throws {MultipleResults} MULTIPLE_RESULTS
   * @example await session.query(Post.byUser).key({ user: "ann" }).one() // Query { Limit: 2, … }
   */
  async one(options: ReadOptions = {}): Promise<T> {
    const { limit = 2, info } = this.#props;
    const [first, second] = await this.limit(Math.min(limit, 2)).all(options);
    if (first === undefined) throw new NoResult(info.name);
    if (second !== undefined) throw new MultipleResults(info.name);
    return first;
  }

  /**
   * How many results there are, without fetching them: the table reads, and charges for, all the same.
   *
   * @example await session.query(Post).key({ forum: "a" }).count() // Query { Select: "COUNT", … }, for each page
   */
  async count({ signal }: ReadOptions = {}): Promise<number> {
    return new SearchRun(this.#props, { signal, counts: true }).count();
  }

  /**
   * One page: with a limit as many results as that, however many requests it takes; without, those
   * of the first answer that has any.
   *
   * @example const { items, cursor } = await session.query(Post).key({ forum: "a" }).limit(20).page();
   * // Query { Limit: 20, ReturnConsumedCapacity: "TOTAL", … }
   */
  async page(options: ReadOptions = {}): Promise<Page<T>> {
    if (this.#props.limit === undefined) {
      for await (const page of this.pages(options)) return page;
    }
    const { items, cursor, ...cost } = await this.run(options);
    return makePage(items, cursor, cost);
  }

  /**
   * Page after page, as the table gives them. The next one is read while the caller works on this one;
   * breaking out of the loop gives it up. Pages from which a filter dropped everything are passed over,
   * and counted with the next one.
   *
   * @example for await (const { items, cursor } of session.query(Post).key({ forum: "a" }).pages()) …
   * // Query { ReturnConsumedCapacity: "TOTAL", … }
   */
  async *pages(options: ReadOptions = {}): AsyncGenerator<Page<T>, void, undefined> {
    const run = this.#run(options, true);
    let untold = noCost;
    let isFirst = true;
    for await (const { results, cost } of run.pages()) {
      untold = addCosts(untold, cost);
      if (results.length === 0) continue;
      yield makePage(results as T[], await run.cursor(), untold);
      untold = noCost;
      isFirst = false;
    }
    if (isFirst || untold.scannedCount > 0) yield makePage([], undefined, untold);
  }

  /** All results, with what it took: items read and matched, capacity units, requests. */
  async run(options: ReadOptions = {}): Promise<ReadResult<T>> {
    const run = this.#run(options, true);
    const items: object[] = [];
    for await (const { results } of run.pages()) {
      for (const result of results) items.push(result);
    }
    return makeResult(items as T[], await run.cursor(), run.cost);
  }

  /**
   * The results one by one, with a signal that ends it; `for await (const post of query)` is the same
   * without one.
   */
  items({ signal }: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return this.#run({ signal }).results() as AsyncGenerator<T, void, undefined>;
  }

  [Symbol.asyncIterator](options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return this.items(options);
  }

  /**
   * The request of the first page, as iterating sends it; `page()`, `pages()` and `run()` add
   * `ReturnConsumedCapacity`. Of a parallel scan, that of the first segment.
   *
   * @throws {InvalidKeyCondition} INVALID_KEY_CONDITION for a query without a key.
   */
  request(): SearchRequest {
    const { cursor, limit = Number.POSITIVE_INFINITY } = this.#props;
    const positions = cursor === undefined ? ["start"] : new CursorCodec(this.#props).peek(cursor);
    const segment = Math.max(
      0,
      positions.findIndex((position) => position !== "end"),
    );
    const position = positions[segment];
    const start = typeof position === "object" ? position : undefined;
    return pageRequest(this.#props, searchRequest(this.#props), { left: limit, segment, start });
  }

  /**
   * What will be read, in words, and where that is far more than is returned. With a result, or a
   * page, of this search also what that took.
   *
   * @example console.log(String(session.scan(Post).filter(Post.user.eq("ann")).explain()));
   * @example const result = await search.run();
   * console.log(search.explain(result).outcome); // { returned: 5, matched: 5, scanned: 10, consumed: 0.5, requests: 1 }
   */
  explain(result?: Page<T> | ReadResult<T>): Explanation {
    return new Explanation(this.#props, result);
  }

  /** What it will do, for people. */
  toString(): string {
    return String(this.explain());
  }

  /** @internal What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return String(this);
  }

  #with(props: Partial<SearchProps>): this {
    return this.make({ ...this.#props, ...props });
  }

  #run({ signal }: { readonly signal?: AbortSignal | undefined }, asksCapacity = false): SearchRun {
    return new SearchRun(this.#props, { signal, asksCapacity });
  }

  #assertFilter(condition: Condition | undefined, index: IndexSpec | undefined): void {
    if (condition === undefined) return;
    const { info, operation } = this.#props;
    assertFilter(condition, info.table, index, operation === "Scan" ? "scan" : "query");
  }
}
