import { inspect } from "node:util";
import { NumberValue } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differs, diffInstance, isEdited, isUntouched } from "../../../src/model/diff-instance.js";
import { hydrate } from "../../../src/model/hydrate.js";
import type { InstanceState } from "../../../src/model/instance-state.js";
import { restoreSnapshot } from "../../../src/model/restore.js";
import { keyOfStored, type StoredItem } from "../../../src/model/scanned-item.js";
import { property } from "../../support/property.js";
import {
  columns,
  type Doc,
  info,
  key,
  one,
  pages,
  parsed,
  scanned,
  write,
} from "./scanned-answers.js";

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
