import { inspect } from "node:util";
import { model, NumberValue, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differs, diffInstance, isEdited, isUntouched } from "../../../src/model/diff-instance.js";
import { hydrate } from "../../../src/model/hydrate.js";
import type { InstanceState } from "../../../src/model/instance-state.js";
import { infoOf } from "../../../src/model/metadata.js";
import { restoreSnapshot } from "../../../src/model/restore.js";
import {
  keyOfStored,
  type ScannedItem,
  type StoredItem,
  wireOf,
} from "../../../src/model/scanned-item.js";
import type { WireItem } from "../../../src/schema/wire.js";
import { decodeBinary } from "../../../src/session/aws/wire-binary.js";
import { scanOfPages } from "../../../src/session/read/answer-scan.js";
import { isPastTtl } from "../../../src/session/read/expired.js";
import { plainRows } from "../../../src/session/read/plain-row.js";
import { property } from "../../support/property.js";

const Doc = model("Doc", {
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
const info = infoOf(Doc);
const columns = info.table.columns;
const scan = scanOfPages(info);

const decode = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

function scanned(body: Uint8Array) {
  return scan?.(body, decode) as { readonly Items?: readonly StoredItem[] } | undefined;
}

/** The answer as it is read without the scan; throws for what isn't JSON. */
function parsed(body: Uint8Array) {
  const answer = JSON.parse(Buffer.from(body).toString("utf8"));
  decodeBinary(answer, decode);
  return answer as { readonly Items?: readonly WireItem[] };
}

/** All that the library makes of an item. */
function made(item: StoredItem) {
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

function shown(items: readonly StoredItem[]): string {
  return inspect(items.map(made), { depth: null, maxArrayLength: null });
}

/** That both ways to read a body give the same. */
function expectSame(body: Uint8Array): "scanned" | "left to JSON.parse" {
  const answer = scanned(body);
  if (answer === undefined) return "left to JSON.parse";
  const { Items = [], ...others } = parsed(body);
  const { Items: items = [], ...facts } = answer;
  expect(facts).toEqual(others);
  // As text: toEqual takes −0 for 0, and an order for any other.
  expect(shown(items)).toBe(shown(Items));
  return "scanned";
}

const texts = fc.oneof(
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
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
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
const items = fc
  .tuple(texts, numbers, fc.array(fc.tuple(attributes, values), { maxLength: 8 }), fc.boolean())
  .map(([forum, id, others, isLast]): [string, unknown][] => {
    const key: [string, unknown][] = [
      ["forum", { S: forum }],
      ["id", { N: id }],
    ];
    return isLast ? [...others, ...key] : [...key, ...others];
  });

const pages = fc.record({
  items: fc.array(items, { maxLength: 4 }),
  next: fc.option(values, { nil: undefined }),
  isEscaped: fc.boolean(),
});

function write({ items, next, isEscaped }: typeof pages extends fc.Arbitrary<infer P> ? P : never) {
  const written = items.map(
    (item) =>
      `{${item.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
  );
  const key = next === undefined ? "" : `,"LastEvaluatedKey":${JSON.stringify({ forum: next })}`;
  const text = `{"Count":${items.length},"Items":[${written.join()}]${key},"ConsumedCapacity":{"CapacityUnits":0.5}}`;
  // The same in other words, as any server may write it.
  const inAscii = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return Buffer.from(isEscaped ? text.replace(/[\u0080-\uffff/]/g, inAscii) : text);
}

describe("a scanned answer gives the same as JSON.parse", () => {
  property(
    "for whatever items",
    [pages],
    (page) => {
      expectSame(write(page));
    },
    { numRuns: 600 },
  );

  property(
    "for bodies that were cut, changed or doubled anywhere",
    [
      pages,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.oneof(fc.constantFrom(...'{}[],:"\\0 n\u0000\n'), texts),
      fc.nat(3),
    ],
    (page, where, put, cut) => {
      const body = write(page);
      const at = Math.floor(where * body.length);
      const changed = Buffer.concat([
        body.subarray(0, at),
        Buffer.from(put),
        body.subarray(at + cut),
      ]);
      expectSame(changed);
      expectSame(body.subarray(0, at));
      expectSame(Buffer.concat([body, body]));
    },
  );

  property("for bytes that aren't UTF-8", [fc.uint8Array({ maxLength: 6 })], (bytes) => {
    const [head = "", tail = ""] = '{"Items":[{"forum":{"S":"a|"},"id":{"N":"1"}}]}'.split("|");
    expectSame(Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]));
  });
});

const one = (item: object | string) => {
  const text = typeof item === "string" ? item : JSON.stringify(item);
  return Buffer.from(`{"Items":[${text}]}`);
};
const key = { forum: { S: "cats" }, id: { N: "1" } };

describe("a scan", () => {
  it.each<[string, object | string]>([
    ["in the columns' order", { ...key, text: { S: "a" }, flag: { BOOL: true } }],
    ["in another order", { flag: { BOOL: false }, id: { N: "1" }, forum: { S: "cats" } }],
    ["with what the model doesn't know", { ...key, other: { M: { a: { L: [{ NULL: true }] } } } }],
    ["with escapes", '{"forum":{"S":"\\u0063\\n\\""},"id":{"N":"1"},"\\u0074ext":{"S":"x"}}'],
    ["with more than ASCII", { ...key, text: { S: "Café 😀" }, 'é"n': { S: "ü" } }],
    [
      "with an attribute twice",
      '{"forum":{"S":"a"},"id":{"N":"1"},"text":{"S":"b"},"text":{"S":"c"}}',
    ],
    [
      "with types that it leaves to decoding",
      { ...key, raw: { B: "AAE=" }, words: { SS: ["a"] }, any: { NS: ["1"] } },
    ],
    ["with a value that doesn't fit", { ...key, count: { S: "many" } }],
    [
      "with an undeclared member",
      { ...key, meta: { M: { author: { S: "a" }, more: { S: "b" } } } },
    ],
    ["with a member missing", { ...key, meta: { M: {} } }],
    ["with a negative zero", { ...key, count: { N: "-0" } }],
    ["with a fraction", { ...key, ratio: { N: "2.5" } }],
    ["of an empty text", { forum: { S: "" }, id: { N: "0" } }],
  ])("takes an item %s", (_, item) => {
    expect(expectSame(one(item))).toBe("scanned");
  });

  it.each([
    ["spaces", '{"Items": []}'],
    ["null", '{"Items":[],"LastEvaluatedKey":null}'],
    ["a null inside an item", '{"Items":[{"forum":{"S":"a"},"id":{"N":"1"},"text":null}]}'],
    ["what isn't JSON", '{"Items":[{"forum":{"S":"a"},"id":{"N":"1"},"text":{"S":"\\x"}}]}'],
    ["a control sign in a text", '{"Items":[{"forum":{"S":"\t"},"id":{"N":"1"}}]}'],
    ["more behind it", '{"Items":[]}{}'],
    ["no end", '{"Items":[{"forum":{"S":"a'],
    ["an escape at the end", '{"Items":[{"forum":{"S":"a\\'],
    ["nothing", ""],
    ["another answer", "[]"],
    ["a number that JSON doesn't have", '{"Count":01,"Items":[]}'],
    ["JSON of great depth", `{"Items":[{"x":${"[".repeat(200)}${"]".repeat(200)}}]}`],
  ])("leaves a body with %s to JSON.parse", (_, body) => {
    expect(scanned(Buffer.from(body))).toBeUndefined();
  });

  it("gives one string for texts that repeat themselves, and another for others", () => {
    const texts = ["same", "same", "Same", "", "same-but-longer-than-a-few", "same"];
    const written = texts.map((text, at) =>
      JSON.stringify({ forum: { S: text }, id: { N: `${at}` } }),
    );
    const { Items = [] } = scanned(Buffer.from(`{"Items":[${written.join()}]}`)) ?? {};
    expect(Items.map((item) => (item as ScannedItem).flat[0])).toEqual(texts);
  });

  it("knows a key as JSON's objects do", () => {
    const { Items = [] } = scanned(one({ forum: { S: "a" }, id: { N: "10" } })) ?? {};
    const key = keyOfStored(info, Items[0] as StoredItem);
    expect(key.wire).toEqual({ forum: { S: "a" }, id: { N: "10" } });
    expect(() =>
      keyOfStored(info, scanned(one({ forum: { S: "a" } }))?.Items?.[0] as StoredItem),
    ).toThrow("An item of Doc came without its key.");
  });

  it("isn't tried where stored values must be kept, or names need care", () => {
    const Custom = model("Custom", {
      id: t.string().hashKey(),
      own: t.custom({ wire: "S", encode: (value: number) => String(value), decode: Number }),
    });
    const Odd = model("Odd", { id: t.string().hashKey(), toString: t.string().optional() });
    expect(scanOfPages(infoOf(Custom))).toBeUndefined();
    expect(scanOfPages(infoOf(Odd))).toBeUndefined();
  });
});

/** Takes everything out of lists, maps and sets, however deep, and puts something else in. */
function ruin(value: unknown): void {
  if (Array.isArray(value)) {
    for (const element of value) ruin(element);
    value.reverse();
    value.push("ruined");
  } else if (value instanceof Set) {
    value.clear();
    value.add("ruined");
  } else if (value instanceof Uint8Array) {
    value.fill(0xff);
  } else if (value instanceof Date) {
    value.setTime(0);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) ruin(member);
    for (const name of Object.keys(value)) delete (value as Record<string, unknown>)[name];
    (value as Record<string, unknown>)["ruined"] = true;
  }
}

/** Values of columns and their parts, those of other types among them. */
const replacements: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => -0,
  () => Number.NaN,
  () => "z",
  () => [],
  () => [["z"], [1]],
  () => [{ name: "b" }],
  () => ({}),
  () => ({ author: "ann" }),
  () => new Set(),
  () => new Set(["a"]),
  () => new Date(0),
  () => NumberValue.from("1.0"),
  () => new Uint8Array([1]),
];

/** An edit of a column: which of its parts, if it has any, and what is done to that. */
const edits = fc.array(
  fc.record({
    column: fc.constantFrom(
      ...columns.filter(({ type }) => !type.isScalar).map(({ name }) => name),
    ),
    steps: fc.array(fc.nat(3), { maxLength: 3 }),
    put: fc.constantFrom("copy", "reverse", "delete", "add", ...replacements),
  }),
  { minLength: 1, maxLength: 2 },
);
type Edit = typeof edits extends fc.Arbitrary<(infer E)[]> ? E : never;

function change({ instance }: InstanceState, { column, steps, put }: Edit): void {
  let parent: object = instance;
  let name: PropertyKey = column;
  try {
    for (const step of steps) {
      const part: unknown = Reflect.get(parent, name);
      const names = typeof part === "object" && part !== null ? Object.keys(part) : [];
      if (names.length === 0 || part instanceof Uint8Array) break;
      parent = part as object;
      name = names[step % names.length] as string;
    }
    const value: unknown = Reflect.get(parent, name);
    if (put === "delete") Reflect.deleteProperty(parent, name);
    else if (typeof put === "function") Reflect.set(parent, name, put());
    else if (Array.isArray(value)) {
      if (put === "copy") Reflect.set(parent, name, [...value]);
      else if (put === "reverse") value.reverse();
      else value.push(value[0]);
    } else if (value instanceof Set) {
      if (put === "copy") Reflect.set(parent, name, new Set(value));
      else if (put === "reverse") value.clear();
      else value.add("more");
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
      const members = Object.entries(value as object);
      if (put === "copy") Reflect.set(parent, name, Object.fromEntries(members));
      else if (put === "reverse") Reflect.set(parent, name, Object.fromEntries(members.reverse()));
      else Reflect.set(value as object, "more", 1);
    }
  } catch {
    // What can't be read isn't edited.
  }
}

function hasKey(item: StoredItem): boolean {
  try {
    keyOfStored(info, item);
    return true;
  } catch {
    return false;
  }
}

/** What an instance has, and what is known of it. */
function held({ instance, snapshot, gaps, key }: InstanceState) {
  const missing = Array.from(gaps ?? [], ([name, { kind }]) => [name, kind]);
  return [{ ...instance }, { ...snapshot }, missing, key?.id];
}

describe("an object that was read by a scan", () => {
  const whole = one({
    ...key,
    text: { S: "a" },
    count: { N: "1" },
    exact: { N: "1.50" },
    when: { S: "2026-01-01T00:00:00.000Z" },
    raw: { B: "AAE=" },
    words: { SS: ["a", "b"] },
    lines: { L: [{ S: "a" }, { S: "b" }] },
    grid: { L: [{ L: [{ N: "1" }, { N: "2" }] }, { L: [] }, { L: [{ N: "3" }] }] },
    parts: { L: [{ M: { name: { S: "a" }, marks: { SS: ["m"] } } }, { M: { name: { S: "b" } } }] },
    meta: { M: { deep: { M: { n: { N: "1" } } }, author: { S: "ann" } } },
    scores: { M: { a: { N: "1" } } },
    any: { L: [{ M: { b: { N: "1" } } }] },
  });
  const load = (body: Uint8Array) => {
    const { Items = [] } = scanned(body) ?? {};
    return Items.map((item) => hydrate(info, item));
  };
  type Values = {
    -readonly [K in keyof InstanceType<typeof Doc>]-?: NonNullable<InstanceType<typeof Doc>[K]>;
  };
  const loaded = () => {
    const [state] = load(whole);
    if (state === undefined) throw new Error("Nothing was read.");
    return { state, doc: state.instance as Values };
  };

  property("is untouched, whatever it holds", [pages], (page) => {
    for (const state of load(write(page))) {
      // One with a value that doesn't fit, or without its key, isn't kept as it was read.
      if (state.flat === undefined) continue;
      expect(isUntouched(state)).toBe(true);
      expect(differs(state)).toBe(false);
    }
  });

  property("keeps what was read from whatever becomes of it", [pages], (page) => {
    const body = write(page);
    const kept = load(body);
    for (const { instance } of kept) for (const value of Object.values(instance)) ruin(value);
    const text = (states: readonly InstanceState[]) =>
      inspect(
        states.map(({ snapshot }) => ({ ...snapshot })),
        { depth: null },
      );
    expect(text(kept)).toBe(text(load(body)));
  });

  property(
    "and one that JSON.parse read are edited alike, and rolled back alike",
    [
      fc.oneof(fc.constant("whole" as const), pages),
      fc.option(fc.subarray(columns.map(({ name }) => name))),
      edits,
    ],
    (page, some, made) => {
      const body = page === "whole" ? whole : write(page);
      const requested = some === null ? undefined : new Set(some);
      const read = (items: readonly StoredItem[] = []) =>
        items.filter(hasKey).map((item) => hydrate(info, item, requested));
      const kept = scanned(body)?.Items;
      if (kept === undefined) return;
      const others = read(parsed(body).Items);
      for (const [at, state] of read(kept).entries()) {
        const other = others[at] as InstanceState;
        const both = [state, other];
        for (const each of both) for (const edit of made) change(each, edit);
        // It may say no of what is the same: then each column is asked.
        for (const each of both) if (isUntouched(each)) expect(differs(each)).toBe(false);
        expect(isEdited(state)).toBe(isEdited(other));
        const [patches, expected] = both.map((each) =>
          inspect(diffInstance(each), { depth: null }),
        );
        expect(patches).toBe(expected);
        for (const each of both) restoreSnapshot(each);
        expect(inspect(held(state), { depth: null })).toBe(inspect(held(other), { depth: null }));
      }
    },
    { numRuns: 2000 },
  );

  it("is one whose values lie flat until its snapshot is asked for", () => {
    const { state } = loaded();
    expect(state.flat).toBeDefined();
    const { snapshot } = state;
    expect(state.flat).toBeUndefined();
    expect(state.snapshot).toBe(snapshot);
    expect(isUntouched(state)).toBe(true);
  });

  it.each<[string, (doc: Values) => void]>([
    ["a text", (doc) => (doc.text = "b")],
    ["nothing in place of a text", (doc) => Reflect.set(doc, "text", undefined)],
    ["a value in place of nothing", (doc) => (doc.ratio = 1)],
    ["a map in place of nothing", (doc) => Reflect.set(doc, "odd", {})],
    ["an attribute deleted", (doc) => Reflect.deleteProperty(doc, "count")],
    ["another exact number", (doc) => (doc.exact = NumberValue.from("1.51"))],
    ["another time", (doc) => (doc.when = new Date(0))],
    ["a byte", (doc) => doc.raw.fill(7)],
    ["a member of a set", (doc) => doc.words.add("c")],
    ["an element", (doc) => (doc.lines[1] = "c")],
    ["an element more", (doc) => doc.lines.push("c")],
    ["an element less", (doc) => doc.lines.pop()],
    ["a hole in a list", (doc) => Reflect.deleteProperty(doc.lines, "0")],
    ["a list that isn't one", (doc) => Reflect.set(doc, "lines", { 0: "a", 1: "b", length: 2 })],
    ["an element of an inner list", (doc) => ((doc.grid[2] as number[])[0] = 4)],
    ["an inner list more", (doc) => doc.grid.push([])],
    ["inner lists in another order", (doc) => doc.grid.reverse()],
    ["a member of a map in a list", (doc) => Reflect.set(doc.parts[1] as object, "name", "c")],
    ["a set in a map in a list", (doc) => doc.parts[0]?.marks?.clear()],
    ["a map less in a list", (doc) => doc.parts.pop()],
    ["a member of a map", (doc) => Reflect.set(doc.meta, "author", "bob")],
    ["a member more", (doc) => Reflect.set(doc.meta, "at", new Date(0))],
    ["a member less", (doc) => Reflect.deleteProperty(doc.meta, "deep")],
    ["a member that isn't declared", (doc) => Reflect.set(doc.meta, "other", 1)],
    ["a member of an inner map", (doc) => Reflect.set(doc.meta.deep as object, "n", 2)],
    ["nothing in place of a map", (doc) => Reflect.set(doc, "meta", undefined)],
    ["a text in place of a map", (doc) => Reflect.set(doc, "meta", "ann")],
    ["a member of a record", (doc) => Reflect.set(doc.scores, "b", 1)],
    ["any document", (doc) => Reflect.set((doc.any as object[])[0] as object, "b", 2)],
    [
      "a value that can't be read",
      (doc) => (doc.meta = new Proxy(doc.meta, { getPrototypeOf: fail })),
    ],
  ])("is touched by %s", (_, edit) => {
    const { state, doc } = loaded();
    expect(isUntouched(state)).toBe(true);
    edit(doc);
    expect(isUntouched(state)).toBe(false);
    expect(isEdited(state)).toBe(true);
  });

  it.each<[string, (doc: Values) => void]>([
    ["members in another order", (doc) => (doc.meta = { author: "ann", deep: { n: 1 } })],
    ["a member that is nothing", (doc) => Reflect.set(doc.meta, "at", undefined)],
    [
      "equal values",
      (doc) => Object.assign(doc, structuredClone({ grid: doc.grid, meta: doc.meta })),
    ],
  ])("isn't edited by %s", (_, edit) => {
    const { state, doc } = loaded();
    edit(doc);
    expect(isEdited(state)).toBe(false);
  });
});

function fail(): never {
  throw new Error("This can't be read.");
}
