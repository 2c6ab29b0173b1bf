import { describe, expect, it } from "vitest";
import type { WireItem } from "../../../src/schema/wire.js";
import { readPages } from "../../../src/session/read/pages.js";
import type { RawPage } from "../../../src/session/read/raw-page.js";
import type { RequestPart } from "../../../src/session/read/search-request.js";
import { deferred, settled } from "./stub.js";

const key = (n: number): WireItem => ({ id: { N: String(n) } });

function pageOf({ segment, start }: RequestPart, pages: number, rows = 2): RawPage {
  const at = start === undefined ? 0 : Number((start["id"] as { N: string }).N);
  const items = Array.from({ length: rows }, () => key(at));
  return {
    segment,
    rows: items,
    items,
    next: at + 1 < pages ? key(at + 1) : undefined,
    mark: 0,
    cost: { count: rows, scannedCount: rows, consumed: undefined, requests: 1 },
  };
}

/** Reads pages of two rows, and notes what it was asked for. */
function reading(pages: number) {
  const asked: RequestPart[] = [];
  const read = async (part: RequestPart) => {
    asked.push(part);
    return pageOf(part, pages);
  };
  return { asked, read };
}

const one = [{ segment: 0, start: undefined }];
const unlimited = () => ({ left: Number.POSITIVE_INFINITY });

describe("the pages of a search", () => {
  it("of many segments wait to be taken before more are read, and all come", async () => {
    const { asked, read } = reading(2);
    const starts = Array.from({ length: 100 }, (_, segment) => ({ segment, start: undefined }));
    const pages = readPages(starts, read, unlimited());
    await pages.next();
    await settled();
    expect(asked.length).toBeLessThanOrEqual(17);
    let taken = 1;
    for await (const _ of pages) {
      taken += 1;
      await settled();
      expect(asked.length).toBeLessThanOrEqual(taken + 16);
    }
    expect(taken).toBe(200);
    expect(asked).toHaveLength(200);
  });

  it("are read one ahead, and no further", async () => {
    const { asked, read } = reading(5);
    const pages = readPages(one, read, unlimited());
    expect(asked).toHaveLength(0);
    await pages.next();
    await settled();
    expect(asked).toHaveLength(2);
    await pages.next();
    await settled();
    expect(asked).toHaveLength(3);
    await pages.return();
    await settled();
    expect(asked).toHaveLength(3);
  });

  it("aren't read ahead of what is wanted", async () => {
    const { asked, read } = reading(5);
    const budget = { left: 2 };
    const pages = readPages(one, read, budget);
    await pages.next();
    await settled();
    expect(asked).toEqual([{ segment: 0, start: undefined, left: 2 }]);
    // One of the two was hidden: one more is wanted.
    budget.left = 1;
    await pages.next();
    expect(asked.slice(1)).toEqual([{ segment: 0, start: key(1), left: 1 }]);
    budget.left = 0;
    expect((await pages.next()).done).toBe(true);
  });

  it("are asked for what is left when the first one can't hold it", async () => {
    const { asked, read } = reading(5);
    const pages = readPages(one, read, { left: 5 });
    await pages.next();
    expect(asked.map(({ left }) => left)).toEqual([5, 3]);
  });

  it("of several segments come as they are answered, one ahead in each", async () => {
    const asked: number[] = [];
    const slow = deferred();
    const starts = [0, 1, 2].map((segment) => ({ segment, start: undefined }));
    const read = async (part: RequestPart) => {
      asked.push(part.segment);
      if (part.segment === 0) await slow.promise;
      return pageOf(part, 3);
    };
    const pages = readPages(starts, read, unlimited());
    const seen: number[] = [];
    for (let at = 0; at < 6; at++) seen.push((await pages.next()).value?.segment ?? -1);
    expect(seen).toEqual([1, 2, 1, 2, 1, 2]);
    expect(asked.filter((segment) => segment === 0)).toHaveLength(1);
    slow.resolve();
    for await (const { segment } of pages) seen.push(segment);
    expect(seen.slice(6)).toEqual([0, 0, 0]);
    expect(asked).toHaveLength(9);
  });

  it("of segments wait until theirs was taken", async () => {
    const { asked, read } = reading(100);
    const starts = [0, 1].map((segment) => ({ segment, start: undefined }));
    const pages = readPages(starts, read, unlimited());
    await pages.next();
    await settled();
    // Segment 1's first page was not taken yet.
    expect(asked.map(({ segment }) => segment)).toEqual([0, 1, 0]);
    await pages.return();
  });

  it("fail when their turn comes, and never unseen", async () => {
    const read = async (part: RequestPart) => {
      if (part.start !== undefined) throw new Error("down");
      return pageOf(part, 3);
    };
    const pages = readPages(one, read, unlimited());
    expect((await pages.next()).value?.rows).toHaveLength(2);
    await settled();
    await expect(pages.next()).rejects.toThrow("down");
    expect((await pages.next()).done).toBe(true);
    const stopped = readPages(one, read, unlimited());
    await stopped.next();
    await stopped.return();
    await settled();
  });
});
