import { MultipleResults, NoResult } from "dynalchemy";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AnyModel } from "../../src/model/model.js";
import {
  type Extra,
  fadingModel,
  keyTypeNames,
  keyTypes,
  places,
  storeMatrix,
  wholeModel,
} from "../support/key-matrix.js";
import { expectRequests } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";

const minuteMs = 60_000;
/** `at` of the items whose time to live has passed. */
const expired = [1];

describe.each(keyTypeNames)("keys of type %s", (type) => {
  const { values, wire } = keyTypes[type];
  const Thing = fadingModel(type);
  const { c } = Thing;
  let bed: Bed;

  beforeAll(async () => {
    // A table without a TTL: DynamoDB Local would delete the expired items within seconds.
    bed = await makeBed([wholeModel(type) as AnyModel]);
    await storeMatrix(bed, Thing, type, (at) =>
      expired.includes(at) ? { expires: new Date(Date.now() - minuteMs) } : {},
    );
  });

  beforeEach(() => bed.recorder.clear());

  describe.each(places)("of $what", ({ index, hash }) => {
    const partition = values[1];
    const isIndex = index !== undefined;
    /** `at` of the items in the order of what is queried, and of those that haven't expired. */
    const whole = isIndex ? [4, 3, 2, 1, 0] : [0, 1, 2, 3, 4];
    const order = whole.filter((at) => !expired.includes(at));
    // The types know only a name that is written down.
    const key = { [hash]: partition } as never;

    const query = () => {
      const from = bed.engine.query(Thing);
      return index === undefined ? from.key(key) : from.index(index).key(key);
    };
    const scan = () => {
      const from = bed.engine.scan(Thing);
      return index === undefined ? from : from.index(index);
    };
    const atsOf = (found: readonly { readonly at: number }[]) => found.map(({ at }) => at);
    const sorted = (found: readonly number[]) => [...found].sort((a, b) => a - b);

    const place = () => ({
      TableName: bed.tableName(Thing),
      ...(isIndex && { IndexName: index }),
    });
    const request = ({ names, values: more, ...extra }: Extra = {}) => ({
      operation: "Query",
      input: {
        ...place(),
        KeyConditionExpression: "#n0 = :v0",
        ExpressionAttributeNames: { "#n0": hash, ...names },
        ExpressionAttributeValues: { ":v0": wire(partition), ...more },
        ...extra,
      },
    });
    const scanRequest = (extra: object = {}) => ({
      operation: "Scan",
      input: { ...place(), ...extra },
    });
    /** After the item at a rank of the order. */
    const startAfter = (rank: number) => {
      const at = whole[rank] as number;
      const ofIndex = isIndex && { [hash]: wire(partition), rank: wire(values[4 - at]) };
      const start = { hash: wire(partition), range: wire(values[at]), ...ofIndex };
      return { ExclusiveStartKey: start };
    };
    const pagesOfTwo = (extra: object) => [
      request({ Limit: 2, ...extra }),
      request({ Limit: 2, ...startAfter(1), ...extra }),
      request({ Limit: 2, ...startAfter(3), ...extra }),
    ];

    describe("iteration, all() and items()", () => {
      it("give the same, by the same requests", async () => {
        const found: number[] = [];
        for await (const { at } of query().pageSize(2)) found.push(at);
        expect(found).toEqual(order);
        expectRequests(bed.recorder, pagesOfTwo({}));
        const items: number[] = [];
        for await (const { at } of query().pageSize(2).items({})) items.push(at);
        expect(items).toEqual(order);
        expectRequests(bed.recorder, pagesOfTwo({}));
        expect(atsOf(await query().pageSize(2).all())).toEqual(order);
        expectRequests(bed.recorder, pagesOfTwo({}));
      });
    });

    describe("first()", () => {
      it("reads one item; there may be none", async () => {
        expect((await query().first())?.at).toBe(order[0]);
        expectRequests(bed.recorder, [request({ Limit: 1 })]);
        expect((await query().descending().first())?.at).toBe(order.at(-1));
        expectRequests(bed.recorder, [request({ Limit: 1, ScanIndexForward: false })]);
        expect(await query().filter(c.at.gt(9)).first()).toBeUndefined();
        expect(bed.recorder.operations).toEqual(["Query"]);
        bed.recorder.clear();
      });
    });

    describe("one()", () => {
      it("gives the only one, and reads two items to know", async () => {
        const filtered = {
          FilterExpression: "#n1 = :v1",
          names: { "#n1": "at" },
          values: { ":v1": { N: "3" } },
        };
        expect((await query().filter(c.at.eq(3)).one()).at).toBe(3);
        expectRequests(bed.recorder, [request(filtered)]);
        expect((await query().limit(1).one()).at).toBe(order[0]);
        expectRequests(bed.recorder, [request({ Limit: 1 })]);
      });

      it("throws where there are several, and where there is none", async () => {
        await expect(query().includeExpired().one()).rejects.toBeInstanceOf(MultipleResults);
        expectRequests(bed.recorder, [request({ Limit: 2 })]);
        await expect(query().filter(c.at.gt(9)).one()).rejects.toBeInstanceOf(NoResult);
        bed.recorder.clear();
      });
    });

    describe("count()", () => {
      it("asks for each item's time to live, page after page", async () => {
        expect(await query().pageSize(2).count()).toBe(order.length);
        const ttl = { ProjectionExpression: "#n1", names: { "#n1": "expires" } };
        expectRequests(bed.recorder, pagesOfTwo(ttl));
      });

      it("is a COUNT over all pages where expired items count", async () => {
        const counting = query().includeExpired().pageSize(2);
        expect(await counting.count()).toBe(5);
        expectRequests(bed.recorder, pagesOfTwo({ Select: "COUNT" }));
        expect(await counting.limit(3).count()).toBe(3);
        expectRequests(bed.recorder, [
          request({ Limit: 2, Select: "COUNT" }),
          request({ Limit: 1, Select: "COUNT", ...startAfter(1) }),
        ]);
        expect(await counting.filter(c.at.gte(2)).count()).toBe(3);
        expect(bed.recorder.requests).toMatchObject(
          Array(3).fill({ input: { Select: "COUNT", FilterExpression: "#n1 >= :v1" } }),
        );
        bed.recorder.clear();
      });
    });

    describe("includeExpired()", () => {
      it("gives by the same request what is left out without it", async () => {
        expect(atsOf(await query().includeExpired().all())).toEqual(whole);
        expect(atsOf(await query().all())).toEqual(order);
        expectRequests(bed.recorder, [request(), request()]);
        expect(await query().includeExpired().select("at").all()).toEqual(
          whole.map((at) => ({ at })),
        );
        expect(await query().select("at").all()).toEqual(order.map((at) => ({ at })));
        const [all, rest] = bed.recorder.requests.map(({ input }) =>
          Object.values(input["ExpressionAttributeNames"] as object).includes("expires"),
        );
        // To hide what has expired the time to live is read too.
        expect([all, rest]).toEqual([false, true]);
        bed.recorder.clear();
      });
    });

    describe("pages(), page() and run()", () => {
      const withCapacity = { ReturnConsumedCapacity: "TOTAL" };
      const all = () => query().includeExpired().pageSize(2);

      it("give page after page, each with a cursor and what it took", async () => {
        const pages: unknown[] = [];
        for await (const page of all().pages()) {
          pages.push({ ...page, items: atsOf(page.items) });
        }
        const units = expect.any(Number);
        const facts = (count: number) => ({ count, scannedCount: count, consumed: units });
        expect(pages).toEqual([
          { items: whole.slice(0, 2), cursor: expect.any(String), ...facts(2) },
          { items: whole.slice(2, 4), cursor: expect.any(String), ...facts(2) },
          { items: whole.slice(4), cursor: undefined, ...facts(1) },
        ]);
        expectRequests(bed.recorder, pagesOfTwo(withCapacity));
      });

      it("give as many results as the limit says on one page, in as many requests as it takes", async () => {
        const page = await all().limit(3).page();
        expect(atsOf(page.items)).toEqual(whole.slice(0, 3));
        expectRequests(bed.recorder, [
          request({ Limit: 2, ...withCapacity }),
          request({ Limit: 1, ...startAfter(1), ...withCapacity }),
        ]);
        const rest = await all().limit(3).after(page.cursor).page();
        expect(atsOf(rest.items)).toEqual(whole.slice(3));
        expect(rest.cursor).toBeUndefined();
        bed.recorder.clear();
      });

      it("give all with what it took", async () => {
        const { items, ...took } = await all().filter(c.at.ne(3)).run();
        expect(atsOf(items)).toEqual(whole.filter((at) => at !== 3));
        expect(took).toEqual({
          cursor: undefined,
          count: 4,
          scannedCount: 5,
          consumed: expect.any(Number),
          requests: 3,
        });
        expect(bed.recorder.operations).toHaveLength(3);
        bed.recorder.clear();
      });
    });

    describe("request()", () => {
      it("is the one that iterating sends first", async () => {
        const searches = [query().pageSize(2).descending(), query().select("at"), scan()];
        for (const search of searches) {
          await search.limit(1).all();
          expect(bed.recorder.requests[0]?.input).toEqual(search.limit(1).request());
          bed.recorder.clear();
        }
      });
    });

    describe("scan", () => {
      const twice = (ats: readonly number[]) => sorted([...ats, ...ats]);

      it("reads all partitions, without a key condition", async () => {
        expect(sorted(atsOf(await scan().all()))).toEqual(twice(order));
        expectRequests(bed.recorder, [scanRequest()]);
        expect(await scan().includeExpired().count()).toBe(10);
        expectRequests(bed.recorder, [scanRequest({ Select: "COUNT" })]);
      });

      it("takes a filter of keys as well, and pages by limit and cursor", async () => {
        const paths = c as unknown as Record<string, { eq(value: unknown): never }>;
        const filtered = scan().filter(paths[hash]?.eq(partition) as never);
        expect(sorted(atsOf(await filtered.all()))).toEqual(sorted(order));
        expectRequests(bed.recorder, [
          scanRequest({
            FilterExpression: "#n0 = :v0",
            ExpressionAttributeNames: { "#n0": hash },
            ExpressionAttributeValues: { ":v0": wire(partition) },
          }),
        ]);
        const found: number[] = [];
        let cursor: string | undefined;
        do {
          const page: {
            readonly items: readonly { readonly at: number }[];
            cursor: string | undefined;
          } = await scan().limit(3).after(cursor).page();
          found.push(...atsOf(page.items));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(sorted(found)).toEqual(twice(order));
        bed.recorder.clear();
      });

      it("reads segments side by side, each item once, and goes on after all of them", async () => {
        const parallel = scan().parallel(2);
        expect(sorted(atsOf(await parallel.all()))).toEqual(twice(order));
        const segments = [0, 1].map((Segment) => scanRequest({ Segment, TotalSegments: 2 }));
        expectRequests(bed.recorder, segments);
        const begun = await parallel.pageSize(1).limit(4).page();
        const rest = await parallel.after(begun.cursor).all();
        expect(begun.items).toHaveLength(4);
        expect(sorted(atsOf([...begun.items, ...rest]))).toEqual(twice(order));
        bed.recorder.clear();
      });
    });
  });
});
