import { ConstraintViolation, type Guard, InvalidValue, model, t } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import type { AttributeValue } from "../../src/schema/wire.js";
import { type Bed, makeBed } from "../support/test-bed.js";

class Doc extends model("Doc", {
  id: t.string().hashKey(),
  l: t.list(t.string()).optional(),
  any: t.any().optional(),
  parts: t.list(t.map({ name: t.string(), done: t.boolean().optional() })).optional(),
  meta: t.map({ author: t.string(), refs: t.list(t.string()) }).optional(),
}) {}

const key = { id: "x" };
const texts = (...values: string[]): AttributeValue => ({ L: values.map((S) => ({ S })) });
const part = (name: string, x?: number, more: object = {}): AttributeValue => ({
  M: { name: { S: name }, ...(x === undefined ? {} : { x: { N: String(x) } }), ...more },
});

let bed: Bed;
beforeAll(async () => {
  bed = await makeBed([Doc]);
});

async function loaded(values: Record<string, AttributeValue>, atomic: Guard = "changed") {
  await bed.store(Doc, { id: { S: "x" }, ...values });
  const session = bed.engine.session({ atomic });
  const doc = await session.require(Doc, key);
  bed.recorder.clear();
  return { session, doc };
}

describe("a list with a hole", () => {
  const cases: readonly (readonly [string, (doc: Doc) => unknown[], string])[] = [
    ["a list column", (doc) => doc.l as unknown[], "l[1]"],
    ["a list in t.any()", (doc) => (doc.any as { in: unknown[] }).in, "any.in[1]"],
  ];
  for (const [title, listOf, attribute] of cases) {
    it(`is refused in ${title} before anything is sent`, async () => {
      const list = texts("a", "b", "c");
      const { session, doc } = await loaded({ l: list, any: { M: { in: list } } });
      delete listOf(doc)[1];
      const failure = await session.commit().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(InvalidValue);
      expect(failure).toMatchObject({ attribute });
      expect(bed.recorder.operations).toEqual([]);
      session.rollback();
      await session.close();
    });
  }
});

describe("what the elements of a list hold beside their declared members", () => {
  const stored = { L: [part("a", 1), part("a", 2), part("b")] };
  const done = { done: { BOOL: true } };
  const cases: readonly (readonly [string, (doc: Doc) => unknown, AttributeValue[]])[] = [
    ["is removed with its own element", ({ parts }) => parts?.shift(), [part("a", 2), part("b")]],
    [
      "moves with its element",
      ({ parts = [] }) => parts.splice(0, 2, ...parts.slice(0, 2).reverse()),
      [part("a", 2), part("a", 1), part("b")],
    ],
    [
      "moves to where there was nothing",
      ({ parts }) => parts?.reverse(),
      [part("b"), part("a", 2), part("a", 1)],
    ],
    [
      "stays where all elements are made anew",
      (doc) => {
        doc.parts = doc.parts?.map((each) => ({ ...each, done: true }));
      },
      [part("a", 1, done), part("a", 2, done), part("b", undefined, done)],
    ],
  ];
  for (const [title, change, expected] of cases) {
    it(title, async () => {
      const { session, doc } = await loaded({ parts: stored });
      change(doc);
      await session.commit();
      expect((await bed.stored(Doc, key))?.parts).toEqual({ L: expected });
      bed.recorder.clear();
      await session.commit();
      expect(bed.recorder.operations).toEqual([]);
      await session.close();
    });
  }
});

describe("without a guard, a change within a document", () => {
  const meta = { M: { author: { S: "ann" }, refs: texts("r0", "r1"), x: { N: "1" } } };

  it("writes a list as a whole instead of counting on places in it", async () => {
    const changes: readonly (readonly [(list: string[]) => unknown, string[]])[] = [
      [(list) => list.shift(), ["r1"]],
      [(list) => list.splice(1, 1, "z"), ["r0", "z"]],
    ];
    for (const [change, expected] of changes) {
      const { session, doc } = await loaded({ meta, l: texts("r0", "r1") }, false);
      const moved = texts("new", "r0", "r1");
      await bed.store(Doc, { id: { S: "x" }, meta: { M: { ...meta.M, refs: moved } }, l: moved });
      change(doc.l as string[]);
      change(doc.meta?.refs as string[]);
      await session.commit();
      expect(await bed.stored(Doc, key)).toMatchObject({
        l: texts(...expected),
        meta: { M: { ...meta.M, refs: texts(...expected) } },
      });
      await session.close();
    }
  });

  it("leaves what others changed beside it, and finds out that its parent is gone", async () => {
    const changes: readonly ((doc: Doc) => unknown)[] = [
      (doc) => doc.meta && Object.assign(doc.meta, { author: "bob" }),
      (doc) => doc.meta?.refs.push("r2"),
      (doc) => doc.meta?.refs.shift(),
    ];
    for (const change of changes) {
      const { session, doc } = await loaded({ meta }, false);
      await bed.store(Doc, { id: { S: "x" }, meta: { M: { ...meta.M, x: { N: "2" } } } });
      change(doc);
      await session.commit();
      expect(await bed.stored(Doc, key)).toMatchObject({ meta: { M: { x: { N: "2" } } } });
      change(doc);
      if (doc.meta) doc.meta.author = "eve";
      await bed.store(Doc, { id: { S: "x" } });
      await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      session.rollback();
      await session.close();
    }
  });
});
