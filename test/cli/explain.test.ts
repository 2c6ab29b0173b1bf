import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../docs/page.js";
import { commandFor } from "./command.js";

const fixture = join(root, "test/cli/searches.fixture.ts");
const run = commandFor();

describe("dynalchemy explain", () => {
  it("says what each exported query and scan will do, and ends although the module keeps a timer", async () => {
    const { code, out, err } = await run("explain", fixture);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(
      [
        "mine: Query of the global index byUser of Post",
        '  key: user = "ann"',
        "  gives: forum, id, user, views",
        "searches[0]: Query of the table Post",
        '  key: forum = "a"',
        "  gives: forum, id, user, views",
        "searches[1]: Scan of the table Post",
        '  filter: user = "ann"',
        "  gives: forum, id, user, views",
        "  beware: it reads every item of the table, and pays for each",
        "  beware: user is the hash key of the index byUser: a query of it reads only items with that user",
        "",
      ].join("\n"),
    );
  });

  it("says it as JSON", async () => {
    const { code, out } = await run("explain", fixture, "--json");
    expect(code).toBe(0);
    const [mine, ...others] = JSON.parse(out) as object[];
    expect(mine).toEqual({
      name: "mine",
      operation: "Query",
      model: "Post",
      tableName: "Post",
      index: "byUser",
      indexKind: "global",
      keyCondition: 'user = "ann"',
      projection: ["forum", "id", "user", "views"],
      isConsistent: false,
      warnings: [],
    });
    expect(others).toHaveLength(2);
  });

  it("refuses a module without queries and scans", async () => {
    const { code, out, err } = await run("explain", join(root, "test/cli/models.fixture.ts"));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("exports no query and no scan");
  });
});
