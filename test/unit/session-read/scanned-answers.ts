import { inspect } from "node:util";
import { model, t } from "dynalchemy";
import fc from "fast-check";
import { expect } from "vitest";
import { hydrate } from "../../../src/model/hydrate.js";
import { infoOf, type ModelInfo } from "../../../src/model/metadata.js";
import { type StoredItem, wireOf } from "../../../src/model/scanned-item.js";
import type { WireItem } from "../../../src/schema/wire.js";
import { decodeBinary } from "../../../src/session/aws/wire-binary.js";
import { scanOfPages } from "../../../src/session/read/answer-scan.js";
import { isPastTtl } from "../../../src/session/read/expired.js";
import { plainRows } from "../../../src/session/read/plain-row.js";

export const Doc = model("Doc", {
  forum: t.string().hashKey(),
  id: t.integer().rangeKey(),
  text: t.string().optional(),
  renamed: t.string().as('é"n').optional(),
  state: t.enum("", "draft", "open").optional(),
  count: t.integer().optional(),
  ratio: t.number().optional(),
  big: t.bigint().optional(),
  exact: t.decimal().optional(),
  flag: t.boolean().optional(),
  when: t.datetime().optional(),
  expires: t.timestamp().optional().ttl(),
  raw: t.binary().optional(),
  words: t.set(t.string()),
  lines: t.list(t.string()).optional(),
  grid: t.list(t.list(t.integer())).optional(),
  parts: t.list(t.map({ name: t.string(), marks: t.set(t.string()).optional() })).optional(),
  meta: t
    .map({
      author: t.string(),
      at: t.datetime().optional(),
      deep: t.map({ n: t.number() }).optional(),
    })
    .optional(),
  odd: t.map({ constructor: t.integer().optional() }).optional(),
  scores: t.record(t.integer()).optional(),
  any: t.any().optional(),
});
export const info = infoOf(Doc);
export const columns = info.table.columns;
const scan = scanOfPages(info);

export const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

export function scanned(body: Uint8Array) {
  return scan?.(body, decode) as { readonly Items?: readonly StoredItem[] } | undefined;
}

/** The answer as it is read without the scan; throws for what isn't JSON. */
export function parsed(body: Uint8Array) {
  const answer = JSON.parse(Buffer.from(body).toString("utf8"));
  decodeBinary(answer, decode);
  return answer as { readonly Items?: readonly WireItem[] };
}

/** All that the library makes of an item. */
function made(info: ModelInfo, item: StoredItem) {
  const { columns } = info.table;
  const thrown = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return `${error}`;
    }
  };
  return thrown(() => {
    const { instance, snapshot, gaps, wires, key } = hydrate(info, item);
    const row = plainRows(info, columns)(item);
    return {
      values: { ...instance },
      snapshot: { ...snapshot },
      gaps: [...(gaps ?? [])].map(([name, gap]) => [name, gap.kind]),
      wires,
      key: [key?.id, key?.values],
      row: { ...row },
      hidden: columns.map(({ name }) => thrown(() => typeof row[name])),
      isPast: isPastTtl(info, item),
      wire: Object.entries(wireOf(item)),
    };
  });
}

export function shown(items: readonly StoredItem[], of: ModelInfo = info): string {
  return inspect(
    items.map((item) => made(of, item)),
    { depth: null, maxArrayLength: null },
  );
}

/** That both ways to read a body give the same. */
export function expectSame(body: Uint8Array): "scanned" | "left to JSON.parse" {
  const answer = scanned(body);
  if (answer === undefined) return "left to JSON.parse";
  const { Items = [], ...others } = parsed(body);
  const { Items: items = [], ...facts } = answer;
  expect(facts).toEqual(others);
  // As text: toEqual takes −0 for 0, and an order for any other.
  expect(shown(items)).toBe(shown(Items));
  return "scanned";
}

export const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "draft",
    "open",
    '"',
    "\\",
    "\n",
    "null",
    "cats",
    "é",
    "😀",
    "2026-01-01T00:00:00.000Z",
    "2026-01-01",
  ),
);
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    "0",
    "-0",
    "00",
    "1.0",
    "1E+2",
    "-",
    "",
    "12345678901234567890",
    "0.1",
    "-0.5",
    "2.50",
    "0.0",
    "00.5",
    "1.",
    ".5",
    "1.2.3",
    "0.00000000000001",
    "12345678901234.5",
    "123456789012345.6",
    "007",
    "-5",
    " 1",
  ),
);
const base64 = fc
  .uint8Array({ maxLength: 6 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const names = fc.oneof(
  fc.constantFrom("name", "marks", "author", "at", "deep", "n", "constructor", "__proto__", "x"),
  fc.string({ maxLength: 3 }),
);

/** Any stored value; `null`, where the service never writes one, is another matter. */
export const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ S: texts }),
    fc.record({ N: numbers }),
    fc.record({ B: base64 }),
    fc.record({ BOOL: fc.boolean() }),
    fc.constant({ NULL: true }),
    fc.record({ SS: fc.array(texts, { minLength: 1, maxLength: 3 }) }),
    fc.record({ NS: fc.array(numbers, { minLength: 1, maxLength: 3 }) }),
    fc.record({ BS: fc.array(base64, { minLength: 1, maxLength: 3 }) }),
    fc.record({ L: fc.array(tie("value"), { maxLength: 3 }) }),
    fc.record({
      M: fc.array(fc.tuple(names, tie("value")), { maxLength: 3 }).map(Object.fromEntries),
    }),
    fc.constant({ M: { author: { S: "ann" }, deep: { M: { n: { N: "1.50" } } } } }),
    fc.constant({ L: [{ L: [{ N: "1" }, { N: "2" }] }, { L: [] }] }),
    fc.constant({
      L: [{ M: { marks: { SS: ["a"] }, name: { S: "b" } } }, { M: { name: { S: "" } } }],
    }),
  ),
}));

const attributes = fc.oneof(
  fc.constantFrom(...columns.map(({ attribute }) => attribute)),
  fc.constantFrom("unknown", "__proto__", "constructor"),
);

/** An item as a list, in its order, so that names may come twice. */
export const items = fc
  .tuple(texts, numbers, fc.array(fc.tuple(attributes, values), { maxLength: 8 }), fc.boolean())
  .map(([forum, id, others, isLast]): [string, unknown][] => {
    const key: [string, unknown][] = [
      ["forum", { S: forum }],
      ["id", { N: id }],
    ];
    return isLast ? [...others, ...key] : [...key, ...others];
  });

export const pages = fc.record({
  items: fc.array(items, { maxLength: 4 }),
  next: fc.option(values, { nil: undefined }),
  isEscaped: fc.boolean(),
});

export function writeItems(items: readonly (readonly [string, unknown][])[]): string {
  const written = items.map(
    (item) =>
      `{${item.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
  );
  return `[${written.join()}]`;
}

/** The text, or the same in other words, as any server may write it. */
export function bytesOf(text: string, isEscaped: boolean): Buffer {
  const inAscii = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return Buffer.from(isEscaped ? text.replace(/[\u0080-\uffff/]/g, inAscii) : text);
}

export function write({
  items,
  next,
  isEscaped,
}: typeof pages extends fc.Arbitrary<infer P> ? P : never) {
  const key = next === undefined ? "" : `,"LastEvaluatedKey":${JSON.stringify({ forum: next })}`;
  const text = `{"Count":${items.length},"Items":${writeItems(items)}${key},"ConsumedCapacity":{"CapacityUnits":0.5}}`;
  return bytesOf(text, isEscaped);
}

export const one = (item: object | string) => {
  const text = typeof item === "string" ? item : JSON.stringify(item);
  return Buffer.from(`{"Items":[${text}]}`);
};
export const key = { forum: { S: "cats" }, id: { N: "1" } };
