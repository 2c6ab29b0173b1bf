import { Engine, type Guard, model, plain, t } from "dynalchemy";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type AttributeValue, setOwn, type WireItem } from "../../src/schema/wire.js";
import { makeDocumentClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { morph } from "../support/morph.js";
import { canonical } from "../support/oracle.js";
import { property } from "../support/property.js";
import { record } from "../support/recorder.js";
import { type Bed, makeBed } from "../support/test-bed.js";
import * as v from "../support/variants.js";
import { wireItemOf } from "../support/wire-of.js";
import { bytes, decimals } from "../unit/schema/documents.js";

/** Every kind of column, and names that objects and functions have themselves, at each level. */
const Doc = model("Doc", {
  id: t.integer().hashKey(),
  text: t.string().optional(),
  flag: t.boolean().optional(),
  count: t.integer().optional(),
  ratio: t.number().optional(),
  big: t.bigint().optional(),
  exact: t.decimal().optional(),
  when: t.datetime().optional(),
  expires: t.timestamp().optional().as("e"),
  raw: t.binary().optional(),
  state: t.enum("", "draft", "constructor").optional(),
  words: t.set(t.string()).optional(),
  sums: t.set(t.decimal()).optional(),
  blobs: t.set(t.binary()).optional(),
  days: t.set(t.datetime()).optional(),
  lines: t.list(t.string()).optional(),
  grid: t.list(t.list(t.integer())).optional(),
  parts: t
    .list(
      t.map({ name: t.string(), at: t.datetime().optional(), marks: t.set(t.string()).optional() }),
    )
    .optional(),
  meta: t
    .map({
      author: t.string(),
      when: t.datetime().optional(),
      refs: t.list(t.string()).optional(),
      marks: t.set(t.bigint()).optional(),
      inner: t.map({ raw: t.binary().optional(), list: t.list(t.decimal()).optional() }).optional(),
    })
    .optional(),
  odd: t
    .map({
      ["__proto__"]: t.string().optional(),
      constructor: t.integer().optional(),
      length: t.string().optional(),
      prototype: t.map({ ["__proto__"]: t.list(t.string()).optional() }).optional(),
    })
    .optional(),
  scores: t.record(t.integer()).optional(),
  nested: t.record(t.record(t.list(t.boolean()))).optional(),
  any: t.any().optional(),
  constructor: t.string().optional(),
  length: t.integer().optional(),
  name: t.record(t.string()).optional(),
  toString: t.list(t.string()).optional(),
  prototype: t.set(t.string()).optional(),
  hasOwnProperty: t.map({ toString: t.integer().optional() }).optional(),
});

/** An object literal without a member called `constructor` has one for TypeScript: the inherited. */
const makeDoc = (values: object) => new Doc(values as ConstructorParameters<typeof Doc>[0]);

const texts = fc.string({ maxLength: 5, unit: "binary" });
const integers = fc.maxSafeInteger();
const dates = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") });
const seconds = fc.integer({ min: 0, max: 4e9 }).map((each) => new Date(each * 1000));
const wholes = fc.bigInt(-(10n ** 37n), 10n ** 37n);
const ratios = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
  .map((each) => (Math.abs(each) < 1e-100 ? 0 : each));

const text = v.scalar(texts);
const binary = v.scalar(bytes);

const columns: Readonly<Record<string, v.Variety>> = {
  text,
  flag: v.scalar(fc.boolean()),
  count: v.scalar(integers),
  ratio: v.scalar(ratios),
  big: v.scalar(wholes),
  exact: v.scalar(decimals),
  when: v.scalar(dates),
  expires: v.scalar(seconds),
  raw: binary,
  state: v.scalar(fc.constantFrom("", "draft", "constructor")),
  words: v.setOf(texts),
  sums: v.setOf(decimals),
  blobs: v.setOf(bytes),
  days: v.setOf(dates),
  lines: v.listOf(text),
  grid: v.listOf(v.listOf(v.scalar(integers))),
  parts: v.listOf(
    v.mapOf({
      name: text,
      at: v.optional(v.scalar(dates)),
      marks: v.optional(v.setOf(fc.constantFrom("a", "b", "c"))),
    }),
  ),
  meta: v.mapOf({
    author: text,
    when: v.optional(v.scalar(dates)),
    refs: v.optional(v.listOf(text)),
    marks: v.optional(v.setOf(wholes)),
    inner: v.optional(
      v.mapOf({ raw: v.optional(binary), list: v.optional(v.listOf(v.scalar(decimals))) }),
    ),
  }),
  odd: v.mapOf({
    ["__proto__"]: v.optional(text),
    constructor: v.optional(v.scalar(integers)),
    length: v.optional(text),
    prototype: v.optional(v.mapOf({ ["__proto__"]: v.optional(v.listOf(text)) })),
  }),
  scores: v.recordOf(v.scalar(integers)),
  nested: v.recordOf(v.recordOf(v.listOf(v.scalar(fc.boolean())))),
  any: v.anything,
  constructor: text,
  length: v.scalar(integers),
  name: v.recordOf(text),
  toString: v.listOf(text),
  prototype: v.setOf(texts),
  hasOwnProperty: v.mapOf({ toString: v.optional(v.scalar(integers)) }),
};

type Values = Readonly<Record<string, unknown>>;

const optionals = Object.fromEntries(
  Object.entries(columns).map(([name, variety]) => [name, v.optional(variety)]),
);
const pairs = v.pairOf(v.mapOf(optionals)) as fc.Arbitrary<[Values, Values]>;

/** The item that these values are stored as, by the rules of the service alone. */
function itemOf(id: number, { expires, ...values }: Values): WireItem {
  const item = wireItemOf({ id, ...values });
  if (expires !== undefined) item["e"] = { N: String((expires as Date).getTime() / 1000) };
  return item;
}

/** What the model doesn't know, at the item's top and in its maps. */
function withUnknown(item: WireItem, before: Values, after: Values): WireItem {
  const whole: WireItem = { ...item, legacy: { M: { ["__proto__"]: { S: "kept" } } } };
  setOwn(whole, "valueOf", { NS: ["1", "2"] });
  // A map that goes takes with it what was in it.
  if (before["meta"] === undefined || after["meta"] === undefined) return whole;
  const { M: meta } = item["meta"] as { M: WireItem };
  return { ...whole, meta: { M: { ...meta, isOld: { BOOL: true } } } };
}

let bed: Bed;
let ids = 0;
/** Engines over the two kinds of client, on one table, with what each sends. */
let ways: Record<"plain" | "document", Pick<Bed, "engine" | "recorder">>;

beforeAll(async () => {
  bed = await makeBed([Doc]);
  const client = makeDocumentClient();
  const engine = new Engine({ client, tableName: () => bed.tableName(Doc) });
  ways = { plain: bed, document: { engine, recorder: record(client) } };
});

async function expectStored(id: number, expected: WireItem): Promise<void> {
  const stored = await bed.stored(Doc, { id });
  expect(canonical({ M: stored ?? {} })).toBe(canonical({ M: expected }));
}

async function expectRead(id: number, expected: Values, by = bed.engine): Promise<void> {
  await using session = by.session({ consistent: true });
  const { id: _, ...values } = plain(await session.require(Doc, { id }));
  expect(canonical({ M: itemOf(id, values) })).toBe(canonical({ M: itemOf(id, expected) }));
}

/** What the engine must be able to do with the documents that the properties try. */
const documentsOfAnyName = ["protoNames", "documentEquality"] as const;

const guards: readonly Guard[] = ["changed", "loaded", false];

describeOnLocal(
  "a new object",
  () => {
    property("is stored and read as it was given", [pairs], async ([values]) => {
      const id = ids++;
      await using session = bed.engine.session();
      const doc = makeDoc({ id, ...values });
      session.add(doc);
      await session.flush();
      await expectStored(id, itemOf(id, values));
      await expectRead(id, values);
      expect(session.changes(doc)).toEqual([]);
      bed.recorder.clear();
      await session.flush();
      expect(bed.recorder.operations).toEqual([]);
    });
  },
  documentsOfAnyName,
);

describeOnLocal(
  "a loaded object that is changed in place",
  () => {
    property(
      "leaves exactly its new values in the table, and what the model doesn't know",
      [pairs, fc.constantFrom(...guards), fc.constantFrom("plain" as const, "document" as const)],
      async ([before, after], atomic, way) => {
        const { engine, recorder } = ways[way];
        const id = ids++;
        const [stored, expected] = [itemOf(id, before), itemOf(id, after)];
        await bed.store(Doc, withUnknown(stored, before, after));
        await using session = engine.session({ atomic });
        const doc = await session.require(Doc, { id });
        morph(doc, after, Object.keys(columns));
        recorder.clear();
        await session.flush();
        const isChanged = canonical({ M: stored }) !== canonical({ M: expected });
        expect(recorder.operations).toEqual(isChanged ? ["UpdateItem"] : []);

        await expectStored(id, withUnknown(expected, before, after));
        await expectRead(id, after, engine);
        expect(session.dirty.size).toBe(0);
        recorder.clear();
        await session.flush();
        expect(recorder.operations).toEqual([]);
      },
      { numRuns: 150 },
    );

    property(
      "and changed again is written by what it differs in from the first write",
      [pairs, pairs],
      async ([before, after], [last]) => {
        const id = ids++;
        await bed.store(Doc, withUnknown(itemOf(id, before), before, {}));
        await using session = bed.engine.session();
        const doc = await session.require(Doc, { id });
        for (const values of [after, last, before]) {
          morph(doc, values, Object.keys(columns));
          await session.flush();
          await expectStored(id, withUnknown(itemOf(id, values), before, {}));
        }
      },
      { numRuns: 50 },
    );

    property(
      "and put back as it was sends nothing",
      [pairs],
      async ([before, between]) => {
        const id = ids++;
        await bed.store(Doc, withUnknown(itemOf(id, before), before, before));
        await using session = bed.engine.session();
        const doc = await session.require(Doc, { id });
        bed.recorder.clear();
        morph(doc, between, Object.keys(columns));
        morph(doc, before, Object.keys(columns));
        expect(session.dirty.size).toBe(0);
        expect(await session.commit()).toEqual({ written: [], requests: 0 });
        expect(bed.recorder.operations).toEqual([]);
      },
      { numRuns: 50 },
    );

    property(
      "is as it was after a rollback, and nothing of it is written",
      [pairs],
      async ([before, after]) => {
        const id = ids++;
        await bed.store(Doc, itemOf(id, before));
        await using session = bed.engine.session();
        const doc = await session.require(Doc, { id });
        morph(doc, after, Object.keys(columns));
        await session.rollback();
        const { id: _, ...values } = plain(doc);
        expect(canonical({ M: itemOf(id, values) })).toBe(canonical({ M: itemOf(id, before) }));
        bed.recorder.clear();
        await session.commit();
        expect(bed.recorder.operations).toEqual([]);
      },
      { numRuns: 50 },
    );
  },
  documentsOfAnyName,
);

describeOnLocal(
  "members that a list's maps have beside the declared ones",
  () => {
    class Album extends model("Album", {
      id: t.integer().hashKey(),
      tracks: t.list(
        t.map({ name: t.string(), takes: t.list(t.map({ at: t.integer() })).optional() }),
      ),
      spare: t.list(t.map({ name: t.string() })),
    }) {}
    const key = { id: 1 };
    const track = (name: string, more: WireItem = {}) => ({
      M: { name: { S: name }, isOld: { BOOL: true }, ...more } as WireItem,
    });
    const takes = (...at: number[]) => ({
      takes: {
        L: at.map((each) => ({ M: { at: { N: `${each}` }, by: { S: "ann" } } as WireItem })),
      },
    });

    it("survive changes of the elements, moves, and what follows them", async () => {
      const albums = await makeBed([Album]);
      const tracks = [track("a", takes(1, 2)), track("b"), track("c"), track("d")];
      await albums.store(Album, {
        id: { N: "1" },
        tracks: { L: tracks },
        spare: { L: [track("s")] },
      });
      await using session = albums.engine.session();
      const album = await session.require(Album, key);
      const expectTable = async (tracks: AttributeValue[], spare: AttributeValue[]) => {
        await session.flush();
        const item = { id: { N: "1" }, tracks: { L: tracks }, spare: { L: spare } };
        expect(await albums.stored(Album, key)).toEqual(item);
      };
      const [first] = album.tracks;
      first?.takes?.push({ at: 3 });
      const third = { at: { N: "3" } };
      const [a] = [track("a", { takes: { L: [...takes(1, 2).takes.L, { M: third }] } })];
      await expectTable([a, ...tracks.slice(1)], [track("s")]);

      // Whole elements go to the end of another list, and then to the first one's middle.
      album.spare.push(...album.tracks.splice(1, 1));
      await expectTable([a, track("c"), track("d")], [track("s"), track("b")]);
      album.tracks.splice(1, 0, ...album.spare.splice(1, 1));
      await expectTable([a, track("b"), track("c"), track("d")], [track("s")]);
      // What was written is what the next condition compares with.
      album.tracks.shift();
      await expectTable([track("b"), track("c"), track("d")], [track("s")]);
    });
  },
  documentsOfAnyName,
);

describeOnLocal(
  "in the direct style, a loaded object that is changed in place",
  () => {
    property(
      "leaves exactly its new values in the table, and what the model doesn't know",
      [pairs, fc.boolean()],
      async ([before, after], atomic) => {
        const id = ids++;
        await bed.store(Doc, withUnknown(itemOf(id, before), before, after));
        const doc = Doc.ref({ id });
        await bed.engine.load(doc);
        morph(doc, after, Object.keys(columns));
        await bed.engine.save(doc, { atomic });
        await expectStored(id, withUnknown(itemOf(id, after), before, after));
        bed.recorder.clear();
        await bed.engine.save(doc, { atomic });
        expect(bed.recorder.operations).toEqual([]);
      },
      { numRuns: 50 },
    );
  },
  documentsOfAnyName,
);

describe("one scalar changed among everything else", () => {
  const changes: Readonly<Record<string, unknown>> = {
    text: "other",
    flag: false,
    count: 2,
    ratio: 1.5,
    when: new Date(86_400_000),
    constructor: "other",
    length: 3,
  };
  const full = makeDoc({
    id: 0,
    text: "",
    flag: true,
    count: 1,
    ratio: 0.5,
    when: new Date(0),
    constructor: "a",
    length: 2,
    toString: ["x"],
    meta: { author: "ann" },
  });

  it.each(Object.entries(changes))(
    "%s is one UpdateItem that names it alone",
    async (name, value) => {
      const id = ids++;
      const { id: _, ...values } = plain(full);
      await bed.store(Doc, itemOf(id, values));
      await using session = bed.engine.session();
      const doc = await session.require(Doc, { id });
      bed.recorder.clear();
      Object.assign(doc, { [name]: value });
      await session.commit();
      expect(bed.recorder.requests).toMatchObject([
        {
          operation: "UpdateItem",
          input: {
            UpdateExpression: "SET #n0 = :v0",
            ConditionExpression: "attribute_exists(#n1) AND #n0 = :v1",
            ExpressionAttributeNames: { "#n0": name, "#n1": "id" },
          },
        },
      ]);
      await expectStored(id, itemOf(id, { ...values, [name]: value }));
    },
  );
});
