import { Throttled } from "dynalchemy";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { infoOf } from "../../../src/model/metadata.js";
import type { AnyModel } from "../../../src/model/model.js";
import { keyOf } from "../../../src/schema/key.js";
import type { WireItem } from "../../../src/schema/wire.js";
import { identityOf } from "../../../src/session/identity.js";
import { batchGet, type Wanted, wantedItem } from "../../../src/session/read/batch-get.js";
import { Post, User } from "../../support/models.js";
import { type Sent, stubConnection } from "./stub.js";

const wanted = (model: AnyModel, key: object): Wanted => {
  const info = infoOf(model);
  return wantedItem(info, info.table.tableName, keyOf(info.table, key));
};
const users = (n: number) => Array.from({ length: n }, (_, at) => wanted(User, { id: `u${at}` }));

type Tables = Record<string, { Keys: WireItem[]; ConsistentRead?: true }>;

/** Finds every item, but for those that are left. */
function answer({ input }: Sent, leave: (key: WireItem, at: number) => boolean = () => false) {
  const Responses: Record<string, WireItem[]> = {};
  const UnprocessedKeys: Tables = {};
  for (const [table, { Keys, ...rest }] of Object.entries(input.RequestItems as Tables)) {
    const left = Keys.filter(leave);
    Responses[table] = Keys.filter((key) => !left.includes(key)).map((key) => ({ ...key }));
    if (left.length > 0) UnprocessedKeys[table] = { Keys: left, ...rest };
  }
  return { Responses, UnprocessedKeys };
}

// Without jitter there is no pause.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe("a batch of reads", () => {
  it("asks for each key once, 100 in a call, tables mixed", async () => {
    const { connection, sent } = stubConnection((request) => answer(request));
    const posts = [1, 2, 1].map((id) => wanted(Post, { forum: "a", id }));
    const items = await batchGet(connection, [...users(120), ...posts, ...users(5)], {
      isConsistent: false,
    });
    expect(items.size).toBe(122);
    expect(sent.map(({ operation }) => operation)).toEqual(["BatchGetItem", "BatchGetItem"]);
    expect(sent[0]?.input.RequestItems.User.Keys).toHaveLength(100);
    expect(sent[1]?.input).toEqual({
      RequestItems: {
        User: {
          Keys: users(120)
            .slice(100)
            .map(({ key }) => key.wire),
        },
        Posts: {
          Keys: [
            { forum: { S: "a" }, id: { N: "1" } },
            { forum: { S: "a" }, id: { N: "2" } },
          ],
        },
      },
    });
  });

  it("says for each table whether to read consistently, and asks for the capacity on demand", async () => {
    const { connection, sent } = stubConnection((request) => ({
      ...answer(request),
      ConsumedCapacity: [{ CapacityUnits: 1.5 }, { CapacityUnits: 1 }],
    }));
    const told: unknown[] = [];
    await batchGet(connection, [wanted(User, { id: "a" }), wanted(Post, { forum: "a", id: 1 })], {
      isConsistent: true,
      asksCapacity: true,
      onAnswer: (consumed) => void told.push(consumed),
    });
    expect(sent[0]?.input).toEqual({
      RequestItems: {
        User: { Keys: [{ id: { S: "a" } }], ConsistentRead: true },
        Posts: { Keys: [{ forum: { S: "a" }, id: { N: "1" } }], ConsistentRead: true },
      },
      ReturnConsumedCapacity: "TOTAL",
    });
    expect(told).toEqual([2.5]);
  });

  it("joins what several calls left in the next ones", async () => {
    const left = new Set<string>();
    const { connection, sent } = stubConnection((request) =>
      answer(request, ({ id }, at) => {
        const text = (id as { S: string }).S;
        if (at % 2 === 0 || left.has(text)) return false;
        left.add(text);
        return true;
      }),
    );
    const items = await batchGet(connection, users(200), { isConsistent: false });
    expect(items.size).toBe(200);
    expect(sent.map(({ input }) => input.RequestItems.User.Keys.length)).toEqual([100, 100, 100]);
  });

  it("finds items by their keys' values, whatever the way they are written", async () => {
    const { connection } = stubConnection(() => ({
      Responses: { Posts: [{ forum: { S: "a" }, id: { N: "1.0" } }] },
    }));
    const post = wanted(Post, { forum: "a", id: 1 });
    const items = await batchGet(connection, [post], { isConsistent: false });
    expect([...items.keys()]).toEqual([identityOf("Posts", post.key)]);
  });

  it("gives up after ten rounds, and names the tables that were throttled", async () => {
    const { connection, sent } = stubConnection((request) =>
      answer(request, (_, at) => request.input.RequestItems.User !== undefined && at === 0),
    );
    const all = batchGet(connection, users(2), { isConsistent: false });
    await expect(all).rejects.toBeInstanceOf(Throttled);
    await expect(all).rejects.toMatchObject({ operation: "BatchGetItem", tableName: "User" });
    expect(sent).toHaveLength(10);
  });

  it("stops pausing when its signal gives up", async () => {
    const abort = new AbortController();
    const { connection, sent } = stubConnection((request) => {
      abort.abort();
      return answer(request, () => true);
    });
    const all = batchGet(connection, users(1), { isConsistent: false, signal: abort.signal });
    await expect(all).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    expect(sent).toHaveLength(1);
  });

  it("asks for nothing when nothing is wanted", async () => {
    const { connection, sent } = stubConnection();
    expect(await batchGet(connection, [], { isConsistent: false })).toEqual(new Map());
    expect(sent).toEqual([]);
  });
});
