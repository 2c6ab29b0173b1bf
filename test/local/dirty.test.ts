import { model, t } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bed, makeBed } from "../support/test-bed.js";

class Note extends model("Note", {
  id: t.string().hashKey(),
  title: t.string(),
  views: t.integer().optional(),
  at: t.datetime().optional(),
  tags: t.list(t.string()).optional(),
  labels: t.set(t.string()),
  bytes: t.binary().optional(),
  meta: t.map({
    author: t.string(),
    lang: t.string().optional(),
    marks: t.set(t.string()).optional(),
    refs: t.list(t.string()),
  }),
  spare: t.string().optional(),
  last: t.string().optional(),
}) {}

class Odd extends model("Odd", {
  id: t.string().hashKey(),
  constructor: t.string().optional(),
  ["__proto__"]: t.string().optional(),
}) {}

type Loose = Record<string, unknown> & { meta: Record<string, unknown> };

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed([Note, Odd]);
});

async function loadNote(extra: object = {}) {
  await bed.store(Note, {
    id: { S: "a" },
    title: { S: "Hello" },
    views: { N: "1" },
    at: { S: "2026-01-01T00:00:00.000Z" },
    tags: { L: [{ S: "x" }, { S: "y" }] },
    bytes: { B: new Uint8Array([1, 2]) },
    meta: { M: { author: { S: "ann" }, lang: { S: "en" }, refs: { L: [{ S: "r" }] } } },
    last: { S: "end" },
    ...extra,
  });
  const session = bed.engine.session();
  const note = await session.require(Note, { id: "a" });
  return { session, note, loose: note as unknown as Loose };
}

function redefine(object: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(object, name, { configurable: true, ...descriptor });
}

const changes: Record<string, (note: Loose) => void> = {
  "an attribute is assigned": (note) => {
    note["title"] = "Bye";
  },
  "one that wasn't there is assigned": (note) => {
    note["spare"] = "z";
  },
  "one is deleted": (note) => {
    delete note["views"];
  },
  "the last one is deleted": (note) => {
    delete note["last"];
  },
  "a property that is no column takes the place of the last one": (note) => {
    delete note["last"];
    note["other"] = "end";
  },
  "one is an accessor with another value": (note) => {
    redefine(note, "title", { enumerable: true, get: () => "Bye" });
  },
  "one is hidden from loops, with another value": (note) => {
    redefine(note, "title", { enumerable: false, value: "Bye" });
  },
  "a list's element is replaced": (note) => {
    (note["tags"] as string[])[1] = "z";
  },
  "a list grows": (note) => {
    (note["tags"] as string[]).push("z");
  },
  "a set grows": (note) => {
    (note["labels"] as Set<string>).add("z");
  },
  "a date moves": (note) => {
    (note["at"] as Date).setTime(0);
  },
  "a byte changes": (note) => {
    (note["bytes"] as Uint8Array)[0] = 9;
  },
  "a map's member is replaced": (note) => {
    note.meta["author"] = "bob";
  },
  "a map's optional member is deleted": (note) => {
    delete note.meta["lang"];
  },
  "a map gets a member that it lacked": (note) => {
    note.meta["marks"] = new Set(["m"]);
  },
  "a map gets it in place of another": (note) => {
    delete note.meta["lang"];
    note.meta["marks"] = new Set(["m"]);
  },
  "a map gets it hidden from loops": (note) => {
    redefine(note.meta, "marks", { enumerable: false, value: new Set(["m"]) });
  },
  "a map gets a member that isn't declared": (note) => {
    note.meta["other"] = 1;
  },
  "a map's list changes": (note) => {
    (note.meta["refs"] as string[])[0] = "s";
  },
  "another map has other members": (note) => {
    note["meta"] = { author: "ann", lang: "de", refs: ["r"] };
  },
  "a key is assigned": (note) => {
    note["id"] = "b";
  },
};

const likenesses: Record<string, (note: Loose) => void> = {
  nothing: () => {},
  "an attribute that was deleted and assigned again": (note) => {
    const { title } = note;
    delete note["title"];
    note["title"] = title;
  },
  "a property that is no column": (note) => {
    note["other"] = 1;
  },
  "an accessor with the same value": (note) => {
    redefine(note, "title", { enumerable: true, get: () => "Hello" });
  },
  "an optional attribute that is deleted where there was none": (note) => {
    delete note["spare"];
  },
  "another list with the same elements": (note) => {
    note["tags"] = ["x", "y"];
  },
  "a map with its members in another order": (note) => {
    note["meta"] = { refs: ["r"], lang: "en", author: "ann" };
  },
  "an empty set where there was none": (note) => {
    note.meta["marks"] = new Set();
  },
  "the same key": (note) => {
    note["id"] = "a";
  },
};

describe("a loaded object", () => {
  it.each(Object.entries(changes))("is dirty where %s", async (_, change) => {
    const { session, note, loose } = await loadNote();
    expect(session.dirty.size).toBe(0);
    change(loose);
    expect([...session.dirty]).toEqual([note]);
  });

  it.each(Object.entries(likenesses))("is clean with %s", async (_, change) => {
    const { session, loose } = await loadNote();
    change(loose);
    expect(session.dirty.size).toBe(0);
    bed.recorder.clear();
    await session.commit();
    expect(bed.recorder.operations).toEqual([]);
  });

  it("is as loaded where it lacks what is optional, until that is assigned", async () => {
    const { session, note } = await loadNote({
      meta: { M: { author: { S: "ann" }, refs: { L: [] } } },
    });
    expect(session.dirty.size).toBe(0);
    note.meta.lang = "en";
    expect(session.dirty.size).toBe(1);
  });

  it("is dirty by what its prototype has names for as well", async () => {
    await bed.store(Odd, { id: { S: "a" }, constructor: { S: "c" } });
    const session = bed.engine.session();
    const odd = await session.require(Odd, { id: "a" });
    expect(session.dirty.size).toBe(0);
    redefine(odd, "__proto__", { enumerable: true, writable: true, value: "q" });
    expect(session.dirty.size).toBe(1);
    redefine(odd, "__proto__", { enumerable: true, writable: true, value: undefined });
    expect(session.dirty.size).toBe(0);
    delete (odd as { constructor?: unknown }).constructor;
    expect(session.dirty.size).toBe(1);
  });

  it("of which only the key is known is dirty by a value, and by undefined", () => {
    for (const value of ["Bye", undefined]) {
      const session = bed.engine.session();
      const note = Note.ref({ id: "a" });
      session.add(note);
      expect(session.dirty.size).toBe(0);
      (note as unknown as Loose)["last"] = value;
      expect(session.dirty.size).toBe(1);
    }
  });
});
