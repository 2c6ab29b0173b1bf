import { Engine, InvalidCursor, InvalidValue } from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CursorCodec } from "../../src/session/read/cursor.js";
import { Search } from "../../src/session/read/search.js";
import { Post } from "../support/models.js";
import { type Bed, makeBed } from "../support/test-bed.js";

let bed: Bed;

beforeAll(async () => {
  bed = await makeBed([Post]);
  await bed.engine.save([1, 2, 3].map((id) => new Post({ forum: "a", id })));
});

afterAll(() => bed.engine.client.destroy());
beforeEach(() => bed.recorder.clear());

/** A cursor for these positions with a valid tag, as whoever knows the format can make without a secret. */
const forge = (id: string) =>
  new CursorCodec(Search.propsOf(bed.engine.query(Post).key({ forum: "a" }) as never)).write([
    { forum: { S: "a" }, id: { N: id } },
  ]);

const bad: [string, () => Promise<string | undefined>][] = [
  ["nonsense", async () => "nonsense"],
  ["an empty text", async () => ""],
  ["a number of 60 digits", () => forge("1".repeat(60))],
  ["a number too large to store", () => forge("1e500")],
  ["a number too small to store", () => forge("1e-500")],
  [
    "another query's",
    async () =>
      (await bed.engine.query(Post).key({ forum: "a" }).descending().limit(1).page()).cursor,
  ],
];

describe.each(bad)("%s as a cursor", (_, make) => {
  it("is refused wherever results are asked for, before any request", async () => {
    const cursor = await make();
    bed.recorder.clear();
    await using session = bed.engine.session();
    const query = session.query(Post).key({ forum: "a" }).after(cursor);
    const asked = [
      query.all(),
      query.first(),
      query.one(),
      query.count(),
      query.page(),
      query.limit(2).page(),
      query.run(),
      query.pages().next(),
      query.items().next(),
      query.select("id").all(),
      session.each(query, () => undefined),
    ];
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toEqual({ status: "rejected", reason: expect.any(InvalidCursor) });
    }
    await expect(
      (async () => {
        query.update({ views: 1 });
        await session.commit();
      })(),
    ).rejects.toBeInstanceOf(InvalidCursor);
    expect(bed.recorder.operations).toEqual([]);
  });
});

describe("cursorSecret", () => {
  it.each([
    ["an empty text", ""],
    ["a number", 5],
    ["bytes", new Uint8Array(3)],
    ["undefined", undefined],
  ])("that is %s is refused: cursors would be signed by nothing", (_, cursorSecret) => {
    const { client } = bed.engine;
    expect(() => new Engine({ client, cursorSecret } as never)).toThrow(InvalidValue);
  });

  it("is kept by context(), and no other secret's cursor is taken", async () => {
    const make = (cursorSecret: string) =>
      new Engine({ client: bed.engine.client, cursorSecret, tableName: () => bed.tableName(Post) });
    const mine = make("mine");
    const page = (engine: Engine, cursor?: string) =>
      engine.query(Post).key({ forum: "a" }).limit(1).after(cursor).page();
    const { cursor } = await page(mine);
    const next = await page(mine.context({ consistent: true }), cursor);
    expect(next.items).toMatchObject([{ id: 2 }]);
    await expect(page(make("yours"), cursor)).rejects.toBeInstanceOf(InvalidCursor);
    await expect(page(bed.engine, cursor)).rejects.toBeInstanceOf(InvalidCursor);
  });
});
