import { type Engine, globalIndex, localIndex, model, t } from "dynalchemy";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Page } from "../../src/session/read/page.js";
import { property } from "../support/property.js";
import { makeBed } from "../support/test-bed.js";

class Thing extends model(
  "Thing",
  {
    hash: t.string().hashKey(),
    range: t.integer().rangeKey(),
    other: t.string().optional(),
    rank: t.integer().optional(),
    views: t.integer().default(0),
  },
  {
    indexes: {
      byRank: localIndex({ rangeKey: "rank" }),
      byOther: globalIndex({ hashKey: "other", rangeKey: "rank" }),
      byOnlyOther: globalIndex({ hashKey: "other", projection: ["views"] }),
    },
  },
) {}

interface Row {
  readonly hash: string;
  readonly range: number;
}

/** What queries and scans have in common here, whatever their types. */
interface Paged {
  readonly descending?: () => Paged;
  filter(condition: ReturnType<typeof Thing.views.ne>): Paged;
  limit(limit: number): Paged;
  pageSize(size: number): Paged;
  after(cursor: string | undefined): Paged;
  all(): Promise<Row[]>;
  count(): Promise<number>;
  page(): Promise<Page<Row>>;
  pages(): AsyncIterable<Page<Row>>;
}

const places: Record<string, (engine: Engine) => Paged> = {
  "the table": (engine) => engine.query(Thing).key({ hash: "a" }),
  "a range of the table": (engine) =>
    engine.query(Thing).key(Thing.hash.eq("a").and(Thing.range.between(2, 9))),
  "a local index": (engine) => engine.query(Thing).index("byRank").key({ hash: "a" }),
  "a range of a local index": (engine) =>
    engine
      .query(Thing)
      .index("byRank")
      .key(Thing.hash.eq("a").and(Thing.rank.between(0, 1))),
  "a global index": (engine) => engine.query(Thing).index("byOther").key({ other: "o" }),
  "a tie of a global index": (engine) =>
    engine.query(Thing).index("byOther").key({ other: "o", rank: 1 }),
  "a global index without a range key": (engine) =>
    engine.query(Thing).index("byOnlyOther").key({ other: "o" }),
  "a scan": (engine) => engine.scan(Thing),
  "a scan of an index": (engine) => engine.scan(Thing).index("byOther"),
  "a parallel scan": (engine) => engine.scan(Thing).parallel(3),
  "a parallel scan of an index": (engine) => engine.scan(Thing).index("byOther").parallel(2),
};
const names = Object.keys(places);

/** Each way to ask a place: one direction or two, all rows or those that a filter lets through. */
function ways(engine: Engine, name: string): [string, Paged][] {
  const query = places[name]?.(engine) as Paged;
  const turned = query.descending?.();
  return [
    ["ascending", query] as const,
    ...(turned === undefined ? [] : [["descending", turned] as const]),
  ].flatMap(([direction, each]): [string, Paged][] => [
    [direction, each],
    [`${direction}, filtered`, each.filter(Thing.views.ne(1))],
  ]);
}

const textOf = ({ hash, range }: Row) => `${hash}${range}`;

/** All rows, page by page; each page is held against its limit. */
async function paged(query: Paged, limit: number, size?: number): Promise<string[]> {
  const sized = size === undefined ? query : query.pageSize(size);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Row> = await sized.limit(limit).after(cursor).page();
    expect(page.items.length).toBeLessThanOrEqual(limit);
    // A page that isn't full is the last one.
    if (page.items.length < limit) expect(page.cursor).toBeUndefined();
    // Nothing goes round in circles.
    if (page.cursor !== undefined) expect(page.cursor).not.toBe(cursor);
    found.push(...page.items.map(textOf));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** Segments come in no order; everything else does. */
const inOrder = (name: string, rows: readonly string[]) =>
  name.includes("parallel") ? [...rows].sort() : rows;

describe("pages by cursor, one after the other, are what one read gives", () => {
  let engine: Engine;

  beforeAll(async () => {
    ({ engine } = await makeBed([Thing], { cursorSecret: "secret" }));
    await engine.save(
      Array.from({ length: 18 }, (_, at) => {
        const range = at >> 1;
        const other = range % 4 === 3 ? undefined : "o";
        const hash = at % 2 === 0 ? "a" : "b";
        return new Thing({ hash, range, other, rank: range >> 2, views: range % 3 });
      }),
    );
  });

  describe.each(names)("of %s", (name) => {
    it("for each limit and page size", async () => {
      for (const [way, query] of ways(engine, name)) {
        const full = inOrder(name, (await query.all()).map(textOf));
        expect(new Set(full).size).toBe(full.length);
        for (const limit of [1, 2, 5, 100]) {
          for (const size of [undefined, 1, 3]) {
            const found = inOrder(name, await paged(query, limit, size));
            expect(found, `${way}, limit ${limit}, pageSize ${size}`).toEqual(full);
          }
          expect(await query.limit(limit).count()).toBe(Math.min(limit, full.length));
        }
      }
    });

    it("in pages() as well, and from each of its cursors on", async () => {
      for (const [way, query] of ways(engine, name)) {
        const full = inOrder(name, (await query.all()).map(textOf));
        for (const size of [1, 4, 100]) {
          const found: string[] = [];
          for await (const { items, cursor } of query.pageSize(size).pages()) {
            found.push(...items.map(textOf));
            const rest = cursor === undefined ? [] : await query.after(cursor).all();
            const whole = inOrder(name, [...found, ...rest.map(textOf)]);
            expect(whole, `${way}, pageSize ${size}`).toEqual(full);
          }
          expect(inOrder(name, found)).toEqual(full);
        }
      }
    });
  });

  const few = fc.record({
    hash: fc.constantFrom("a", "a", "b"),
    range: fc.integer({ min: -5, max: 12 }),
    other: fc.option(fc.constantFrom("o", "o", "p"), { nil: undefined }),
    rank: fc.option(fc.integer({ min: -1, max: 2 }), { nil: undefined }),
    views: fc.integer({ min: 0, max: 2 }),
  });
  const anyRows = fc.uniqueArray(few, { maxLength: 20, selector: textOf });
  const step = fc.record({
    limit: fc.integer({ min: 1, max: 8 }),
    size: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  });

  property(
    "of random rows, with another limit and page size for each page",
    [anyRows, fc.array(step, { minLength: 1, maxLength: 12 })],
    async (rows, steps) => {
      const left = await engine.scan(Thing).all();
      await engine.delete(left);
      await engine.save(rows.map((row) => new Thing(row)));
      for (const name of names) {
        for (const [way, query] of ways(engine, name)) {
          const full = inOrder(name, (await query.all()).map(textOf));
          const found: string[] = [];
          let cursor: string | undefined;
          for (let at = 0; at === 0 || cursor !== undefined; at++) {
            const { limit, size } = steps[at % steps.length] as (typeof steps)[number];
            const sized = size === undefined ? query : query.pageSize(size);
            const page: Page<Row> = await sized.limit(limit).after(cursor).page();
            found.push(...page.items.map(textOf));
            cursor = page.cursor;
          }
          expect(inOrder(name, found), `${name}, ${way}`).toEqual(full);
        }
      }
    },
    { numRuns: 15 },
  );
});
