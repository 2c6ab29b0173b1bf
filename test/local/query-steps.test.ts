import { AttributeNotLoaded, InvalidExpression } from "dynalchemy";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AnyModel } from "../../src/model/model.js";
import type { WireItem } from "../../src/schema/wire.js";
import { itOnLocal } from "../support/engine-facts.js";
import {
  type Extra,
  itemOf,
  keyTypeNames,
  keyTypes,
  partialModel,
  places,
  storeMatrix,
} from "../support/key-matrix.js";
import { expectRequests } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";

describe.each(keyTypeNames)("keys of type %s", (type) => {
  const { values, wire } = keyTypes[type];
  const Thing = partialModel(type);
  const { c } = Thing;
  let bed: Bed;

  beforeAll(async () => {
    bed = await makeBed([Thing as AnyModel]);
    await storeMatrix(bed, Thing, type, (at) => ({ note: `note ${at}` }));
  });

  beforeEach(() => bed.recorder.clear());

  describe.each(places)("in a query of $what", ({ index, hash, range }) => {
    const partition = values[1];
    const isIndex = index !== undefined;
    const isGlobal = index === "byOther";
    /** `at` of the items in the order of what is queried. */
    const order = isIndex ? [4, 3, 2, 1, 0] : [0, 1, 2, 3, 4];
    const inOrder = (...ranks: number[]) => ranks.map((rank) => order[rank]);
    // The types know only a name that is written down.
    const key = { [hash]: partition } as never;

    type Reader = Pick<Bed["engine"], "query">;
    const start = (reader: Reader = bed.engine) => {
      const query = reader.query(Thing);
      return index === undefined ? query.key(key) : query.index(index).key(key);
    };
    const atsOf = (found: readonly { readonly at: number }[]) => found.map(({ at }) => at);

    const request = ({ names, values: more, ...extra }: Extra = {}) => ({
      operation: "Query",
      input: {
        TableName: bed.tableName(Thing),
        ...(isIndex && { IndexName: index }),
        KeyConditionExpression: "#n0 = :v0",
        ExpressionAttributeNames: { "#n0": hash, ...names },
        ExpressionAttributeValues: { ":v0": wire(partition), ...more },
        ...extra,
      },
    });
    const itemKey = (at: number) => ({ hash: wire(partition), range: wire(values[at]) });
    const batchGet = (ats: readonly (number | undefined)[], extra: object = {}) => ({
      operation: "BatchGetItem",
      input: {
        RequestItems: {
          [bed.tableName(Thing)]: { Keys: ats.map((at) => itemKey(at as number)), ...extra },
        },
      },
    });
    /** After the item at a rank of the order. */
    const startAfter = (rank: number): WireItem => {
      const at = order[rank] as number;
      const place = isIndex && { [hash]: wire(partition), rank: wire(values[4 - at]) };
      return { ...itemKey(at), ...place };
    };

    describe("filter()", () => {
      it("drops what doesn't meet it; a second one must hold as well", async () => {
        const filtered = start().filter(c.at.gte(1));
        expect(atsOf(await filtered.all())).toEqual(order.filter((at) => at >= 1));
        const one = { names: { "#n1": "at" }, values: { ":v1": { N: "1" } } };
        expectRequests(bed.recorder, [request({ ...one, FilterExpression: "#n1 >= :v1" })]);
        expect(atsOf(await filtered.filter(c.at.ne(3)).all())).toEqual(
          order.filter((at) => at >= 1 && at !== 3),
        );
        expectRequests(bed.recorder, [
          request({
            names: { "#n1": "at" },
            values: { ":v1": { N: "1" }, ":v2": { N: "3" } },
            FilterExpression: "#n1 >= :v1 AND #n1 <> :v2",
          }),
        ]);
      });

      it("of a key of what is queried is refused, and of what a global index lacks", () => {
        const paths = c as unknown as Record<string, { eq(value: unknown): never }>;
        for (const name of [hash, range]) {
          expect(() => start().filter(paths[name]?.eq(partition) as never)).toThrow(
            InvalidExpression,
          );
        }
        const filterNote = () => start().filter(c.note.exists());
        if (isIndex) expect(filterNote).toThrow(InvalidExpression);
        else expect(filterNote).not.toThrow();
        expectRequests(bed.recorder, []);
      });
    });

    describe("limit()", () => {
      it("asks for no more than it gives", async () => {
        expect(atsOf(await start().limit(3).all())).toEqual(inOrder(0, 1, 2));
        expectRequests(bed.recorder, [request({ Limit: 3 })]);
      });

      it("counts results where there is a filter, and asks for whole pages", async () => {
        const query = start().filter(c.at.ne(2)).limit(3);
        expect(atsOf(await query.all())).toEqual(inOrder(0, 1, 3));
        expectRequests(bed.recorder, [
          request({
            names: { "#n1": "at" },
            values: { ":v1": { N: "2" } },
            FilterExpression: "#n1 <> :v1",
          }),
        ]);
      });
    });

    describe("pageSize()", () => {
      const pages = [
        { Limit: 2 },
        { Limit: 2, ExclusiveStartKey: 1 },
        { Limit: 2, ExclusiveStartKey: 3 },
      ].map(({ ExclusiveStartKey: rank, ...rest }) => ({
        ...rest,
        ...(rank !== undefined && { ExclusiveStartKey: startAfter(rank) }),
      }));

      it("is what each request reads, one going on where the other ended", async () => {
        expect(atsOf(await start().pageSize(2).all())).toEqual(order);
        expectRequests(bed.recorder, pages.map(request));
      });

      it("is no more than a limit wants", async () => {
        expect(atsOf(await start().pageSize(2).limit(3).all())).toEqual(inOrder(0, 1, 2));
        expectRequests(bed.recorder, [
          request({ Limit: 2 }),
          request({ Limit: 1, ExclusiveStartKey: startAfter(1) }),
        ]);
        expect(atsOf(await start().pageSize(4).limit(2).all())).toEqual(inOrder(0, 1));
        expectRequests(bed.recorder, [request({ Limit: 2 })]);
      });
    });

    describe("select()", () => {
      /** The keys are read too, to know where a row stands. */
      const projection = {
        table: { text: "#n1, #n0, #n2", names: ["range"] },
        byRank: { text: "#n1, #n0, #n2, #n3", names: ["range", "rank"] },
        byOther: { text: "#n1, #n2, #n3, #n0, #n4", names: ["hash", "range", "rank"] },
      }[index ?? "table"];
      const projecting = (name: string) => ({
        ProjectionExpression: projection.text,
        names: Object.fromEntries(
          [name, ...projection.names].map((each, at) => [`#n${at + 1}`, each]),
        ),
      });

      it("gives plain rows of what it names, and nothing else", async () => {
        await using session = bed.engine.session();
        const rows = await start(session).select("at").all();
        expect(rows).toEqual(order.map((at) => ({ at })));
        for (const row of rows) {
          expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
          expect(session.has(row)).toBe(false);
        }
        expectRequests(bed.recorder, [request(projecting("at"))]);
      });

      itOnLocal("of what the index lacks: a local one's is fetched, a global one's must be completed", async () => {
        if (isGlobal) {
          expect(() => start().select("note")).toThrow(InvalidExpression);
          expect(() => bed.engine.query(Thing).select("note").index("byOther")).toThrow(
            InvalidExpression,
          );
        }
        const query = isGlobal ? start().complete().select("note") : start().select("note");
        expect(await query.all()).toEqual(order.map((at) => ({ note: `note ${at}` })));
        expectRequests(
          bed.recorder,
          isGlobal ? [request(), batchGet(order)] : [request(projecting("note"))],
        );
      }, ["beyondLocalIndex"]);
    });

    describe("consistent()", () => {
      if (isGlobal) {
        it("is refused, in whichever order it is said", () => {
          expect(() => start().consistent()).toThrow(InvalidExpression);
          expect(() => bed.engine.query(Thing).consistent().index("byOther")).toThrow(
            InvalidExpression,
          );
          expect(() => start().consistent(false)).not.toThrow();
        });

        it("of the session or the engine doesn't reach it", async () => {
          await using session = bed.engine.session({ consistent: true });
          expect(atsOf(await start(session).all())).toEqual(order);
          expectRequests(bed.recorder, [request()]);
          await start(session).limit(1).complete().all();
          expectRequests(bed.recorder, [
            request({ Limit: 1 }),
            batchGet(inOrder(0), { ConsistentRead: true }),
          ]);
        });
      } else {
        it("asks for every acknowledged write", async () => {
          expect(atsOf(await start().consistent().all())).toEqual(order);
          expectRequests(bed.recorder, [request({ ConsistentRead: true })]);
        });

        it("is the session's where nothing else is said", async () => {
          await using session = bed.engine.session({ consistent: true });
          await start(session).all();
          await start(session).consistent(false).all();
          expectRequests(bed.recorder, [request({ ConsistentRead: true }), request()]);
        });
      }
    });

    describe("ascending() and descending()", () => {
      it("turn the order, the last one counting", async () => {
        expect(atsOf(await start().descending().all())).toEqual([...order].reverse());
        expect(atsOf(await start().descending().ascending().all())).toEqual(order);
        expectRequests(bed.recorder, [request({ ScanIndexForward: false }), request()]);
      });
    });

    describe("after()", () => {
      it("goes on after the last result, either way", async () => {
        const query = start().limit(2);
        const { cursor } = await query.page();
        bed.recorder.clear();
        expect(atsOf(await query.after(cursor).all())).toEqual(inOrder(2, 3));
        expectRequests(bed.recorder, [request({ Limit: 2, ExclusiveStartKey: startAfter(1) })]);
        const back = query.descending();
        const { cursor: backCursor } = await back.page();
        bed.recorder.clear();
        expect(atsOf(await back.after(backCursor).all())).toEqual(inOrder(2, 1));
        expectRequests(bed.recorder, [
          request({ Limit: 2, ExclusiveStartKey: startAfter(3), ScanIndexForward: false }),
        ]);
      });

      it("goes on after what a filter let through, not after what was read", async () => {
        const query = start()
          .filter(c.at.ne(order[1] as number))
          .limit(2);
        const { items, cursor } = await query.page();
        expect(atsOf(items)).toEqual(inOrder(0, 2));
        bed.recorder.clear();
        expect(atsOf(await query.after(cursor).all())).toEqual(inOrder(3, 4));
        expect(bed.recorder.requests).toMatchObject([
          { input: { ExclusiveStartKey: startAfter(2) } },
        ]);
        bed.recorder.clear();
      });

      it("of undefined or null is the beginning", async () => {
        await start().after(undefined).all();
        await start().after(null).all();
        expectRequests(bed.recorder, [request(), request()]);
      });
    });

    describe("untracked()", () => {
      it("gives objects that are the session's no more than it, by the same request", async () => {
        await using session = bed.engine.session();
        const tracked = await start(session).all();
        const untracked = await start(session).untracked().all();
        expect(atsOf(untracked)).toEqual(order);
        for (const [rank, object] of untracked.entries()) {
          expect([session.has(tracked[rank] as object), session.has(object)]).toEqual([
            true,
            false,
          ]);
        }
        expect(await start(session).all()).toEqual(tracked);
        expect((await start(session).all())[0]).toBe(tracked[0]);
        expectRequests(bed.recorder, Array(4).fill(request()));
      });
    });

    describe("complete()", () => {
      const completing = isGlobal
        ? () => [request(), batchGet(order)]
        : () => [request(isIndex ? { Select: "ALL_ATTRIBUTES" } : {})];

      it("reads what the index lacks, and what it lacks throws without it", async () => {
        const notesOf = (found: readonly { readonly note: string }[]) =>
          found.map(({ note }) => note);
        expect(notesOf(await start().complete().all())).toEqual(order.map((at) => `note ${at}`));
        expectRequests(bed.recorder, completing());
        const plain = await start().all();
        if (isIndex) expect(() => notesOf(plain)).toThrow(AttributeNotLoaded);
        else expect(notesOf(plain)).toHaveLength(5);
        expectRequests(bed.recorder, [request()]);
      });

      it("reads no more items than a limit wants", async () => {
        expect(atsOf(await start().complete().limit(2).all())).toEqual(inOrder(0, 1));
        const [query, ...more] = completing();
        expectRequests(bed.recorder, [
          { operation: "Query", input: { ...query?.input, Limit: 2 } },
          ...more.map(() => batchGet(inOrder(0, 1))),
        ]);
      });
    });

    describe("refresh()", () => {
      it("replaces loaded values by the table's, which it reads consistently", async () => {
        await using session = bed.engine.session();
        const objects = await start(session).all();
        const first = order[0] as number;
        try {
          await bed.store(Thing, itemOf(Thing, type, first, partition, { at: 40, note: "new" }));
          bed.recorder.clear();
          expect((await start(session).all())[0]).toBe(objects[0]);
          expect(objects[0]?.at).toBe(first);
          expect((await start(session).refresh().all())[0]).toBe(objects[0]);
          // A global index's row may be old, so that it replaces nothing.
          expect(objects[0]?.at).toBe(isGlobal ? first : 40);
          expectRequests(bed.recorder, [
            request(),
            request(isGlobal ? {} : { ConsistentRead: true }),
          ]);
          await start(session).refresh().complete().all();
          expect([objects[0]?.at, objects[0]?.note]).toEqual([40, "new"]);
        } finally {
          const old = { note: `note ${first}` };
          await bed.store(Thing, itemOf(Thing, type, first, partition, old));
          bed.recorder.clear();
        }
      });
    });

    describe("key()", () => {
      it("said twice is joined by AND, whichever comes first", async () => {
        const paths = c as unknown as Record<string, { gte(value: unknown): never }>;
        const bound = values[2];
        const both = start().key(paths[range]?.gte(bound) as never);
        expect(atsOf(await both.all())).toEqual(inOrder(2, 3, 4));
        const joined = {
          KeyConditionExpression: "#n0 = :v0 AND #n1 >= :v1",
          names: { "#n1": range },
          values: { ":v1": wire(bound) },
        };
        expectRequests(bed.recorder, [request(joined)]);
      });
    });

    if (index !== undefined) {
      describe("an index as a static of its model", () => {
        it("is the same as index() by name, before key() or after it", async () => {
          await using session = bed.engine.session();
          const indexes = { byRank: Thing.byRank, byOther: Thing.byOther };
          const objects = await start(session).all();
          const byStatic = await session.query(indexes[index]).key(key).all();
          expect(byStatic.map((object) => object as object)).toEqual(objects);
          expect(byStatic[0]).toBe(objects[0]);
          expectRequests(bed.recorder, [request(), request()]);
          if (isGlobal) return;
          await session.query(Thing).key(key).index(index).all();
          expectRequests(bed.recorder, [request()]);
        });
      });
    }
  });
});
