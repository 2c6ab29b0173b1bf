import { globalIndex, localIndex, model, t } from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { WireItem } from "../../src/schema/wire.js";
import { makeFaultBed } from "../support/test-bed.js";

class Note extends model(
  "Note",
  {
    box: t.string().hashKey(),
    id: t.integer().rangeKey(),
    user: t.string().optional(),
    date: t.integer().optional(),
    views: t.integer().default(0),
    text: t.string().optional(),
  },
  {
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "id", projection: ["views"] }),
      byUserWhole: globalIndex({ hashKey: "user", rangeKey: "date" }),
      byDate: localIndex({ rangeKey: "date", projection: "keys" }),
    },
  },
) {}

let bed: Awaited<ReturnType<typeof makeFaultBed>>;
let box = "";
let boxes = 0;

beforeAll(async () => {
  bed = await makeFaultBed([Note]);
});

afterAll(async () => {
  bed.engine.client.destroy();
  await bed.proxy.close();
});

beforeEach(async () => {
  bed.proxy.reset();
  boxes += 1;
  box = `b${boxes}`;
  await bed.engine.save(
    [1, 2, 3].map((id) => new Note({ box, id, user: box, date: id, views: id, text: "old" })),
  );
  bed.recorder.clear();
});

const wire = (id: number, views: number, rest: WireItem = {}): WireItem => ({
  box: { S: box },
  id: { N: String(id) },
  user: { S: box },
  date: { N: String(id) },
  views: { N: String(views) },
  text: { S: "old" },
  ...rest,
});

/** Answers the next query of an index, or of the table, with rows as they once were. */
function answerLate(rows: readonly WireItem[], index?: string): void {
  bed.proxy.inject({
    operation: "Query",
    when: (body) => body["IndexName"] === index,
    fault: (exchange) =>
      exchange.answer(200, { Items: rows, Count: rows.length, ScannedCount: rows.length }),
  });
}

const session = () => bed.engine.session();
type Session = ReturnType<typeof session>;

/** Where a row of a tracked object may come from. */
const sources = {
  "the table": (s: Session) => s.query(Note).key({ box }),
  "the table, consistent": (s: Session) => s.query(Note).key({ box }).consistent(),
  "a local index": (s: Session) => s.query(Note).index("byDate").key({ box }),
  "a global index": (s: Session) => s.query(Note).index("byUserWhole").key({ user: box }),
  "a partial global index": (s: Session) => s.query(Note).index("byUser").key({ user: box }),
  "a completed global index": (s: Session) =>
    s.query(Note).index("byUser").key({ user: box }).complete(),
  "a scan": (s: Session) => s.scan(Note).filter(Note.box.eq(box)),
} as const;

describe.each(Object.entries(sources))("rows of %s", (_, source) => {
  it("give the object that is tracked, and keep its values and its edits", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    const other = await s.require(Note, { box, id: 2 });
    other.text = "mine";
    await bed.store(Note, wire(1, 77));
    const found = await source(s).all();
    expect(found.find(({ id }) => id === 1)).toBe(note);
    expect(found.find(({ id }) => id === 2)).toBe(other);
    expect([note.views, other.text]).toEqual([1, "mine"]);
    expect(String(s.plan())).toContain('text = "old"');
    expect((await source(s).all()).find(({ id }) => id === 3)).toBe(
      found.find(({ id }) => id === 3),
    );
  });

  it("leave out what is to be deleted, and what was", async () => {
    await using s = session();
    s.delete(await s.require(Note, { box, id: 1 }));
    expect((await source(s).all()).map(({ id }) => id)).toEqual([2, 3]);
    await s.commit();
    expect((await source(s).all()).map(({ id }) => id)).toEqual([2, 3]);
  });

  it("hold no pending objects, and aren't filtered again by edits", async () => {
    await using s = session();
    s.add(new Note({ box, id: 9, user: box, date: 9 }));
    const first = await s.require(Note, { box, id: 1 });
    first.user = "somebody else";
    expect((await source(s).all()).map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});

describe("what wasn't loaded", () => {
  it("is filled in by a row that has it, and what is loaded stays", async () => {
    await using s = session();
    const [note] = await s.query(Note).index("byUser").key({ user: box }).limit(1).all();
    if (note === undefined) throw new Error("no note");
    expect(() => note.text).toThrow(/text/);
    note.views = 50;
    await bed.store(Note, wire(1, 77, { text: { S: "new" } }));
    const [same] = await s.query(Note).key({ box, id: 1 }).all();
    expect(same).toBe(note);
    expect([note.views, note.text]).toEqual([50, "new"]);
    expect(String(s.plan())).toContain("views = 1");
  });

  it("keeps a blind assignment blind where the row may be late", async () => {
    await using s = session();
    const note = Note.ref({ box, id: 1 });
    s.add(note);
    note.views = 9;
    answerLate([wire(1, -5)], "byUser");
    const [same] = await s.query(Note.byUser).key({ user: box }).all();
    expect(same).toBe(note);
    expect(note.views).toBe(9);
    await s.commit();
    expect(await bed.stored(Note, { box, id: 1 })).toMatchObject({ views: { N: "9" } });
  });

  it("guards an assignment by what a consistent row says", async () => {
    await using s = session();
    const note = Note.ref({ box, id: 1 });
    s.add(note);
    note.views = 9;
    await s.query(Note).key({ box, id: 1 }).consistent().all();
    expect(String(s.plan())).toContain("views = 1");
  });
});

describe("a late row of a global index", () => {
  it("of a deleted item is dropped, however late; a consistent row of a new one is taken", async () => {
    await using s = session();
    s.delete(await s.require(Note, { box, id: 1 }));
    await s.commit();
    answerLate([wire(1, 1), wire(2, 2)], "byUserWhole");
    const found = await s.query(Note).index("byUserWhole").key({ user: box }).all();
    expect(found.map(({ id }) => id)).toEqual([2]);
    await bed.store(Note, wire(1, 40));
    const [again] = await s.query(Note).key({ box, id: 1 }).consistent().all();
    expect(again?.views).toBe(40);
  });

  it("gives no expired object values from before the session's own write", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    s.query(Note).key({ box, id: 1 }).update({ views: 6 });
    await s.commit();
    expect(s.state(note)).toBe("expired");
    answerLate([wire(1, 1)], "byUserWhole");
    bed.recorder.clear();
    const [same] = await s.query(Note).index("byUserWhole").key({ user: box }).all();
    expect(same).toBe(note);
    expect([note.views, note.text, s.state(note)]).toEqual([6, "old", "persistent"]);
    expect(bed.recorder.requests).toMatchObject([
      { operation: "Query" },
      { operation: "BatchGetItem" },
    ]);
  });

  it("refreshes nothing", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    answerLate([wire(1, -1)], "byUserWhole");
    await s.query(Note).index("byUserWhole").key({ user: box }).refresh().all();
    expect(note.views).toBe(1);
    await bed.store(Note, wire(1, 8));
    await s.query(Note).index("byUser").key({ user: box }).refresh().complete().all();
    expect(note.views).toBe(8);
  });
});

describe("an expired object", () => {
  it.each([
    ["the table", undefined],
    ["a partial global index", "byUser"],
  ] as const)(
    "that %s finds is read anew from the table, with others in one request",
    async (_, index) => {
      await using s = session();
      const notes = await s.query(Note).key({ box }).all();
      s.expire(notes.slice(0, 2));
      await bed.store(Note, wire(1, 10));
      await bed.store(Note, wire(2, 20));
      await bed.store(Note, wire(3, 30));
      bed.recorder.clear();
      const query = index === undefined ? s.query(Note) : s.query(Note).index(index);
      const key = index === undefined ? { box } : { user: box };
      const found = await query.key(key as never).all();
      expect(found).toEqual(notes);
      expect(found.map(({ views, text }) => [views, text])).toEqual([
        [10, "old"],
        [20, "old"],
        [3, "old"],
      ]);
      const [, reread] = bed.recorder.requests;
      expect(bed.recorder.operations).toEqual(["Query", "BatchGetItem"]);
      expect(reread?.input).toMatchObject({
        RequestItems: {
          [bed.tableName(Note)]: {
            ConsistentRead: true,
            Keys: [1, 2].map((id) => ({ box: { S: box }, id: { N: String(id) } })),
          },
        },
      });
    },
  );

  it("whose item is gone doesn't come", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    s.expire(note);
    await bed.remove(Note, { box, id: 1 });
    answerLate([wire(1, 1)]);
    expect(await s.query(Note).key({ box }).all()).toEqual([]);
  });

  it("costs a consistent read nothing more", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    s.expire(note);
    bed.recorder.clear();
    const [same] = await s.query(Note).key({ box, id: 1 }).consistent().all();
    expect(same).toBe(note);
    expect(note.views).toBe(1);
    expect(bed.recorder.operations).toEqual(["Query"]);
  });
});

describe("refresh()", () => {
  it("replaces what wasn't edited, and keeps edits, which are still held against what was loaded", async () => {
    await using s = session();
    const [note, other] = await s.query(Note).key({ box }).limit(2).all();
    if (note === undefined || other === undefined) throw new Error("no notes");
    note.text = "mine";
    other.text = "mine";
    await bed.store(Note, wire(1, 77));
    await bed.store(Note, wire(2, 77, { text: { S: "theirs" } }));
    const [same] = await s.query(Note).key({ box }).refresh().all();
    expect(same).toBe(note);
    expect([note.views, note.text, other.views, other.text]).toEqual([77, "mine", 77, "mine"]);
    await expect(s.commit()).rejects.toMatchObject({ failures: [{ entity: other }] });
    expect(await bed.stored(Note, { box, id: 1 })).toMatchObject({
      views: { N: "77" },
      text: { S: "mine" },
    });
  });

  it("doesn't take a row from before the session's own write", async () => {
    await using s = session();
    const note = await s.require(Note, { box, id: 1 });
    const query = s.query(Note).key({ box }).pageSize(1).refresh();
    // Its second page, and so the first, was asked for before the write below.
    const rows = query.items();
    await rows.next();
    const second = await s.require(Note, { box, id: 2 });
    note.views = 100;
    second.views = 200;
    await s.commit();
    for await (const _ of rows);
    expect([note.views, second.views]).toEqual([100, 200]);
    expect(s.dirty.size).toBe(0);
  });
});
