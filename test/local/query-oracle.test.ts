import {
  and,
  type Condition,
  type Engine,
  globalIndex,
  localIndex,
  model,
  not,
  or,
  t,
} from "dynalchemy";
import fc from "fast-check";
import { beforeAll, describe, expect } from "vitest";
import { infoOf } from "../../src/model/metadata.js";
import { encodeItem } from "../../src/schema/item-codec.js";
import type { WireItem } from "../../src/schema/wire.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { meets, order } from "../support/oracle.js";
import { fcOptions, property } from "../support/property.js";
import { makeBed } from "../support/test-bed.js";

class Thing extends model(
  "Thing",
  {
    hash: t.string().hashKey(),
    range: t.integer().rangeKey(),
    text: t.string().optional().as("t"),
    other: t.string().optional(),
    size: t.number().optional(),
    likes: t.integer().optional(),
    bytes: t.binary().optional(),
    moreBytes: t.binary().optional(),
    pieces: t.set(t.binary()).optional(),
    isOpen: t.boolean().optional(),
    tags: t.set(t.string()).optional(),
    marks: t.set(t.number()).optional(),
    meta: t.map({ author: t.string().optional(), refs: t.list(t.string()).optional() }).optional(),
    any: t.any().optional(),
  },
  {
    indexes: {
      byText: globalIndex({ hashKey: "text", rangeKey: "likes" }),
      bySize: localIndex({ rangeKey: "size" }),
      byBytes: localIndex({ rangeKey: "bytes" }),
    },
  },
) {}

/** Few values, so that conditions meet them often; odd ones among them. */
const texts = fc.constantFrom(
  "a",
  "ab",
  "b",
  "B",
  "ä",
  "size",
  "a.b",
  "__proto__",
  "\u{1F600}",
  "",
);
const keyTexts = fc.constantFrom("a", "ab", "b", "ä");
const numbers = fc.constantFrom(-1.5, -1, 0, 0.1, 1, 2, 10, 1e20, 1e-7);
const integers = fc.constantFrom(-1, 0, 1, 2, 10);
const bytes = fc
  .constantFrom("", "a", "ab", "ba", "bab", "\x7f", "\xff", "\xff\x00", "\x00")
  .map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
const someBytes = bytes.filter((each) => each.length > 0);
const anything = fc.oneof(
  texts,
  numbers,
  fc.boolean(),
  fc.constant(null),
  bytes,
  fc.array(fc.oneof(texts, numbers), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom("a", "b", "__proto__"), texts, {
    maxKeys: 2,
    noNullPrototype: true,
  }),
);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const rows = fc.record({
  hash: fc.constantFrom("x", "y"),
  text: optional(keyTexts),
  other: optional(texts),
  size: optional(numbers),
  likes: optional(integers),
  // A key of an index, which has none that is empty.
  bytes: optional(someBytes),
  moreBytes: optional(bytes),
  pieces: optional(
    fc
      .uniqueArray(bytes, { minLength: 1, maxLength: 3, selector: String })
      .map((each) => new Set(each)),
  ),
  isOpen: optional(fc.boolean()),
  tags: optional(
    fc.uniqueArray(texts, { minLength: 1, maxLength: 3 }).map((each) => new Set(each)),
  ),
  marks: optional(
    fc.uniqueArray(numbers, { minLength: 1, maxLength: 3 }).map((each) => new Set(each)),
  ),
  meta: optional(
    fc.record({ author: texts, refs: fc.array(texts, { maxLength: 2 }) }, { requiredKeys: [] }),
  ),
  any: optional(anything),
});

const ordered = <T>(values: fc.Arbitrary<T>, isLess: (a: T, b: T) => boolean) =>
  fc.tuple(values, values).map(([a, b]): [T, T] => (isLess(b, a) ? [b, a] : [a, b]));
const byteBounds = ordered(bytes, (a, b) => Buffer.compare(a, b) < 0);
const textBounds = ordered(texts, (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0);
const numberBounds = ordered(numbers, (a, b) => a < b);
const types = fc.constantFrom("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M");

const { c } = Thing;
const anyTests: fc.Arbitrary<Condition>[] = Object.values(c).flatMap((path) => [
  fc.constant(path.exists()),
  fc.constant(path.missing()),
  types.map((type) => path.isType(type)),
]);
const textTests = [
  c.text,
  c.other,
  c.meta.at("author"),
  c.meta.at("refs").at(0),
  c.meta.at("refs").at(1),
].flatMap((path): fc.Arbitrary<Condition>[] => [
  texts.map((text) => path.eq(text)),
  texts.map((text) => path.ne(text)),
  texts.map((text) => path.lt(text)),
  texts.map((text) => path.lte(text)),
  texts.map((text) => path.gt(text)),
  texts.map((text) => path.gte(text)),
  textBounds.map(([low, high]) => path.between(low, high)),
  fc.array(texts, { minLength: 1, maxLength: 4 }).map((options) => path.in(options)),
  texts.filter((text) => text !== "").map((text) => path.beginsWith(text)),
  texts.filter((text) => text !== "").map((text) => path.contains(text)),
  integers.map((n) => path.size().gte(n)),
  ...[c.other, c.text]
    .filter((operand) => operand !== path)
    .flatMap((operand) => [
      path.eq(operand),
      path.lt(operand),
      path.contains(operand),
      path.beginsWith(operand),
      path.in("a", operand),
      path.between("a", operand),
      path.between(operand, "b"),
      path.between(operand, operand),
      path.size().lte(operand.size()),
    ])
    .map((comparison) => fc.constant(comparison)),
  ...[c.size, c.likes].flatMap((operand) => [
    fc.constant(path.size().eq(operand)),
    fc.constant(operand.gt(path.size())),
    integers.map((n) => path.size().in(operand, n)),
    integers.map((n) => path.size().between(operand, n)),
    integers.map((n) => operand.between(n, path.size())),
    integers.map((n) => operand.in(path.size(), n)),
  ]),
  integers.map((n) => path.size().in(n, n + 1)),
  integers.map((n) => path.size().between(n, n + 1)),
]);
const numberTests = [c.size, c.likes].flatMap((path): fc.Arbitrary<Condition>[] => {
  const values = path === c.likes ? integers : numbers;
  return [
    values.map((n) => path.eq(n)),
    values.map((n) => path.ne(n)),
    values.map((n) => path.lt(n)),
    values.map((n) => path.lte(n)),
    values.map((n) => path.gt(n)),
    values.map((n) => path.gte(n)),
    fc.array(values, { minLength: 1, maxLength: 4 }).map((options) => path.in(options)),
    ...[c.size, c.likes]
      .filter((operand) => operand !== path)
      .flatMap((operand) => [
        fc.constant(path.gt(operand)),
        fc.constant(path.ne(operand)),
        integers.map((n) => path.between(operand, n)),
        integers.map((n) => path.between(n, operand)),
        integers.map((n) => path.in(n, operand)),
      ]),
  ];
});
const binaryTests = [c.bytes, c.moreBytes].flatMap((path): fc.Arbitrary<Condition>[] => {
  const operand = path === c.bytes ? c.moreBytes : c.bytes;
  return [
    bytes.map((each) => path.eq(each)),
    bytes.map((each) => path.ne(each)),
    bytes.map((each) => path.lt(each)),
    bytes.map((each) => path.lte(each)),
    bytes.map((each) => path.gt(each)),
    bytes.map((each) => path.gte(each)),
    byteBounds.map(([low, high]) => path.between(low, high)),
    fc.array(bytes, { minLength: 1, maxLength: 4 }).map((options) => path.in(options)),
    someBytes.map((each) => path.beginsWith(each)),
    integers.map((n) => path.size().eq(n)),
    bytes.map((each) => path.between(each, operand)),
    bytes.map((each) => path.in(each, operand)),
    fc.constant(path.lt(operand)),
    fc.constant(path.beginsWith(operand)),
    fc.constant(path.size().gte(operand.size())),
  ];
});
const otherTests: fc.Arbitrary<Condition>[] = [
  numberBounds.map(([low, high]) => c.size.between(low, high)),
  someBytes.map((each) => c.any.contains(each)),
  someBytes.map((each) => c.any.beginsWith(each)),
  bytes.map((each) => c.pieces.contains(each)),
  integers.map((n) => c.pieces.size().lt(n)),
  fc.constant(c.pieces.contains(c.moreBytes)),
  fc.boolean().map((is) => c.isOpen.eq(is)),
  fc.boolean().map((is) => c.isOpen.ne(is)),
  texts.map((text) => c.tags.contains(text)),
  fc.uniqueArray(texts, { minLength: 1, maxLength: 3 }).map((each) => c.tags.eq(new Set(each))),
  integers.map((n) => c.tags.size().gt(n)),
  numbers.map((n) => c.marks.contains(n)),
  integers.map((n) => c.marks.size().lte(n)),
  texts.map((text) => c.meta.at("refs").contains(text)),
  fc.array(texts, { maxLength: 2 }).map((refs) => c.meta.at("refs").eq(refs)),
  integers.map((n) => c.meta.size().eq(n)),
  anything.filter((value) => value !== null).map((value) => c.any.eq(value)),
  anything.filter((value) => value !== null).map((value) => c.any.ne(value)),
  texts.map((text) => c.any.at("a").eq(text)),
  texts.map((text) => c.any.at("__proto__").eq(text)),
  texts.map((text) => c.any.contains(text)),
  numbers.map((n) => c.any.at(0).lt(n)),
  integers.map((n) => c.any.size().gte(n)),
];

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: "medium" },
    ...[...anyTests, ...textTests, ...numberTests, ...binaryTests, ...otherTests],
    {
      weight: 40,
      arbitrary: fc
        .array(tie("condition"), { minLength: 1, maxLength: 3 })
        .map((all) => and(...all)),
    },
    {
      weight: 40,
      arbitrary: fc
        .array(tie("condition"), { minLength: 1, maxLength: 3 })
        .map((all) => or(...all)),
    },
    { weight: 20, arbitrary: tie("condition").map((one) => not(one)) },
  ),
}));

/** Other items in each round: what few of them have in common is found in one or another. */
const rounds = [1, 2, 3, 4];

describeOnLocal("a filter finds what plain JavaScript finds", () => {
  describe.each(rounds)("among the items of round %i", (round) => {
    let engine: Engine;
    const items: WireItem[] = [];

    beforeAll(async () => {
      const bed = await makeBed([Thing]);
      engine = bed.engine;
      const { seed = 1 } = fcOptions();
      const sample = fc.sample(rows, { seed: seed + round, numRuns: 100 });
      const { table } = infoOf(Thing);
      for (const [range, row] of sample.entries()) {
        const values: Record<string, unknown> = { ...row, range };
        items.push(encodeItem(table, ({ name }) => values[name]));
      }
      await Promise.all(items.map((item) => bed.store(Thing, item)));
    });

    const rangesOf = (found: Iterable<{ readonly range: number }>) =>
      Array.from(found, ({ range }) => range).sort((a, b) => a - b);
    const rangeOf = (item: WireItem) => Number((item["range"] as { N: string }).N);
    const expected = (isIn: (item: WireItem) => boolean) =>
      items
        .filter(isIn)
        .map(rangeOf)
        .sort((a, b) => a - b);
    const itemAt = (at: number) => items.find((item) => rangeOf(item) === at);
    /** Items with one key of an index have no order among themselves. */
    const isOrdered = (
      found: readonly { readonly range: number }[],
      attribute: string,
      isDescending: boolean,
    ) =>
      found.every(({ range }, at) => {
        const before = found[at - 1];
        if (before === undefined) return true;
        const sign = order(itemAt(before.range)?.[attribute], itemAt(range)?.[attribute]);
        return sign === 0 || sign === (isDescending ? 1 : -1);
      });

    property(
      "in a scan of the table",
      [condition],
      async (filter) => {
        const found = await engine.scan(Thing).filter(filter).all();
        expect(rangesOf(found), String(filter)).toEqual(
          expected((item) => meets(filter.node, item)),
        );
      },
      { numRuns: 250 },
    );

    property(
      "in a query of a partition, two local indexes and a global one, in their order",
      [condition, fc.constantFrom("x", "y"), integers, someBytes, fc.boolean()],
      async (filter, hash, bound, byteBound, isDescending) => {
        const names = filterNames(filter);
        const places = [
          {
            query: engine.query(Thing),
            key: Thing.hash.eq(hash).and(Thing.range.gte(bound * 10)),
            columns: ["hash", "range"],
          },
          {
            query: engine.query(Thing).index("bySize"),
            key: Thing.hash.eq(hash).and(Thing.size.lte(bound)),
            columns: ["hash", "size"],
          },
          {
            query: engine.query(Thing).index("byBytes"),
            key: Thing.hash.eq(hash).and(Thing.bytes.gte(byteBound)),
            columns: ["hash", "bytes"],
          },
          {
            query: engine.query(Thing).index("byText"),
            key: Thing.text.eq("a").and(Thing.likes.gt(bound)),
            columns: ["text", "likes"],
          },
        ];
        for (const { query, key, columns } of places) {
          if (columns.some((name) => names.has(name))) continue;
          const turned = isDescending ? query.descending() : query;
          const found = await turned.key(key).filter(filter).pageSize(7).all();
          expect(rangesOf(found), `${key}; ${filter}`).toEqual(
            expected((item) => meets(key.node, item) && meets(filter.node, item)),
          );
          expect(isOrdered(found, columns[1] as string, isDescending), `${key}`).toBe(true);
        }
      },
      { numRuns: 60 },
    );
  });
}, ["protoNames", "documentEquality"]);

/** The columns that a condition names. */
function filterNames({ node }: Condition): Set<string> {
  const names = new Set<string>();
  JSON.stringify(node, (name, value: unknown) => {
    if (name === "column") names.add(String(value));
    return value;
  });
  return names;
}
