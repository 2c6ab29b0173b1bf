import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";
import type { Column } from "../../src/schema/column.js";
import { globalIndex, type IndexDeclarations, localIndex } from "../../src/schema/index-spec.js";
import type { HashName, KeyInput, NewValues, RangeName, Row } from "../../src/schema/infer.js";
import type { NumberValue } from "../../src/schema/number-value.js";
import { t } from "../../src/schema/types.js";

class Money {
  constructor(readonly cents: number) {}
}

const user = {
  id: t.uuid().hashKey(),
  views: t.integer().default(0),
  content: t.string().optional(),
};

const post = {
  forum: t.string().hashKey(),
  id: t
    .uuid()
    .rangeKey()
    .default(() => "x"),
  required: t.boolean(),
  optionalWithDefault: t.string().optional().default("x"),
  defaultAndOptional: t.string().default("x").optional(),
  renamed: t.string().as("r"),
  stamped: t.datetime().onUpdate(() => new Date()),
  expires: t.timestamp().ttl().optional(),
  checked: t.integer().validate((value) => value > 0),
  version: t.version(),
};

type Values = {
  [N in keyof typeof ofEachType]: Row<typeof ofEachType>[N];
};

const ofEachType = {
  key: t.string().hashKey(),
  uuid: t.uuid(),
  boolean: t.boolean(),
  integer: t.integer(),
  number: t.number(),
  bigint: t.bigint(),
  decimal: t.decimal(),
  datetime: t.datetime(),
  timestamp: t.timestamp(),
  binary: t.binary(),
  enum: t.enum("draft", "shown"),
  set: t.set(t.enum("x", "y")),
  list: t.list(t.list(t.integer())),
  record: t.record(t.set(t.bigint())),
  any: t.any(),
  custom: t.custom({
    wire: "N",
    encode: (money: Money) => String(money.cents),
    decode: (text) => new Money(Number(text)),
  }),
  map: t.map({
    author: t.string(),
    age: t.integer().optional(),
    more: t.map({ notes: t.list(t.string()) }).optional(),
  }),
};

describe("an instance", () => {
  it("has its key readonly, and undefined where an attribute is optional", () => {
    expectTypeOf<Row<typeof user>>().toEqualTypeOf<{
      readonly id: string;
      views: number;
      content: string | undefined;
    }>();
  });

  it("may lack what is optional, also if new ones have a default", () => {
    expectTypeOf<Row<typeof post>>().toEqualTypeOf<{
      readonly forum: string;
      readonly id: string;
      required: boolean;
      optionalWithDefault: string | undefined;
      defaultAndOptional: string | undefined;
      renamed: string;
      stamped: Date;
      expires: Date | undefined;
      checked: number;
      version: number;
    }>();
  });

  it("has a key that can't be assigned", () => {
    const row = {} as Row<typeof user>;
    row.views = 1;
    row.content = undefined;
    // @ts-expect-error a key never changes
    row.id = "x";
    // @ts-expect-error a defaulted attribute isn't optional
    row.views = undefined;
    // @ts-expect-error undefined removes an attribute, null doesn't
    row.content = null;
  });
});

describe("the values of a new instance", () => {
  it("are demanded where they are required", () => {
    expectTypeOf<NewValues<typeof user>>().toEqualTypeOf<{
      id: string;
      views?: number | undefined;
      content?: string | undefined;
    }>();
    expectTypeOf<NewValues<typeof post>>().toEqualTypeOf<{
      forum: string;
      id?: string | undefined;
      required: boolean;
      optionalWithDefault?: string | undefined;
      defaultAndOptional?: string | undefined;
      renamed: string;
      stamped: Date;
      expires?: Date | undefined;
      checked: number;
      version?: number | undefined;
    }>();
  });

  it("are the columns' and no others", () => {
    const take = (_: NewValues<typeof user>) => undefined;
    take({ id: "x" });
    take({ id: "x", views: undefined, content: undefined });
    // @ts-expect-error the key is demanded
    take({ views: 1 });
    // @ts-expect-error no such column
    take({ id: "x", other: 1 });
    // @ts-expect-error views is a number
    take({ id: "x", views: "1" });
    // @ts-expect-error null is no value
    take({ id: "x", content: null });
  });
});

describe("a key", () => {
  it("is exactly the hash and the range key, also if one has a default", () => {
    expectTypeOf<KeyInput<typeof user>>().toEqualTypeOf<{ id: string }>();
    expectTypeOf<KeyInput<typeof post>>().toEqualTypeOf<{ forum: string; id: string }>();
    expectTypeOf<HashName<typeof post>>().toEqualTypeOf<"forum">();
    expectTypeOf<RangeName<typeof post>>().toEqualTypeOf<"id">();
    expectTypeOf<RangeName<typeof user>>().toBeNever();
  });

  it("has no other attribute", () => {
    const take = (_: KeyInput<typeof post>) => undefined;
    take({ forum: "a", id: "x" });
    // @ts-expect-error half a key
    take({ forum: "a" });
    // @ts-expect-error required isn't part of the key
    take({ forum: "a", id: "x", required: true });
  });
});

describe("a type", () => {
  it("says what its values are", () => {
    expectTypeOf<Values["uuid"]>().toEqualTypeOf<string>();
    expectTypeOf<Values["boolean"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Values["integer"]>().toEqualTypeOf<number>();
    expectTypeOf<Values["number"]>().toEqualTypeOf<number>();
    expectTypeOf<Values["bigint"]>().toEqualTypeOf<bigint>();
    expectTypeOf<Values["decimal"]>().toEqualTypeOf<NumberValue>();
    expectTypeOf<Values["datetime"]>().toEqualTypeOf<Date>();
    expectTypeOf<Values["timestamp"]>().toEqualTypeOf<Date>();
    expectTypeOf<Values["binary"]>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Values["enum"]>().toEqualTypeOf<"draft" | "shown">();
    expectTypeOf<Values["set"]>().toEqualTypeOf<Set<"x" | "y">>();
    expectTypeOf<Values["list"]>().toEqualTypeOf<number[][]>();
    expectTypeOf<Values["record"]>().toEqualTypeOf<Record<string, Set<bigint>>>();
    expectTypeOf<Values["any"]>().toEqualTypeOf<unknown>();
    expectTypeOf<Values["custom"]>().toEqualTypeOf<Money>();
  });

  it("of a map has its members, the optional ones as optional properties", () => {
    expectTypeOf<Values["map"]>().toEqualTypeOf<{
      author: string;
      age?: number | undefined;
      more?: { notes: string[] } | undefined;
    }>();
  });

  it("of a map has members that can be assigned", () => {
    const map = {} as Values["map"];
    map.author = "ann";
    map.age = undefined;
    delete map.more;
    // @ts-expect-error author is required
    delete map.author;
    // @ts-expect-error age is a number
    map.age = "3";
  });

  it("of the user's own gets and gives what its wire type holds", () => {
    t.custom({
      wire: "B",
      encode: (text: string) => new TextEncoder().encode(text),
      decode: String,
    });
    t.custom({ wire: "SS", encode: (texts: string) => texts.split(","), decode: String });
    t.custom({
      wire: "S",
      // @ts-expect-error text is stored, not a number
      encode: (money: Money) => money.cents,
      decode: (text) => new Money(Number(text)),
    });
    // @ts-expect-error lists aren't stored by custom types
    t.custom({ wire: "L", encode: (text: string) => [text], decode: String });
  });
});

describe("a modifier", () => {
  it("keeps the value's type, and tells role and presence", () => {
    expectTypeOf(t.string().hashKey()).toEqualTypeOf<Column<string, "hash", "required">>();
    expectTypeOf(t.string().rangeKey()).toEqualTypeOf<Column<string, "range", "required">>();
    expectTypeOf(t.string().optional()).toEqualTypeOf<Column<string, "none", "optional">>();
    expectTypeOf(t.string().default("x")).toEqualTypeOf<Column<string, "none", "defaulted">>();
    expectTypeOf(t.string().hashKey().as("x")).toEqualTypeOf<Column<string, "hash", "required">>();
  });

  it("takes values of the column's type", () => {
    t.integer().default(() => 1);
    // @ts-expect-error a default is of the column's type
    t.integer().default("1");
    // @ts-expect-error so is what a function makes
    t.integer().default(() => "1");
    // @ts-expect-error an enum's default is one of its texts
    t.enum("a", "b").default("c");
    // @ts-expect-error what is written at each update is of the column's type
    t.datetime().onUpdate(() => 3);
  });

  it("checks by a function of the value or by a schema", () => {
    t.integer().validate((value) => value > 0);
    t.integer().validate((value) => (value > 0 ? true : "must be positive"));
    t.integer().validate((value) => {
      if (value < 0) throw new Error("negative");
    });
    t.integer().validate(z.number().min(3));
    // @ts-expect-error a validator's value is of the column's type
    t.integer().validate((value: string) => value === "x");
    // @ts-expect-error a flush can't wait for a validator
    t.integer().validate(async (value) => value > 0);
  });
});

describe("an index", () => {
  const declare = <const X extends IndexDeclarations<typeof post>>(indexes: X): X => indexes;

  it("names columns of its model only", () => {
    declare({
      a: globalIndex({ hashKey: "required", rangeKey: "renamed", projection: ["version"] }),
      b: globalIndex({ hashKey: "renamed" }),
      c: localIndex({ rangeKey: "stamped", projection: "keys" }),
    });
    // @ts-expect-error no such column
    declare({ a: globalIndex({ hashKey: "nope" }) });
    // @ts-expect-error no such column
    declare({ a: globalIndex({ hashKey: "renamed", rangeKey: "nope" }) });
    // @ts-expect-error no such column
    declare({ a: globalIndex({ hashKey: "renamed", projection: ["nope"] }) });
    // @ts-expect-error an attribute's name isn't the column's
    declare({ a: localIndex({ rangeKey: "r" }) });
  });

  it("has the settings of its kind", () => {
    // @ts-expect-error a global index has a hash key
    globalIndex({ rangeKey: "renamed" });
    // @ts-expect-error a local one has a range key
    localIndex({});
    // @ts-expect-error and the table's hash key
    localIndex({ rangeKey: "renamed", hashKey: "required" });
    // @ts-expect-error and the table's units
    localIndex({ rangeKey: "renamed", readUnits: 1 });
    // @ts-expect-error no such projection
    globalIndex({ hashKey: "renamed", projection: "some" });
  });
});
