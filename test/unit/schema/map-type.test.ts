import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carriedBy } from "../../../src/schema/carried.js";
import { InvalidModel } from "../../../src/schema/errors.js";
import { Misfit } from "../../../src/schema/misfit.js";
import { t } from "../../../src/schema/types.js";
import type { AttributeValue } from "../../../src/schema/wire.js";
import { property } from "../../support/property.js";
import { names, objectOf } from "./documents.js";
import { thrownBy } from "./thrown-by.js";
import { typeOf } from "./type-of.js";

const meta = typeOf(
  t.map({
    author: t.string(),
    age: t.integer().optional(),
    refs: t.list(t.map({ url: t.string() })),
  }),
);

describe("a map with declared members", () => {
  const value = { author: "ann", refs: [{ url: "x" }] };
  const wire: AttributeValue = {
    M: { author: { S: "ann" }, refs: { L: [{ M: { url: { S: "x" } } }] } },
  };

  it("is stored member by member", () => {
    expect(meta.encode(value)).toEqual(wire);
    expect(meta.encode({ ...value, age: 3 })).toEqual({
      M: { ...(wire as { M: object }).M, age: { N: "3" } },
    });
    expect(meta.decode(wire)).toEqual(value);
    expect("age" in meta.decode(wire)).toBe(false);
  });

  it("knows its members", () => {
    expect(meta.member?.("author")).toMatchObject({ isRequired: true, type: { name: "string" } });
    expect(meta.member?.("age")).toMatchObject({ isRequired: false });
    expect(meta.member?.("constructor")).toBeUndefined();
  });

  it.each<[string, unknown, (string | number)[]]>([
    ["a missing member", { author: "ann" }, ["refs"]],
    ["a member of another type", { ...value, age: "3" }, ["age"]],
    ["null for a member", { ...value, age: null }, ["age"]],
    ["an undeclared member", { ...value, other: 1 }, ["other"]],
    [
      "an undeclared member deep inside",
      { ...value, refs: [{ url: "x", title: "y" }] },
      ["refs", 0, "title"],
    ],
    ["an inherited name as a member", { ...value, constructor: 1 }, ["constructor"]],
    ["a list", [], []],
    ["a Map", new Map(), []],
    [
      "an instance of a class",
      new (class {
        author = "ann";
        refs = [];
      })(),
      [],
    ],
    ["null", null, []],
  ])("refuses %s, saying where", (_, refused, path) => {
    const error = thrownBy(() => meta.encode(refused as never));
    expect(error).toBeInstanceOf(Misfit);
    expect(error).toMatchObject({ path });
    expect(meta.equals(refused as never, value)).toBe(false);
    expect(meta.equals(value, refused as never)).toBe(false);
    expect(() => meta.encode(meta.copy(refused as never))).toThrow(Misfit);
  });

  it("takes undefined for no member at all", () => {
    expect(meta.encode({ ...value, age: undefined, other: undefined } as never)).toEqual(wire);
    expect(meta.equals({ ...value, age: undefined, other: undefined } as never, value)).toBe(true);
  });

  it("doesn't read one that lacks what is required, saying what", () => {
    const error = thrownBy(() => meta.decode({ M: { author: { S: "ann" } } }));
    expect(error).toMatchObject({ path: ["refs"], message: /required/ });
    expect(() => meta.decode({ L: [] })).toThrow(/map in the table/);
    expect(
      thrownBy(() => meta.decode({ M: { author: { NULL: true }, refs: { L: [] } } })),
    ).toMatchObject({ path: ["author"] });
    const deep = { M: { author: { S: "a" }, refs: { L: [{ M: { url: { N: "1" } } }] } } };
    expect(thrownBy(() => meta.decode(deep))).toMatchObject({ path: ["refs", 0, "url"] });
  });

  it("reads a required set that was emptied, and so isn't there", () => {
    const type = t.map({ tags: t.set(t.string()), more: t.set(t.string()).optional() }).settings
      .type;
    expect(type.encode({ tags: new Set() } as never)).toEqual({ M: {} });
    expect(type.decode({ M: {} })).toEqual({ tags: new Set() });
    expect(
      type.equals({ tags: new Set() } as never, { tags: new Set(), more: new Set() } as never),
    ).toBe(true);
  });

  it("asks the validators of its members, and of its elements", () => {
    const type = t.map({ age: t.integer().validate((age) => age >= 0 || "too young") }).settings
      .type;
    expect(thrownBy(() => type.encode({ age: -1 }))).toMatchObject({
      path: ["age"],
      message: "too young",
    });
    expect(type.encode({ age: 1 })).toEqual({ M: { age: { N: "1" } } });
    const list = typeOf(t.list(t.string().validate((text) => text !== "")));
    expect(thrownBy(() => list.encode(["a", ""]))).toMatchObject({ path: [1] });
    const set = typeOf(t.set(t.string().validate((text) => text !== "")));
    expect(() => set.encode(new Set([""]))).toThrow(Misfit);
  });

  it("has own members whatever their names", () => {
    const type = typeOf(t.map({ ["__proto__"]: t.string(), constructor: t.integer().optional() }));
    const data = objectOf([["__proto__", "x"]]);
    const read = type.decode(type.encode(data as never) as AttributeValue);
    expect(Object.entries(read)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(type.equals(read, type.copy(read))).toBe(true);
    expect(() => type.encode({} as never)).toThrow(/required/);
  });
});

describe("stored members that a map doesn't declare", () => {
  const stored = {
    M: {
      author: { S: "ann" },
      refs: { L: [{ M: { url: { S: "x" }, title: { S: "T" } } }] },
      ["__proto__"]: { N: "1" },
      legacy: { M: { a: { NULL: true } } },
    },
  } satisfies AttributeValue;

  it("survive when the map is written as a whole", () => {
    expect(meta.encode(meta.decode(stored))).toEqual(stored);
  });

  it("survive copies, and changes of the declared ones", () => {
    const copy = meta.copy(meta.copy(meta.decode(stored)));
    copy.author = "bob";
    expect(meta.encode(copy)).toEqual({ M: { ...stored.M, author: { S: "bob" } } });
  });

  it("aren't seen", () => {
    const read = meta.decode(stored);
    expect(Object.keys(read)).toEqual(["author", "refs"]);
    expect(JSON.stringify(read)).toBe('{"author":"ann","refs":[{"url":"x"}]}');
    expect(read).toEqual({ author: "ann", refs: [{ url: "x" }] });
    expect(meta.equals(read, { author: "ann", refs: [{ url: "x" }] })).toBe(true);
    expect(Object.keys(carriedBy(read) ?? {})).toEqual(["__proto__", "legacy"]);
    expect(carriedBy({})).toBeUndefined();
  });
});

describe("an open map", () => {
  const counts = typeOf(t.record(t.integer()));

  property(
    "survives, whatever its names",
    [fc.array(fc.tuple(names, fc.maxSafeInteger()))],
    (entries) => {
      const value = objectOf(entries);
      const read = counts.decode(counts.encode(value) as AttributeValue);
      expect(Object.entries(read)).toEqual(Object.entries(value));
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
      expect(counts.equals(value, read)).toBe(true);
      expect(Object.entries(counts.copy(value))).toEqual(Object.entries(value));
    },
  );

  it("is equal whatever the order of its members", () => {
    expect(counts.equals({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(counts.equals({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(counts.equals({ a: 1, b: 2 }, { a: 1 })).toBe(false);
    expect(counts.equals({ a: 1 }, { b: 1 })).toBe(false);
    expect(counts.equals({ a: 1, b: undefined } as never, { a: 1 })).toBe(true);
    expect(counts.equals({}, objectOf([["__proto__", 1]]))).toBe(false);
    expect(counts.equals(objectOf([["constructor", 1]]), {})).toBe(false);
  });

  it("has any member, none of them required", () => {
    expect(counts.member?.("whatever")).toMatchObject({
      isRequired: false,
      type: { name: "integer" },
    });
    expect(counts.name).toBe("record(integer)");
  });

  it("refuses members of another type, saying where", () => {
    expect(thrownBy(() => counts.encode({ a: 1, b: 1.5 }))).toMatchObject({ path: ["b"] });
    expect(thrownBy(() => counts.decode({ M: { a: { S: "1" } } }))).toMatchObject({ path: ["a"] });
    expect(() => counts.encode({ "": 1 })).toThrow(Misfit);
    expect(() => counts.encode([] as never)).toThrow(Misfit);
    expect(counts.encode({ a: undefined } as never)).toEqual({ M: {} });
  });
});

describe("a type inside another", () => {
  it.each([
    ["hashKey", t.string().hashKey()],
    ["rangeKey", t.string().rangeKey()],
    ["as", t.string().as("x")],
    ["default", t.string().default("x")],
    ["default", t.string().default(() => "x")],
    ["onUpdate", t.string().onUpdate(() => "x")],
    ["ttl", t.timestamp().ttl()],
    ["version", t.version()],
  ])("can't have .%s()", (modifier, wrong) => {
    const column = wrong as never;
    for (const declare of [
      () => t.map({ a: column }),
      () => t.list(column),
      () => t.record(column),
      () => t.set(column),
    ]) {
      expect(declare).toThrow(InvalidModel);
      expect(declare).toThrow(new RegExp(modifier));
    }
  });

  it("is optional as a member only", () => {
    expect(() => t.map({ a: t.string().optional() })).not.toThrow();
    for (const declare of [t.list, t.record, t.set]) {
      expect(() => declare(t.string().optional() as never)).toThrow(/optional/);
    }
  });

  it.each([undefined, null, "string", t.string, {}])("is a type, not %o", (wrong) => {
    expect(() => t.list(wrong as never)).toThrow(InvalidModel);
    expect(() => t.set(wrong as never)).toThrow(InvalidModel);
    expect(() => t.record(wrong as never)).toThrow(InvalidModel);
    expect(() => t.map({ a: wrong as never })).toThrow(InvalidModel);
  });

  it("has a name as a member", () => {
    expect(() => t.map({ "": t.string() })).toThrow(InvalidModel);
  });
});
