import { globalIndex, localIndex, model, t } from "dynalchemy";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { itOnLocal } from "../support/engine-facts.js";
import { type FaultBed, makeFaultBed } from "../support/test-bed.js";

class Doc extends model(
  "Doc",
  {
    box: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string().optional(),
    views: t.integer().default(0),
    text: t.string().optional(),
    version: t.version(),
  },
  {
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "id", projection: ["views"] }),
      byViews: localIndex({ rangeKey: "views", projection: "keys" }),
    },
  },
) {}

let bed: FaultBed;
const count = 250;

beforeAll(async () => {
  bed = await makeFaultBed([Doc]);
  await bed.engine.save(
    Array.from(
      { length: count },
      (_, id) => new Doc({ box: "a", id, user: "u", views: id % 5, text: `text ${id}` }),
    ),
  );
});

afterAll(async () => {
  bed.engine.client.destroy();
  await bed.proxy.close();
});

beforeEach(() => {
  bed.proxy.reset();
  bed.recorder.clear();
});

const keysOf = (at: number) => {
  const input = bed.recorder.requests[at]?.input as
    | { readonly RequestItems: Record<string, { readonly Keys: unknown[] }> }
    | undefined;
  return input?.RequestItems[bed.tableName(Doc)]?.Keys.length;
};
const byUser = () => bed.engine.query(Doc).index("byUser").key({ user: "u" });

describe("complete() of a global index", () => {
  it("reads 100 items in a request, in the index's order", async () => {
    const found = await byUser().descending().complete().all();
    expect(found.map(({ id, text }) => [id, text])).toEqual(
      Array.from({ length: count }, (_, at) => [count - 1 - at, `text ${count - 1 - at}`]),
    );
    expect(bed.recorder.operations.slice(1)).toEqual(Array(3).fill("BatchGetItem"));
    expect([1, 2, 3].map(keysOf).sort()).toEqual([100, 100, 50]);
  });

  it("reads no more items than the limit asks for, filter or not", async () => {
    const limited = byUser().complete().limit(3);
    for (const query of [limited, limited.filter(Doc.views.gte(0))]) {
      bed.recorder.clear();
      const { items, cursor, requests } = await query.run();
      expect(items.map(({ id }) => id)).toEqual([0, 1, 2]);
      expect(bed.recorder.operations).toEqual(["Query", "BatchGetItem"]);
      expect(requests).toBe(2);
      expect(keysOf(1)).toBe(3);
      expect((await query.after(cursor).all()).map(({ id }) => id)).toEqual([3, 4, 5]);
    }
  });

  it("drops rows that the session has deleted, and reads on for the limit", async () => {
    await using session = bed.engine.session();
    const second = await session.require(Doc, { box: "a", id: 1 });
    session.delete(second);
    const query = session.query(Doc).index("byUser").key({ user: "u" });
    const found = await query.filter(Doc.views.gte(0)).complete().limit(3).all();
    expect(found.map(({ id }) => id)).toEqual([0, 2, 3]);
  });
});

describe("items that are deleted after the index has answered", () => {
  const few = 6;

  beforeEach(async () => {
    await bed.engine.save(
      Array.from({ length: few }, (_, id) => new Doc({ box: "few", id, user: "few", text: "t" })),
    );
    // The rows are with the client, and the items are gone before it asks for them.
    bed.proxy.inject({
      operation: "BatchGetItem",
      fault: () => Promise.all([1, 2].map((id) => bed.remove(Doc, { box: "few", id }))).then(),
    });
    bed.recorder.clear();
  });

  afterEach(async () => {
    for (let id = 0; id < few; id += 1) await bed.remove(Doc, { box: "few", id });
  });

  const query = () => bed.engine.query(Doc).index("byUser").key({ user: "few" }).complete();
  const idsOf = (found: readonly { readonly id: number }[]) => found.map(({ id }) => id);

  it("don't come, nor does a later one in their place without a limit", async () => {
    const { items, count: matched, cursor, requests } = await query().run();
    expect(idsOf(items)).toEqual([0, 3, 4, 5]);
    // The index had them.
    expect([matched, cursor, requests]).toEqual([few, undefined, 2]);
    expect(bed.recorder.operations).toEqual(["Query", "BatchGetItem"]);
    expect(keysOf(1)).toBe(few);
  });

  it("are made up for with a limit, by the rows after them", async () => {
    const { items, cursor } = await query().limit(3).run();
    expect(idsOf(items)).toEqual([0, 3, 4]);
    expect(bed.recorder.operations).toEqual(["Query", "BatchGetItem", "Query", "BatchGetItem"]);
    expect(bed.recorder.requests.map(({ input }) => input["Limit"])).toEqual([
      3,
      undefined,
      2,
      undefined,
    ]);
    expect([keysOf(1), keysOf(3)]).toEqual([3, 2]);
    expect(idsOf(await query().after(cursor).all())).toEqual([5]);
  });

  it("are no rows of select() either, and no objects of the session", async () => {
    expect(await query().select("id", "text").all()).toEqual(
      [0, 3, 4, 5].map((id) => ({ id, text: "t" })),
    );
    await using session = bed.engine.session();
    const found = session.query(Doc).index("byUser").key({ user: "few" }).complete();
    expect(idsOf(await found.all())).toEqual([0, 3, 4, 5]);
    expect(await session.get(Doc, { box: "few", id: 1 })).toBeUndefined();
  });

  it("leave an object that the session has as it is, but out of the results", async () => {
    await using session = bed.engine.session();
    const doc = await session.require(Doc, { box: "few", id: 2 });
    const found = await session.query(Doc).index("byUser").key({ user: "few" }).complete().all();
    expect(idsOf(found)).toEqual([0, 3, 4, 5]);
    expect([session.state(doc), doc.text]).toEqual(["persistent", "t"]);
  });
});

describe("what an index lacks", () => {
  it("throws when it is read, and is filled in by complete()", async () => {
    for (const index of ["byUser", "byViews"] as const) {
      await using session = bed.engine.session();
      const query = session
        .query(Doc)
        .index(index)
        .key(index === "byUser" ? { user: "u" } : { box: "a" })
        .limit(1);
      const doc = await query.one();
      expect(() => doc.text).toThrow(/text/);
      expect(await query.complete().one()).toBe(doc);
      expect(doc.text).toMatch(/^text/);
    }
  });

  itOnLocal("is selected from a local index all the same", async () => {
    const rows = await bed.engine
      .query(Doc)
      .index("byViews")
      .key({ box: "a" })
      .select("text")
      .limit(2)
      .all();
    const text = expect.stringMatching(/^text \d*[05]$/);
    expect(rows).toEqual([{ text }, { text }]);
  }, ["beyondLocalIndex"]);

  it("isn't needed to write: the version is always among what an index holds", async () => {
    for (const index of ["byUser", "byViews"] as const) {
      await using session = bed.engine.session();
      const query = session.query(Doc).index(index);
      const doc = await query
        .key(index === "byUser" ? { user: "u", id: 200 } : { box: "a", views: 4 })
        .limit(1)
        .one();
      const { version } = doc;
      doc.text = index;
      await session.commit();
      const after = { text: { S: index }, version: { N: String(version + 1) } };
      expect(await bed.stored(Doc, { box: "a", id: doc.id })).toMatchObject(after);
    }
  });
});

it("reads on through pages that a filter empties", async () => {
  await bed.engine.save(
    Array.from({ length: 8 }, (_, id) => new Doc({ box: "big", id, views: id })),
  );
  const query = bed.engine.query(Doc).key({ box: "big" }).filter(Doc.views.eq(7)).pageSize(2);
  bed.recorder.clear();
  expect(await query.all()).toMatchObject([{ id: 7 }]);
  expect(bed.recorder.operations.length).toBeGreaterThan(2);
  const pages = [];
  for await (const { items, scannedCount } of query.pages()) {
    pages.push([items.length, scannedCount]);
  }
  expect(pages).toEqual([[1, 8]]);
});

describe("pages of 1 MB", () => {
  const huge = () => bed.engine.query(Doc).key({ box: "huge" });

  beforeAll(async () => {
    const text = "x".repeat(300_000);
    const docs = Array.from(
      { length: 9 },
      (_, id) => new Doc({ box: "huge", id, views: id, text }),
    );
    for (const doc of docs) await bed.engine.save(doc);
  });

  it("follow one another, though nobody asked for small ones", async () => {
    expect((await huge().all()).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    // No more than three or four of them make a page.
    expect(bed.recorder.operations.length).toBeGreaterThanOrEqual(3);
    for (const { input } of bed.recorder.requests) expect(input).not.toHaveProperty("Limit");
  });

  it("that a filter empties are passed over by whatever asks for results", async () => {
    // The service counts a page's size before the filter. DynamoDB Local counts it after, so that
    // here the proxy gives the first two pages.
    const key = (id: number) => ({ box: { S: "huge" }, id: { N: String(id) } });
    const emptyPages = () => {
      bed.proxy.reset();
      bed.recorder.clear();
      for (const last of [2, 5]) {
        bed.proxy.inject({
          operation: "Query",
          when: ({ ExclusiveStartKey: start }) =>
            JSON.stringify(start) === (last === 2 ? undefined : JSON.stringify(key(2))),
          fault: (exchange) =>
            exchange.answer(200, {
              Items: [],
              Count: 0,
              ScannedCount: 3,
              LastEvaluatedKey: key(last),
              ConsumedCapacity: { TableName: bed.tableName(Doc), CapacityUnits: 110 },
            }),
        });
      }
    };
    const starts = () => bed.recorder.requests.map(({ input }) => input["ExclusiveStartKey"]);
    const query = huge().filter(Doc.views.eq(8));
    const found = expect.objectContaining({ id: 8 });
    const ways: [string, () => Promise<unknown>, unknown][] = [
      ["all", () => query.all(), [found]],
      ["first", () => query.first(), found],
      ["one", () => query.one(), found],
      ["count", () => query.count(), 1],
      ["page", async () => (await query.limit(1).page()).items, [found]],
      ["select", () => query.select("id").all(), [{ id: 8 }]],
      ["none", () => huge().filter(Doc.views.gt(8)).first(), undefined],
    ];
    for (const [way, ask, answer] of ways) {
      emptyPages();
      expect(await ask(), way).toEqual(answer);
      expect(starts().slice(0, 3), way).toEqual([undefined, key(2), key(5)]);
    }
    emptyPages();
    const pages: unknown[] = [];
    for await (const { items, scannedCount } of query.pages()) {
      pages.push([items.length, scannedCount]);
    }
    // What the empty ones took is told with the next.
    expect(pages).toEqual([[1, 9]]);
    emptyPages();
    const result = await query.run();
    expect(result).toMatchObject({ count: 1, scannedCount: 9, requests: 3 });
    expect(query.explain(result).warnings).toHaveLength(1);
    expect(result.consumed).toBeGreaterThan(220);
  });
});

describe("parallel()", () => {
  it("merges all segments, and goes on with all of them by one cursor", async () => {
    const scan = bed.engine.scan(Doc).filter(Doc.box.eq("a")).parallel(4).pageSize(20);
    const found: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page: { items: readonly { id: number }[]; cursor: string | undefined } = await scan
        .limit(30)
        .after(cursor)
        .page();
      found.push(...page.items.map(({ id }) => id));
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, id) => id));
    expect(pages).toBeGreaterThanOrEqual(Math.ceil(count / 30));
    const segments = new Set(
      bed.recorder.requests.map(({ input }) => (input as { Segment?: number }).Segment),
    );
    expect([...segments].sort()).toEqual([0, 1, 2, 3]);
  });
});
