import { globalIndex, model, t } from "dynalchemy";
import { debug } from "dynalchemy/debug";
import { expect, it, vi } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { makeBed } from "../support/test-bed.js";

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    user: t.string(),
    views: t.integer().default(0),
    labels: t.record(t.string()).optional(),
  },
  { indexes: { byUser: globalIndex({ hashKey: "user" }) } },
) {}

const secret = "ann@example.org";

async function printed(options: Parameters<typeof debug>[1] = {}) {
  const { engine, tableName } = await makeBed([Post]);
  const lines: string[] = [];
  const stop = debug(engine, {
    write: (line) => void lines.push(line.replaceAll(tableName(Post), "Posts")),
    ...options,
  });
  return { engine, lines, stop };
}

/** What differs from run to run. */
const steady = (lines: readonly string[]) =>
  lines.map((line) => line.replaceAll(/[\d.]+ ms/g, "T ms"));

describeOnLocal("debug", () => {
  it("prints each request as a line, without keys or values", async () => {
    const { engine, lines } = await printed({ colors: false });
    await using session = engine.session();
    session.put([new Post({ forum: secret, user: "x" }), new Post({ forum: "b", user: "x" })]);
    await session.flush();
    const post = await session.require(Post, { forum: secret });
    post.views = 41;
    session.add(new Post({ forum: "c", user: "hidden" }));
    await session.flush({ transaction: true });
    await session.query(Post).index("byUser").key({ user: secret }).filter(Post.views.gt(77)).all();
    session.add(new Post({ forum: "c2", user: "x" }));
    await engine.save(new Post({ forum: "c2", user: "y" }));
    await session.flush().catch(() => undefined);
    expect(steady(lines)).toMatchInlineSnapshot(`
      [
        "BatchWriteItem Posts #1066qseu81 2 puts  T ms  4 units",
        "TransactWriteItems Posts #0s66ngvl54 Update SET views = ? if attribute_exists(forum) AND views = ?; Put if attribute_not_exists(forum)  T ms  8 units",
        "Query Posts/byUser #i8ocfuqho5 key user = ? filter views > ?  T ms  0 units",
        "PutItem Posts #rmo4bc4m48  T ms  2 units",
        "PutItem Posts #rmo4bc4m48 if attribute_not_exists(forum)  T ms  CONDITION_NOT_MET",
      ]
    `);
    expect(lines.join("\n")).not.toMatch(/ann@|hidden|41|77/);
  });

  it("prints keys and values where it is asked to", async () => {
    const { engine, lines } = await printed({ colors: false, values: true });
    await using session = engine.session();
    session.add(new Post({ forum: secret, user: "y".repeat(100) }));
    await session.flush();
    expect(lines[0]).toContain(`{ forum: "${secret}", user: "yyy`);
    expect(lines[0]).toContain("y…");
    await session.query(Post).key({ forum: "a :v1 #n0" }).filter(Post.views.gt(1)).all();
    expect(lines[1]).toContain('key forum = "a :v1 #n0" filter views > 1');
  });

  it("lets nothing that users wrote steer the terminal", async () => {
    const { engine, lines } = await printed({ colors: false, values: true });
    await using session = engine.session();
    session.put(new Post({ forum: "f", user: "u", labels: { a: "b" } }));
    await session.flush();
    const post = await session.require(Post, { forum: "f" });
    post.labels = { a: "b", "\u001b[2J": "\u009bK\u202e" };
    await session.flush();
    expect(lines.at(-1)).toContain("UpdateItem");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may come through.
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it("colours lines when told to, and no others by itself where there is no terminal", async () => {
    const { engine, lines, stop } = await printed({ colors: true });
    await engine.scan(Post).all();
    expect(lines[0]).toContain("\u001b[1mScan\u001b[0m \u001b[36mPosts\u001b[0m ");
    stop();
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const end = debug(engine);
    await engine.scan(Post).all();
    end();
    await engine.scan(Post).all();
    expect(said.mock.calls.map(([line]) => String(line))).toEqual([
      expect.stringMatching(/^Scan \S+ {2}[\d.]+ ms {2}[\d.]+ units$/),
    ]);
    said.mockRestore();
    expect(lines).toHaveLength(1);
  });

  it("asks what requests cost, as `capacity` does where nobody listens", async () => {
    const asked = [];
    for (const capacity of [false, true]) {
      const { engine, recorder } = await makeBed([Post], { capacity });
      await using session = engine.session();
      await session.get(Post, { forum: "a" });
      asked.push(recorder.requests.map(({ input }) => "ReturnConsumedCapacity" in input));
    }
    expect(asked).toEqual([[false], [true]]);
  });
});
