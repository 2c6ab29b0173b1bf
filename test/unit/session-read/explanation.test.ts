import { Engine } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { Post, User } from "../../support/models.js";
import { stubClient } from "./stub.js";

const engine = new Engine({ client: stubClient().client, tableName: (name) => `dev-${name}` });

describe("an explanation", () => {
  it("says where a query reads, by which key, and what it gives", () => {
    const explanation = engine
      .query(Post.byUser)
      .key(Post.user.eq("ann").and(Post.date.gte(new Date(0))))
      .select("views", "content")
      .explain();
    expect({ ...explanation }).toEqual({
      operation: "Query",
      model: "Post",
      tableName: "dev-Posts",
      index: "byUser",
      indexKind: "global",
      keyCondition: 'user = "ann" and date >= "1970-01-01T00:00:00.000Z"',
      filter: undefined,
      projection: ["views", "content"],
      isConsistent: false,
      warnings: [],
    });
    expect(String(explanation)).toBe(
      [
        "Query of the global index byUser of dev-Posts",
        '  key: user = "ann" and date >= "1970-01-01T00:00:00.000Z"',
        "  gives: views, content",
      ].join("\n"),
    );
  });

  it("tells which columns the rows of an index hold", () => {
    const byDate = engine.query(Post).key({ forum: "a" }).index("byDate").consistent();
    expect(byDate.explain()).toMatchObject({
      indexKind: "local",
      isConsistent: true,
      projection: ["forum", "id", "date", "views"],
      warnings: [
        "the index byDate lacks user, content, tags, meta: they throw when they are read; complete() fetches them",
      ],
    });
    expect(byDate.select("views").explain().warnings).toEqual([]);
    expect(byDate.complete().explain()).toMatchObject({
      projection: ["forum", "id", "user", "date", "views", "content", "tags", "meta"],
      warnings: [expect.stringContaining("each row costs another read")],
    });
    expect(byDate.select("content").explain().warnings).toHaveLength(1);
    expect(byDate.complete().select("views").explain().warnings).toEqual([]);
  });

  it("warns of a scan, and names the index that would do better", () => {
    expect(engine.scan(User).explain().warnings).toEqual([
      "it reads every item of the table, and pays for each",
    ]);
    const scan = engine.scan(Post).filter(Post.user.eq("ann").and(Post.views.gt(5)));
    expect(scan.explain()).toMatchObject({
      keyCondition: undefined,
      filter: 'user = "ann" and views > 5',
      warnings: [
        "it reads every item of the table, and pays for each",
        "user is the hash key of the index byUser: a query of it reads only items with that user; items without date aren't in it",
      ],
    });
    expect(String(scan)).toContain("beware: user is the hash key of the index byUser");
    expect(engine.scan(Post).filter(Post.user.ne("ann")).explain().warnings).toHaveLength(1);
    expect(engine.scan(Post).parallel(4).explain().warnings).toHaveLength(2);
  });

  it("warns of a query without a key, and says which one it needs", () => {
    expect(engine.query(Post).explain()).toMatchObject({
      keyCondition: undefined,
      warnings: ["it has no key, and is refused: say key({ forum: … }), or scan"],
    });
    expect(engine.query(Post.byUser).explain().warnings[0]).toContain("key({ user: … })");
  });

  it("warns of a filter, which drops what was paid for", () => {
    const filtered = engine.query(Post).key({ forum: "a" }).filter(Post.views.gt(5));
    expect(filtered.explain().warnings).toEqual([expect.stringContaining("paid for")]);
    expect(filtered.limit(3).pageSize(9).explain().warnings).toEqual([
      "to find 3 results, pages of 9 items are read, and paid for, until the filter has let so many through, at worst to the end",
    ]);
    expect(filtered.limit(1).pageSize(1).explain().warnings).toEqual([
      expect.stringContaining("to find 1 result, pages of 1 item are read"),
    ]);
    expect(filtered.key({ id: 3 }).explain().warnings).toEqual([]);
    expect(filtered.key(Post.id.gt(3)).explain().warnings).toHaveLength(1);
    const byUser = engine.query(Post.byUser).key({ user: "ann", date: new Date(0) });
    // Any number of an index's rows have one key.
    expect(byUser.filter(Post.views.gt(5)).explain().warnings).toHaveLength(1);
  });

  it("says that a scan reads everything only where it does", () => {
    expect(engine.scan(Post).limit(3).explain().warnings).toEqual([]);
    expect(engine.scan(Post).filter(Post.views.gt(5)).limit(3).explain().warnings).toEqual([
      expect.stringContaining("pages of as much as 1 MB are read"),
    ]);
    const inForum = engine.scan(Post).filter(Post.forum.eq("a")).explain();
    // Every item of the table has its key.
    expect(inForum.warnings[1]).toBe(
      "forum is the hash key of the table: a query of it reads only items with that forum",
    );
  });
});
