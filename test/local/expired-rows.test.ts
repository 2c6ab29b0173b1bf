import { globalIndex, localIndex, model, t } from "dynalchemy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { itOnLocal } from "../support/engine-facts.js";
import { type Bed, makeBed } from "../support/test-bed.js";

const columns = {
  box: t.string().hashKey(),
  id: t.integer().rangeKey(),
  rank: t.integer(),
  user: t.string(),
  text: t.string(),
};
/** Neither index holds the time to live. */
const options = {
  indexes: {
    byRank: localIndex({ rangeKey: "rank", projection: "keys" }),
    byUser: globalIndex({ hashKey: "user", rangeKey: "rank", projection: "keys" }),
  },
} as const;

class Note extends model(
  "Note",
  { ...columns, expires: t.timestamp().optional().ttl() },
  options,
) {}
// A table without a TTL: DynamoDB Local would delete the expired items within seconds.
const Kept = model("Note", { ...columns, expires: t.timestamp().optional() }, options);

let bed: Bed;

beforeAll(async () => {
  bed = await makeBed([Kept]);
  const expired = new Date(Date.now() - 60_000);
  await bed.engine.save(
    [1, 2, 3].map(
      (id) =>
        new Note({
          box: "a",
          id,
          rank: id,
          user: "ann",
          text: "x",
          expires: id === 2 ? expired : undefined,
        }),
    ),
  );
});

afterAll(() => bed.engine.client.destroy());

const idsOf = (found: readonly { readonly id: number }[]) => found.map(({ id }) => id);

describe("items past their time to live, of which an index doesn't know it", () => {
  const byRank = () => bed.engine.query(Note).index("byRank").key({ box: "a" });
  const byUser = () => bed.engine.query(Note).index("byUser").key({ user: "ann" });

  itOnLocal("are left out wherever the items themselves are read", async () => {
    expect(idsOf(await byRank().complete().all())).toEqual([1, 3]);
    expect(idsOf(await byRank().select("id", "text").all())).toEqual([1, 3]);
    expect(idsOf(await byRank().complete().select("id", "text").all())).toEqual([1, 3]);
    expect(idsOf(await byUser().complete().all())).toEqual([1, 3]);
    expect(idsOf(await byUser().complete().select("id", "text").all())).toEqual([1, 3]);
    expect(await byRank().complete().count()).toBe(2);
    expect(await byRank().select("text").count()).toBe(2);
    expect(await byRank().complete().includeExpired().count()).toBe(3);
  }, ["beyondLocalIndex"]);

  it("come with rows of the index alone, where to ask would cost a read of each", async () => {
    expect(idsOf(await byRank().all())).toEqual([1, 2, 3]);
    expect(idsOf(await byRank().select("id").all())).toEqual([1, 2, 3]);
    expect(idsOf(await byUser().all())).toEqual([1, 2, 3]);
    expect(await byRank().count()).toBe(3);
  });
});
