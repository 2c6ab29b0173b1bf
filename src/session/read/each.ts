import { InvalidState } from "../../model/errors.js";
import type { Columns } from "../../schema/column.js";
import type { ReadHost } from "./host.js";
import { Search } from "./search.js";
import { assertWhole } from "./search-checks.js";
import type { SearchProps } from "./search-props.js";
import { SearchRun } from "./search-run.js";

/** What working through a search needs of its session. */
export interface EachSession {
  has(object: object): boolean;
  flush(options: { readonly signal?: AbortSignal }): Promise<unknown>;
  expunge(objects: readonly object[]): void;
}

export interface EachOptions {
  /** After how many objects their changes are flushed and they are let go. Default 100. */
  readonly commitEvery?: number;
  /** Told after each flush, and waited for: a cursor that it keeps is kept before the next chunk. */
  readonly onProgress?: (progress: EachProgress) => unknown;
  readonly signal?: AbortSignal;
}

/** How far it has come. */
export interface EachProgress {
  /** Objects that were worked on, and whose changes are written. */
  readonly done: number;
  /** Items that were read to find them. */
  readonly scanned: number;
  /** Capacity units of the reads; `undefined` where the engine doesn't tell. */
  readonly consumed: number | undefined;
  /**
   * How many items the table, or index, has by `DescribeTable`, which counts every six hours;
   * `undefined` where it can't be asked.
   */
  readonly estimate: number | undefined;
  /** For `after()`: goes on after the last object that is done; `undefined` at the end. */
  readonly cursor: string | undefined;
}

const defaultChunk = 100;

/**
 * Works through a large result in chunks: load, change, flush, let go. So it takes little memory, and
 * what is done stays done: after an error `progress.cursor` tells where to go on.
 *
 * Objects that the session had before stay in it, and so do those that the function adds.
 *
 * @returns how far it came in the end.
 */
export async function each<T extends object, C extends Columns>(
  session: EachSession,
  reading: ReadHost,
  search: Search<T, C>,
  work: (object: T) => unknown,
  { commitEvery = defaultChunk, onProgress, signal }: EachOptions = {},
): Promise<EachProgress> {
  const own = Search.propsOf(search);
  assertWhole(own.info, "commitEvery", commitEvery);
  assertTracked(own, reading);
  const loaded = new Set<object>();
  const props = watchLoads(own, loaded);
  const run = new SearchRun(props, { signal, asksCapacity: true });
  // A cursor that is none is refused before anything is asked.
  let estimate: Promise<number | undefined> | undefined;
  let done = 0;
  let sinceFlush = 0;
  let isTold = false;
  const report = async (): Promise<EachProgress> => {
    const { scannedCount: scanned, consumed } = run.cost;
    estimate ??= estimateOf(props, signal);
    const progress = {
      done,
      scanned,
      consumed,
      estimate: await estimate,
      cursor: await run.cursor(),
    };
    Object.freeze(progress);
    if (!isTold) await onProgress?.(progress);
    isTold = true;
    return progress;
  };
  const flush = async () => {
    await session.flush(signal === undefined ? {} : { signal });
    session.expunge([...loaded].filter((object) => session.has(object)));
    loaded.clear();
    done += sinceFlush;
    sinceFlush = 0;
  };
  for await (const object of run.results()) {
    await work(object as T);
    sinceFlush += 1;
    isTold = false;
    if (sinceFlush < commitEvery) continue;
    await flush();
    await report();
  }
  await flush();
  return report();
}

/** Changes of what the session doesn't track would be lost without a word. */
function assertTracked({ host, isTracked, selected }: SearchProps, reading: ReadHost): void {
  const why =
    host !== reading
      ? "the search is another session's, or the engine's"
      : selected !== undefined
        ? "select() gives plain rows"
        : isTracked
          ? undefined
          : "untracked() gives objects that no session follows";
  if (why === undefined) return;
  throw new InvalidState(
    `Can't run each(): ${why}, so that no change would be written. Give it a search of this session as it is.`,
    { operation: "each", state: "open" },
  );
}

/** The same search, noting the objects that it brings into the session. */
function watchLoads(props: SearchProps, loaded: Set<object>): SearchProps {
  const { host } = props;
  const watching: ReadHost = {
    connection: host.connection,
    isConsistent: host.isConsistent,
    cursorSecret: host.cursorSecret,
    tableName: (info) => host.tableName(info),
    assertOpen: (operation) => host.assertOpen(operation),
    mark: () => host.mark(),
    addBulk: (spec) => host.addBulk(spec),
    hasExpired: () => host.hasExpired(),
    statusOf: (info, item) => host.statusOf(info, item),
    absorb(info, item, facts) {
      const isKnown = host.statusOf(info, item) !== undefined;
      const object = host.absorb(info, item, facts);
      if (object !== undefined && !isKnown) loaded.add(object);
      return object;
    },
  };
  return { ...props, host: watching };
}

async function estimateOf(
  { host, info, index }: SearchProps,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    const { output } = await host.connection.send(
      "DescribeTable",
      { TableName: host.tableName(info) },
      { signal },
    );
    const { Table: table } = output;
    if (index === undefined) return table?.ItemCount;
    const indexes = [
      ...(table?.GlobalSecondaryIndexes ?? []),
      ...(table?.LocalSecondaryIndexes ?? []),
    ];
    return indexes.find(({ IndexName }) => IndexName === index.name)?.ItemCount;
  } catch {
    // An estimate isn't worth failing for: a role that may read need not be allowed to describe.
    return undefined;
  }
}
