import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { type EachProgress, FlushError, InvalidState, RequestAborted } from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeClient } from "../support/client.js";
import { itOnLocal } from "../support/engine-facts.js";
import { Post } from "../support/models.js";
import { type Bed, makeBed } from "../support/test-bed.js";

let bed: Bed;
const direct = makeClient();
let forum = "";
let forums = 0;

describe("session.each", () => {
  beforeAll(async () => {
    bed = await makeBed([Post]);
  });

  afterAll(() => {
    bed.engine.client.destroy();
    direct.destroy();
  });

  beforeEach(async () => {
    forums += 1;
    forum = `f${forums}`;
    await bed.engine.save(
      Array.from({ length: 10 }, (_, id) => new Post({ forum, id, views: id })),
    );
    bed.recorder.clear();
  });

  const views = async () =>
    (await bed.engine.query(Post).key({ forum }).consistent().all()).map((post) => post.views);

  it("writes each chunk, and keeps only the objects that the session had before", async () => {
    await using session = bed.engine.session({ consistent: true });
    const mine = await session.require(Post, { forum, id: 0 });
    const seen: Post[] = [];
    let most = 0;
    const reports: EachProgress[] = [];
    const end = await session.each(
      session.query(Post).key({ forum }),
      (post) => {
        seen.push(post);
        most = Math.max(most, seen.filter((each) => session.has(each)).length);
        post.views += 100;
      },
      { commitEvery: 3, onProgress: (progress) => reports.push(progress) },
    );
    expect(await views()).toEqual(Array.from({ length: 10 }, (_, id) => id + 100));
    expect(seen[0]).toBe(mine);
    expect(most).toBe(4);
    expect(seen.filter((each) => session.has(each))).toEqual([mine]);
    expect(reports.map(({ done }) => done)).toEqual([3, 6, 9, 10]);
    expect(end).toBe(reports.at(-1));
    expect(end).toMatchObject({ done: 10, scanned: 10, cursor: undefined });
    expect(end.consumed).toBeGreaterThan(0);
  });

  itOnLocal("estimates how much there is by the table's own count", async () => {
    await bed.engine.save(new Post({ forum, id: 10, user: forum, date: new Date(0) }));
    await using session = bed.engine.session();
    const describe = new DescribeTableCommand({ TableName: bed.tableName(Post) });
    const nothing = () => undefined;
    // Told once, it may be too early: the count follows the writes as the engine likes, and where it
    // can't be asked there is no estimate. So both are asked until they agree.
    const assertTold = async () => {
      const { Table: table } = await direct.send(describe);
      const byUser = table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === "byUser");
      const posts = await session.each(session.query(Post).key({ forum }), nothing);
      expect(posts.estimate).toBe(table?.ItemCount);
      expect(posts.estimate).toBeGreaterThanOrEqual(11);
      const rows = await session.each(session.query(Post.byUser).key({ user: forum }), nothing);
      expect(rows.estimate).toBe(byUser?.ItemCount);
      expect(rows.estimate).toBeLessThan(posts.estimate ?? 0);
    };
    await vi.waitFor(assertTold, { timeout: 60_000, interval: 200 });
  }, ["itemCount"]);

  it("ends at a throw: what was flushed stays, and the rest is pending, to be taken up by the cursor", async () => {
    await using session = bed.engine.session({ consistent: true });
    let last: EachProgress | undefined;
    const query = session.query(Post).key({ forum });
    const stop = new Error("stop");
    const onProgress = (progress: EachProgress) => {
      last = progress;
    };
    const work = (post: Post) => {
      post.views += 100;
      if (post.id === 5) throw stop;
    };
    await expect(session.each(query, work, { commitEvery: 4, onProgress })).rejects.toBe(stop);
    expect(await views()).toEqual([100, 101, 102, 103, 4, 5, 6, 7, 8, 9]);
    expect(last?.done).toBe(4);
    expect([...session.dirty]).toMatchObject([{ id: 4 }, { id: 5 }]);
    await session.rollback();
    const rest = query.after(last?.cursor);
    await session.each(rest, (post) => {
      post.views += 100;
    });
    expect(await views()).toEqual(Array.from({ length: 10 }, (_, id) => id + 100));
  });

  it("ends at a failed flush, whose changes stay to be written", async () => {
    await using session = bed.engine.session({ consistent: true });
    const work = async (post: Post) => {
      if (post.id === 4) {
        await bed.store(Post, { forum: { S: forum }, id: { N: "4" }, views: { N: "77" } });
      }
      post.views += 100;
    };
    const query = session.query(Post).key({ forum });
    await expect(session.each(query, work, { commitEvery: 3 })).rejects.toBeInstanceOf(FlushError);
    expect(await views()).toEqual([100, 101, 102, 103, 77, 105, 6, 7, 8, 9]);
    expect([...session.dirty]).toMatchObject([{ id: 4, views: 104 }]);
  });

  it("ends at its signal, with the last chunk pending", async () => {
    await using session = bed.engine.session({ consistent: true });
    const stop = new AbortController();
    const work = (post: Post) => {
      post.views += 100;
      if (post.id === 4) stop.abort();
    };
    const query = session.query(Post).key({ forum });
    const run = session.each(query, work, { commitEvery: 3, signal: stop.signal });
    await expect(run).rejects.toBeInstanceOf(RequestAborted);
    expect((await views()).slice(0, 4)).toEqual([100, 101, 102, 3]);
    expect(session.dirty.size).toBe(2);
  });

  it("tells each chunk once, and what it took to whoever doesn't listen", async () => {
    await using session = bed.engine.session();
    const done: number[] = [];
    const work = (post: Post) => {
      post.views += 1;
    };
    const onProgress = (progress: EachProgress) => done.push(progress.done);
    const query = session.query(Post).key({ forum });
    const end = await session.each(query, work, { commitEvery: 5, onProgress });
    expect(done).toEqual([5, 10]);
    expect(end).toMatchObject({ done: 10, cursor: undefined });
    const unheard = await session.each(query, work, { commitEvery: 4 });
    expect(unheard).toMatchObject({ done: 10, scanned: 10 });
    expect(unheard.consumed).toBeGreaterThan(0);
    await session.each(session.query(Post).key({ forum: "none" }), work, { onProgress });
    expect(done).toEqual([5, 10, 0]);
  });

  it("waits for whoever is told, and ends at what that throws", async () => {
    await using session = bed.engine.session();
    const steps: string[] = [];
    const query = session.query(Post).key({ forum });
    const work = ({ id }: Post) => steps.push(`work ${id}`);
    const onProgress = async ({ done }: EachProgress) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      steps.push(`told ${done}`);
      if (done === 4) throw new Error("the cursor isn't kept");
    };
    const run = session.each(query, work, { commitEvery: 2, onProgress });
    await expect(run).rejects.toThrow("the cursor isn't kept");
    expect(steps).toEqual(["work 0", "work 1", "told 2", "work 2", "work 3", "told 4"]);
  });

  it("deletes what it finds, by a global index as well", async () => {
    await bed.engine.save(
      Array.from({ length: 10 }, (_, id) => new Post({ forum, id, user: forum, views: id })),
    );
    await using session = bed.engine.session();
    const query = session.query(Post.byUser).key({ user: forum });
    const end = await session.each(
      query.filter(Post.views.gte(0)),
      (post) => session.delete(post),
      {
        commitEvery: 4,
      },
    );
    expect(end.done).toBe(0);
    await bed.engine.save(
      Array.from({ length: 10 }, (_, id) =>
        Object.assign(new Post({ forum, id, user: forum }), { date: new Date(id) }),
      ),
    );
    const { done } = await session.each(query, (post) => session.delete(post), { commitEvery: 4 });
    expect(done).toBe(10);
    expect(await views()).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses to commit every %d objects", async (commitEvery) => {
    await using session = bed.engine.session();
    const query = session.query(Post).key({ forum });
    await expect(session.each(query, () => undefined, { commitEvery })).rejects.toThrow(
      /commitEvery/,
    );
    expect(bed.recorder.operations).toEqual([]);
  });

  it("refuses what the session wouldn't write, before any request", async () => {
    await using session = bed.engine.session();
    const query = session.query(Post).key({ forum });
    const refused = [
      query.untracked(),
      query.select("views"),
      bed.engine.query(Post).key({ forum }),
    ];
    for (const search of refused) {
      await expect(session.each(search, () => undefined)).rejects.toBeInstanceOf(InvalidState);
    }
    expect(bed.recorder.operations).toEqual([]);
  });
});
