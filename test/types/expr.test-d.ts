import { describe, expectTypeOf, it } from "vitest";
import { and, type Condition, not, or } from "../../src/expr/condition.js";
import type {
  AnyPath,
  BasePath,
  BinaryPath,
  CustomPath,
  KeyPath,
  ListPath,
  MapPath,
  NumberPath,
  Path,
  Paths,
  SetPath,
  TextPath,
} from "../../src/expr/path.js";
import type { Size } from "../../src/expr/size.js";
import type { Update } from "../../src/expr/update.js";
import type { NumberValue } from "../../src/schema/number-value.js";
import { t } from "../../src/schema/types.js";

class Money {
  constructor(readonly cents: number) {}
  toText(): string {
    return String(this.cents);
  }
}

const columns = {
  id: t.string().hashKey(),
  date: t.datetime().rangeKey(),
  views: t.integer().default(0),
  likes: t.number(),
  total: t.bigint(),
  price: t.decimal(),
  isPublic: t.boolean(),
  state: t.enum("draft", "shown"),
  content: t.string().optional(),
  image: t.binary(),
  tags: t.set(t.string()),
  lines: t.list(t.string()),
  meta: t
    .map({
      author: t.string(),
      age: t.integer().optional(),
      refs: t.list(t.string()),
      parts: t.list(t.map({ name: t.string(), marks: t.set(t.integer()) })),
      rest: t.any(),
    })
    .optional(),
  counts: t.record(t.integer()),
  anything: t.any().optional(),
  money: t.custom({
    wire: "N",
    encode: (money: Money) => money.toText(),
    decode: (text) => new Money(Number(text)),
  }),
};

declare const Post: Paths<typeof columns>;
declare const bytes: Uint8Array;
declare const exact: NumberValue;
declare const day: Date;

describe("a column's path", () => {
  it("has the operators of its type", () => {
    expectTypeOf(Post.id).toEqualTypeOf<KeyPath<string>>();
    expectTypeOf(Post.date).toEqualTypeOf<KeyPath<Date>>();
    expectTypeOf(Post.views).toEqualTypeOf<NumberPath<number>>();
    expectTypeOf(Post.total).toEqualTypeOf<NumberPath<bigint>>();
    expectTypeOf(Post.price).toEqualTypeOf<NumberPath<NumberValue>>();
    expectTypeOf(Post.isPublic).toEqualTypeOf<BasePath<boolean>>();
    expectTypeOf(Post.state).toEqualTypeOf<TextPath<"draft" | "shown">>();
    // An optional column is asked for its value: whether there is one, exists() says.
    expectTypeOf(Post.content).toEqualTypeOf<TextPath<string>>();
    expectTypeOf(Post.image).toEqualTypeOf<BinaryPath<Uint8Array>>();
    expectTypeOf(Post.tags).toEqualTypeOf<SetPath<Set<string>, string>>();
    expectTypeOf(Post.lines).toEqualTypeOf<ListPath<string[], string>>();
    expectTypeOf(Post.counts).toEqualTypeOf<MapPath<Record<string, number>>>();
    expectTypeOf(Post.anything).toEqualTypeOf<AnyPath>();
    expectTypeOf(Post.money).toEqualTypeOf<CustomPath<Money>>();
  });

  it("leads into documents, to any depth", () => {
    expectTypeOf(Post.meta.at("author")).toEqualTypeOf<TextPath<string>>();
    expectTypeOf(Post.meta.at("age")).toEqualTypeOf<NumberPath<number>>();
    expectTypeOf(Post.meta.at("refs").at(0)).toEqualTypeOf<TextPath<string>>();
    expectTypeOf(Post.meta.at("parts").at(0).at("marks")).toEqualTypeOf<
      SetPath<Set<number>, number>
    >();
    expectTypeOf(Post.meta.at("rest")).toEqualTypeOf<AnyPath>();
    expectTypeOf(Post.counts.at("whatever")).toEqualTypeOf<NumberPath<number>>();
    expectTypeOf(Post.anything.at("a").at(0).at("b")).toEqualTypeOf<AnyPath>();
    expectTypeOf<Path<boolean>>().toEqualTypeOf<BasePath<boolean>>();

    // @ts-expect-error the map declares no such member
    Post.meta.at("nope");
    // @ts-expect-error a map's members have names
    Post.meta.at(0);
    // @ts-expect-error a list's elements have numbers
    Post.lines.at("0");
    // @ts-expect-error a set's members have neither
    Post.tags.at(0);
    // @ts-expect-error text has no parts
    Post.content.at(0);
    // @ts-expect-error what a custom type stores has no members
    Post.money.at("cents");
  });
});

describe("conditions", () => {
  it("take values of the column's type", () => {
    expectTypeOf(Post.views.eq(1)).toEqualTypeOf<Condition>();
    Post.views.between(1, 2);
    Post.views.in(1, 2);
    Post.views.in([1, 2]);
    Post.views.in(new Set([1, 2]));
    Post.views.in(...[1, 2]);
    Post.views.in(1, ...[1, 2]);
    Post.state.in("draft", ...(["shown"] as const));
    Post.state.in(...(["draft", "shown"] as const));
    Post.tags.in(new Set(["a"]), new Set());
    Post.views.in(Post.likes, 3);
    Post.anything.in(1, "a");
    // @ts-expect-error with no value nothing could match
    Post.views.in();
    // @ts-expect-error with no value nothing could match
    Post.tags.in();
    // @ts-expect-error with no value nothing could match
    Post.anything.in();
    // @ts-expect-error text among numbers
    Post.views.in(1, "2");
    // @ts-expect-error text among numbers
    Post.views.in(...[1, "2"]);
    // @ts-expect-error no such option
    Post.state.in(...(["draft", "gone"] as const));
    Post.lines.in(["a"], ["b"]);
    Post.lines.in([["a"], ["b"]]);
    Post.state.eq("draft");
    Post.date.gte(day);
    Post.image.beginsWith(bytes);
    Post.image.lt(bytes);
    Post.total.gt(1n);
    Post.price.gt(exact);
    Post.money.gt(new Money(1));
    Post.money.beginsWith("1");
    Post.tags.contains("x");
    Post.lines.contains("x");
    Post.content.contains("x");
    Post.tags.eq(new Set(["x"]));
    Post.meta
      .at("parts")
      .at(0)
      .eq({ name: "x", marks: new Set([1]) });
    Post.anything.gt(1);
    Post.anything.contains(null);
    Post.anything.eq({ a: [1] });
    Post.views.isType("N");

    // @ts-expect-error text for a number
    Post.views.eq("1");
    // @ts-expect-error a number for text
    Post.content.eq(1);
    // @ts-expect-error a number for a bigint
    Post.total.eq(1);
    // @ts-expect-error text for a Date
    Post.date.gt("2024-01-01");
    // @ts-expect-error no option of the enum
    Post.state.eq("gone");
    // @ts-expect-error another type in a list of values
    Post.views.in(["a"]);
    // @ts-expect-error an element of another type
    Post.tags.contains(1);
    // @ts-expect-error a part of a text is text
    Post.content.contains(1);
    // @ts-expect-error no type of DynamoDB's
    Post.views.isType("X");
    // @ts-expect-error the other end is missing
    Post.views.between(1);
  });

  it("compare by equality with nothing, and by order never", () => {
    Post.content.eq(undefined);
    Post.content.ne(null);
    // @ts-expect-error nothing has no order
    Post.views.gt(undefined);
    // @ts-expect-error nothing has no order
    Post.views.lte(null);
    // @ts-expect-error nothing is no option
    Post.views.in([null]);
  });

  it("are only those that suit the type", () => {
    // @ts-expect-error a number has no parts
    Post.views.contains(1);
    // @ts-expect-error a number has no beginning
    Post.views.beginsWith("1");
    // @ts-expect-error a number has no size
    Post.views.size();
    // @ts-expect-error a boolean has no size
    Post.isPublic.size();
    // @ts-expect-error booleans have no order
    Post.isPublic.lt(true);
    // @ts-expect-error sets have no order
    Post.tags.gt(new Set(["x"]));
    // @ts-expect-error lists have no order
    Post.lines.lt(["x"]);
    // @ts-expect-error maps have no order
    Post.counts.between({}, {});
    // @ts-expect-error a list has no beginning
    Post.lines.beginsWith("x");
    // @ts-expect-error DynamoDB finds no part of binary
    Post.image.contains(bytes);
    // @ts-expect-error a map holds members by name
    Post.counts.contains(1);
  });

  it("compare columns of comparable types", () => {
    Post.views.gt(Post.likes);
    Post.views.gt(Post.total);
    Post.content.eq(Post.state);
    Post.state.eq(Post.content);
    Post.tags.contains(Post.id);
    Post.views.between(Post.likes, 5);
    Post.views.in([Post.likes, 5]);
    Post.views.eq(Post.anything);
    Post.anything.eq(Post.views);
    Post.content.beginsWith(Post.id);
    Post.lines.eq(Post.meta.at("refs"));

    // @ts-expect-error a number with text
    Post.views.eq(Post.content);
    // @ts-expect-error text with a Date
    Post.content.eq(Post.date);
    // @ts-expect-error an element of another type
    Post.tags.contains(Post.views);
    // @ts-expect-error a set with a list
    Post.tags.eq(Post.lines);
  });

  it("compare sizes as numbers", () => {
    expectTypeOf(Post.tags.size()).toEqualTypeOf<Size>();
    expectTypeOf(Post.content.size().gt(3)).toEqualTypeOf<Condition>();
    Post.lines.size().eq(Post.tags.size());
    Post.lines.size().lt(Post.views);
    Post.views.gt(Post.tags.size());
    Post.image.size().between(1, 2);
    Post.counts.size().in([1, 2]);
    Post.anything.size().gt(1);

    // @ts-expect-error a size is a number
    Post.tags.size().eq("1");
    // @ts-expect-error a size is always there
    Post.tags.size().eq(undefined);
    // @ts-expect-error a size with text
    Post.content.eq(Post.tags.size());
    // @ts-expect-error a size with a column of text
    Post.tags.size().eq(Post.content);
  });

  it("join", () => {
    const condition = and(Post.views.gt(5), or(Post.content.exists(), not(Post.tags.missing())));
    expectTypeOf(condition).toEqualTypeOf<Condition>();
    condition.and(condition, condition).or(condition).not();
    // @ts-expect-error a boolean is no condition
    and(Post.views.gt(5), true);
    // @ts-expect-error an update is no condition
    or(Post.views.plus(1));
    // @ts-expect-error a column is no condition, be it a boolean
    not(Post.isPublic);
    // @ts-expect-error a condition's tree is fixed
    condition.node = not(condition).node;
  });
});

describe("updates", () => {
  it("are of the column's type", () => {
    expectTypeOf(Post.views.plus(1)).toEqualTypeOf<Update<number>>();
    expectTypeOf(Post.content.set("x")).toEqualTypeOf<Update<string>>();
    expectTypeOf(Post.tags.with("a", "b")).toEqualTypeOf<Update<Set<string>>>();
    expectTypeOf(Post.lines.append("x")).toEqualTypeOf<Update<string[]>>();
    expectTypeOf(Post.meta.at("refs").prepend("x")).toEqualTypeOf<Update<string[]>>();
    expectTypeOf(Post.anything.plus(1)).toEqualTypeOf<Update<unknown>>();
    const any: Update = Post.views.minus(1);
    expectTypeOf(any).toEqualTypeOf<Update<unknown>>();
    // @ts-expect-error an update of a number is none of text
    const text: Update<string> = Post.views.plus(1);
    expectTypeOf(text).toEqualTypeOf<Update<string>>();
  });

  it("take what can be stored", () => {
    Post.total.plus(1n);
    Post.price.minus(exact);
    Post.views.plus(Post.likes);
    Post.views.set(Post.likes);
    Post.content.ifMissing("x");
    Post.content.remove();
    Post.tags.without("c");
    Post.anything.set(null);
    Post.anything.append(1, "x");

    // @ts-expect-error text for a number
    Post.views.set("1");
    // @ts-expect-error remove() takes it away
    Post.content.set(undefined);
    // @ts-expect-error null is stored in documents alone
    Post.content.set(null);
    // @ts-expect-error a size isn't stored
    Post.views.set(Post.tags.size());
    // @ts-expect-error a number to a bigint
    Post.total.plus(1);
    // @ts-expect-error a column of text to a number
    Post.views.plus(Post.content);
    // @ts-expect-error an element of another type
    Post.lines.append(1);
    // @ts-expect-error a member of another type
    Post.tags.with(1);
    // @ts-expect-error members one by one
    Post.tags.with(["a"]);
  });

  it("are none of a key, which never changes", () => {
    expectTypeOf(Post.id.beginsWith("a")).toEqualTypeOf<Condition>();
    Post.date.gt(day);
    Post.content.eq(Post.id);
    Post.content.set(Post.id);
    // @ts-expect-error a key
    Post.id.set("x");
    // @ts-expect-error a key
    Post.id.remove();
    // @ts-expect-error a key
    Post.date.ifMissing(day);
  });

  it("are only those that suit the type", () => {
    // @ts-expect-error text isn't added to
    Post.content.plus("x");
    // @ts-expect-error neither is time
    Post.date.plus(1);
    // @ts-expect-error a set isn't appended to
    Post.tags.append("x");
    // @ts-expect-error a list has no members
    Post.lines.with("x");
    // @ts-expect-error a number has no elements
    Post.views.append(1);
  });
});
