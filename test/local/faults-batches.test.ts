import type { FlushError } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { delay, dropAnswer, internalError, throttle } from "../support/faults.js";
import { Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";
import { unprocessed } from "../support/unprocessed.js";

const rounds = 10;

describeOnLocal("of a batch or a read that a flush needs,", () => {
  let bed: FaultBed;
  let forums = 0;
  useFaultBed([Post], (made) => {
    bed = made;
  });

  function fresh() {
    bed.proxy.reset();
    forums += 1;
    const forum = `forum${forums}`;
    const session = bed.engine.session();
    const keys = [1, 2, 3].map((id) => ({ forum, id }));
    return { forum, session, keys };
  }

  const idsAt = async (forum: string) => {
    const posts = await bed.engine.query(Post).key({ forum }).consistent().all();
    return posts.map(({ id }) => id);
  };

  function threePuts() {
    const { forum, session, keys } = fresh();
    const posts = keys.map((key) => new Post({ ...key, views: key.id }));
    session.put(posts);
    bed.recorder.clear();
    return { forum, session, posts };
  }

  for (const [title, keep] of [
    ["all that is left unprocessed once", 0],
    ["what is left unprocessed once", 1],
  ] as const) {
    it(`${title} is sent again in the same flush`, async () => {
      const { forum, session, posts } = threePuts();
      bed.proxy.inject({ operation: "BatchWriteItem", fault: unprocessed(keep) });
      expect(await session.flush()).toMatchObject({ written: posts, requests: 2 });
      expect(await idsAt(forum)).toEqual([1, 2, 3]);
      expect(posts.map((post) => session.state(post))).toEqual(Array(3).fill("persistent"));
      bed.recorder.clear();
      expect(await session.flush()).toMatchObject({ requests: 0 });
    });
  }

  it("what is left unprocessed ten times is throttled, stays pending, and is sent by the next flush alone", async () => {
    const { forum, session, posts } = threePuts();
    // One is written in the first round; then there is no room for the others.
    bed.proxy.inject({ operation: "BatchWriteItem", fault: unprocessed(1) });
    bed.proxy.inject({ operation: "BatchWriteItem", fault: unprocessed(), times: 1000 });
    const error = await session.flush().catch((thrown: FlushError) => thrown);
    expect(error).toMatchObject({
      code: "FLUSH_ERROR",
      written: [posts[0]],
      uncertain: [],
      failures: posts.slice(1).map((entity) => ({ entity, cause: { code: "THROTTLED" } })),
    });
    expect(bed.recorder.operations).toEqual(Array(rounds).fill("BatchWriteItem"));
    expect(await idsAt(forum)).toEqual([1]);
    expect(posts.map((post) => session.state(post))).toEqual(["persistent", "pending", "pending"]);
    bed.proxy.reset();
    bed.recorder.clear();
    expect(await session.flush()).toMatchObject({ written: posts.slice(1), requests: 1 });
    expect(bed.recorder.operations).toEqual(["BatchWriteItem"]);
    expect(await idsAt(forum)).toEqual([1, 2, 3]);
    expect(await session.flush()).toMatchObject({ requests: 0 });
  });

  for (const [title, keep, times] of [
    ["all keys are left unprocessed once", 0, 1],
    ["some keys are left unprocessed once", 1, 1],
    ["some keys are left unprocessed twice", 1, 2],
  ] as const) {
    it(`${title}: gets made together find all in the end`, async () => {
      const { session, keys } = fresh();
      for (const { forum, id } of keys) {
        await bed.store(Post, { forum: { S: forum }, id: { N: String(id) }, views: { N: "3" } });
      }
      bed.recorder.clear();
      bed.proxy.inject({ operation: "BatchGetItem", fault: unprocessed(keep), times });
      const found = await session.getMany(Post, keys);
      expect(found).toMatchObject(keys);
      expect(bed.recorder.operations).toEqual(Array(times + 1).fill("BatchGetItem"));
      expect(found.map((post) => post && session.state(post))).toEqual(Array(3).fill("persistent"));
    });
  }

  it("a delay on either side changes nothing", async () => {
    const { forum, session, posts } = threePuts();
    bed.proxy.inject({ operation: "BatchWriteItem", fault: delay({ before: 5, after: 5 }) });
    expect(await session.flush()).toMatchObject({ written: posts, requests: 1 });
    const [post] = posts as [Post];
    post.views = 9;
    bed.proxy.inject({ operation: "UpdateItem", fault: delay({ before: 5, after: 5 }) });
    expect(await session.flush()).toMatchObject({ written: [post], requests: 1 });
    expect(await bed.stored(Post, { forum, id: 1 })).toMatchObject({ views: { N: "9" } });
    expect(await session.flush()).toMatchObject({ requests: 0 });
  });

  for (const [title, fault] of [
    ["is throttled each time", throttle],
    ["fails each time", internalError],
    ["is lost each time", dropAnswer],
  ] as const) {
    it(`a move's read that ${title} stops the flush before anything is written`, async () => {
      const { forum, session } = fresh();
      const key = { forum, id: 1 };
      await bed.store(Post, { forum: { S: forum }, id: { N: "1" }, views: { N: "3" } });
      const post = await session.require(Post, key);
      session.move(post, { forum, id: 2 });
      session.put(new Post({ forum, id: 3 }));
      bed.proxy.reset();
      bed.proxy.inject({ operation: "GetItem", fault: fault(), times: 1000 });
      await expect(session.flush()).rejects.toHaveProperty("operation", "GetItem");
      expect(bed.proxy.operations.filter((operation) => operation !== "GetItem")).toEqual([]);
      expect(await idsAt(forum)).toEqual([1]);
      expect(session.state(post)).toBe("persistent");
      bed.proxy.reset();
      await session.flush();
      expect(bed.proxy.operations.sort()).toEqual(["GetItem", "PutItem", "TransactWriteItems"]);
      expect(await idsAt(forum)).toEqual([2, 3]);
      expect(await session.flush()).toMatchObject({ requests: 0 });
    });

    it(`the read that finds out about an uncertain write and ${title} leaves it uncertain`, async () => {
      const { forum, session } = fresh();
      const key = { forum, id: 1 };
      await bed.store(Post, { forum: { S: forum }, id: { N: "1" }, views: { N: "3" } });
      const post = await session.require(Post, key);
      post.views = 4;
      bed.proxy.inject({ operation: "UpdateItem", fault: dropAnswer(), times: 1000 });
      await expect(session.flush()).rejects.toMatchObject({ uncertain: [post] });
      bed.proxy.reset();
      bed.proxy.inject({ operation: "GetItem", fault: fault(), times: 1000 });
      await expect(session.flush()).rejects.toHaveProperty("operation", "GetItem");
      await expect(session.get(Post, key)).rejects.toHaveProperty("operation", "GetItem");
      expect(session.state(post)).toBe("uncertain");
      expect(bed.proxy.operations).not.toContain("UpdateItem");
      bed.proxy.reset();
      expect(await session.flush()).toMatchObject({ requests: 1 });
      expect(bed.proxy.operations).toEqual(["GetItem"]);
      expect(session.state(post)).toBe("persistent");
      expect(await bed.stored(Post, key)).toMatchObject({ views: { N: "4" } });
    });
  }
});
