import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Post } from "../support/models.js";
import { type Bed, makeBed } from "../support/test-bed.js";

let bed: Bed;
const count = 60;

beforeAll(async () => {
  bed = await makeBed([Post]);
  await bed.engine.save(
    Array.from(
      { length: count },
      (_, id) =>
        new Post({
          forum: "a",
          id,
          user: id % 30 === 0 ? "ann" : "bob",
          date: new Date(id),
          views: id,
        }),
    ),
  );
});

afterAll(() => bed.engine.client.destroy());

const inForum = () => bed.engine.query(Post).key({ forum: "a" });

describe("an explanation after running", () => {
  it("tells what was read, matched and returned, its capacity and its requests", async () => {
    const query = inForum().filter(Post.views.gte(12)).pageSize(25);
    expect(query.explain().outcome).toBeUndefined();
    bed.recorder.clear();
    const result = await query.run();
    const { outcome, warnings } = query.explain(result);
    expect(outcome).toEqual({
      returned: 48,
      matched: 48,
      scanned: 60,
      consumed: result.consumed,
      requests: bed.recorder.operations.length,
    });
    expect(outcome?.consumed).toBeGreaterThan(0);
    expect(outcome?.requests).toBeGreaterThanOrEqual(3);
    expect(warnings).toEqual(query.explain().warnings);
    expect(String(query.explain(result)).split("\n")).toContain(
      `  took: 60 read, 48 matched, 48 returned; capacity units: ${result.consumed}; requests: ${outcome?.requests}`,
    );
  });

  it("holds what the limit cut off, and a completed index's reads of the table", async () => {
    const limited = inForum().filter(Post.views.gte(0)).limit(7);
    expect(limited.explain(await limited.run()).outcome).toMatchObject({
      returned: 7,
      matched: 60,
      scanned: 60,
      requests: 1,
    });
    const byDate = bed.engine.query(Post).index("byDate").key({ forum: "a" });
    const plain = byDate.explain(await byDate.run()).outcome?.consumed ?? 0;
    const complete = byDate.complete();
    expect(complete.explain(await complete.run()).outcome?.consumed).toBeGreaterThan(plain);
  });

  it("warns where ten times as much was read as returned, or all for nothing", async () => {
    const few = bed.engine.scan(Post).filter(Post.user.eq("ann"));
    expect(few.explain().warnings).toHaveLength(2);
    const outcome = few.explain(await few.run());
    expect(outcome.outcome).toMatchObject({ returned: 2, scanned: 60 });
    expect(outcome.warnings.at(-1)).toBe("it read 30 items for each one that it returned");
    expect(String(outcome)).toContain("beware: it read 30 items for each one");
    const none = inForum().filter(Post.views.lt(0));
    expect(none.explain(await none.run()).warnings.at(-1)).toBe(
      "it read 60 items, and returned none",
    );
    const enough = inForum().filter(Post.views.lt(7));
    expect(enough.explain(await enough.run()).warnings).toHaveLength(1);
  });

  it("is of a page as well, which doesn't count requests", async () => {
    const query = inForum().limit(5);
    const { outcome } = query.explain(await query.page());
    expect(outcome).toMatchObject({ returned: 5, matched: 5, scanned: 5, requests: undefined });
    expect(String(query.explain(await query.page()))).not.toContain("requests");
  });

  it("counts all segments of a parallel scan", async () => {
    const scan = bed.engine.scan(Post).parallel(3);
    bed.recorder.clear();
    const result = await scan.run();
    expect(scan.explain(result).outcome).toMatchObject({
      returned: 60,
      scanned: 60,
      requests: bed.recorder.operations.length,
    });
  });
});
