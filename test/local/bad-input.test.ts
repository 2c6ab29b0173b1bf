import {
  type Condition,
  DynalchemyError,
  Engine,
  globalIndex,
  InvalidExpression,
  InvalidKeyCondition,
  InvalidState,
  InvalidValue,
  model,
  NumberValue,
  type Session,
  t,
} from "dynalchemy";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bed, makeBed } from "../support/test-bed.js";

const isEven = (value: number) => value % 2 === 0 || "it must be even";

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.integer().rangeKey(),
    views: t.integer().default(0),
    rating: t.number().optional(),
    total: t.bigint().optional(),
    price: t.decimal().optional(),
    isPublic: t.boolean().optional(),
    date: t.datetime().optional(),
    token: t.uuid().optional(),
    state: t.enum("draft", "shown").optional(),
    image: t.binary().optional(),
    content: t.string().optional().as("c"),
    tags: t.set(t.string()).optional(),
    scores: t.set(t.integer()).optional(),
    lines: t.list(t.string()).optional(),
    meta: t
      .map({ author: t.string(), age: t.integer().optional(), refs: t.list(t.string()).optional() })
      .optional(),
    counts: t.record(t.integer()).optional(),
    any: t.any().optional(),
    even: t.integer().optional().validate(isEven),
    user: t.string().optional(),
  },
  { indexes: { byUser: globalIndex({ hashKey: "user", rangeKey: "views", projection: "all" }) } },
) {}

class Other extends model("Other", {
  forum: t.string().hashKey(),
  views: t.integer().default(0),
  likes: t.integer().default(0),
}) {}

/** Another model that calls itself Post. */
class Namesake extends model("Post", {
  forum: t.string().hashKey(),
  views: t.integer().default(0),
}) {}

const key = { forum: "a", id: 1 };
const keyText = '{ forum: "a", id: 1 }';

let bed: Bed;
let session: Session;
let post: Post;

beforeAll(async () => {
  bed = await makeBed([Post, Other]);
});

beforeEach(async () => {
  await bed.store(Post, {
    forum: { S: "a" },
    id: { N: "1" },
    views: { N: "3" },
    user: { S: "ann" },
    tags: { SS: ["x"] },
    meta: { M: { author: { S: "ann" } } },
  });
  session = bed.engine.session();
  post = await session.require(Post, key);
  bed.recorder.clear();
});

afterEach(() => session.close());

async function refusalOf(work: () => unknown): Promise<DynalchemyError> {
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(DynalchemyError);
  expect(bed.recorder.operations).toEqual([]);
  return thrown as DynalchemyError;
}

/** That the session does its work as if nothing had happened, once what is wrong was taken back. */
async function expectUsable(): Promise<void> {
  await session.rollback();
  expect(session.dirty.size + session.new.size + session.deleted.size).toBe(0);
  post.views = 4;
  await session.commit();
  expect(bed.recorder.operations).toEqual(["UpdateItem"]);
  expect(await bed.stored(Post, key)).toEqual({
    forum: { S: "a" },
    id: { N: "1" },
    views: { N: "4" },
    user: { S: "ann" },
    tags: { SS: ["x"] },
    meta: { M: { author: { S: "ann" } } },
  });
}

const circular: unknown[] = [];
circular.push(circular);
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
/** A list whose second element isn't there. */
const sparse = ["a", "", "b"];
delete sparse[1];

/** Values that columns can't hold, with the place that the error names. */
const badValues = (
  [
    ["text for a number", "views", "4"],
    ["NaN", "views", Number.NaN],
    ["NaN", "rating", Number.NaN],
    ["Infinity", "rating", Number.POSITIVE_INFINITY],
    ["-Infinity", "rating", Number.NEGATIVE_INFINITY],
    ["a fraction", "views", 1.5],
    ["an unsafe integer", "views", 2 ** 53],
    ["a bigint for an integer", "views", 4n],
    ["a number for a bigint", "total", 4],
    ["a bigint of 39 digits", "total", 10n ** 38n + 1n],
    ["a number for a decimal", "price", 4],
    ["a decimal of 39 digits", "price", NumberValue.from(`${"1".repeat(38)}.5`)],
    ["a decimal too large", "price", NumberValue.from("1e126")],
    ["text for a boolean", "isPublic", "yes"],
    ["0 for a boolean", "isPublic", 0],
    ["text for a date", "date", "2026-01-01"],
    ["an invalid date", "date", new Date(Number.NaN)],
    ["what is no UUID", "token", "x"],
    ["what isn't listed", "state", "gone"],
    ["text for bytes", "image", "AAEC"],
    ["a number for text", "content", 4],
    ["null for text", "content", null],
    ["half of a character", "content", "\ud800"],
    ["a list for a set", "tags", ["x"]],
    ["a set with a member of another type", "tags", new Set(["x", 4])],
    ["a set with NaN", "scores", new Set([1, Number.NaN])],
    ["a set with undefined", "scores", new Set([1, undefined])],
    ["a list with undefined", "lines", ["a", undefined], "lines[1]"],
    ["a list with a hole", "lines", sparse, "lines[1]"],
    ["a list with null", "lines", [null], "lines[0]"],
    ["text for a map", "meta", "ann"],
    ["an instance of a class for a map", "meta", new URL("https://x"), "meta"],
    ["a map without a required member", "meta", { age: 3 }, "meta.author"],
    ["a map with a member too many", "meta", { author: "ann", nam: "x" }, "meta.nam"],
    ["a map with a wrong member", "meta", { author: "ann", age: Number.NaN }, "meta.age"],
    ["a map with a wrong list", "meta", { author: "ann", refs: ["x", 3] }, "meta.refs[1]"],
    ["a record with a wrong member", "counts", { a: 1, "b.c": "2" }, 'counts["b.c"]'],
    ["a record with an empty name", "counts", { "": 1 }, 'counts[""]'],
    ["a function", "any", () => 1],
    ["a symbol in a document", "any", { a: Symbol("x") }, "any.a"],
    ["a Date in a document", "any", [new Date()], "any[0]"],
    ["NaN in a document", "any", { a: [1, Number.NaN] }, "any.a[1]"],
    ["undefined in a document's list", "any", { a: [undefined] }, "any.a[0]"],
    ["a set of two types in a document", "any", { a: new Set(["x", 1]) }, "any.a"],
    ["a document that contains itself", "any", circular],
    ["a document of 33 levels", "any", deep(32)],
    ["what a validator refuses", "even", 3],
    ["empty text in an index's key", "user", ""],
    ["an index's key of 2049 bytes", "user", "x".repeat(2049)],
  ] satisfies [what: string, column: string, value: unknown, at?: string][]
).map(([what, column, value, at]) => ({ what, column, value, at: at ?? column }));

describe("a value that its column can't hold", () => {
  it.each(badValues)("is refused in a loaded object: $what in $column", async (bad) => {
    Object.assign(post, { [bad.column]: bad.value });
    const error = await refusalOf(() => session.flush());
    expect(error).toBeInstanceOf(InvalidValue);
    expect(error).toMatchObject({ model: "Post", key: keyText, attribute: bad.at });
    expect(error.message).toContain(`Post.${bad.at} of ${keyText}: `);
    expect(session.dirty.has(post)).toBe(true);
    await expectUsable();
  });

  it.each(badValues)("is refused in a new object: $what in $column", async (bad) => {
    const values = { forum: "a", id: 2, [bad.column]: bad.value };
    for (const write of ["add", "put", "upsert"] as const) {
      session[write](new Post(values));
      const error = await refusalOf(() => session.flush());
      expect(error).toBeInstanceOf(InvalidValue);
      const key = '{ forum: "a", id: 2 }';
      expect(error).toMatchObject({ model: "Post", key, attribute: bad.at });
      await session.rollback();
    }
    const error = await refusalOf(() => bed.engine.save(new Post(values)));
    expect(error).toMatchObject({ code: "INVALID_VALUE", model: "Post", attribute: bad.at });
    await expectUsable();
  });

  it("is refused as a default that its validator refuses, and only where it is used", async () => {
    class Even extends model("Even", {
      id: t.string().hashKey(),
      count: t.integer().default(3).validate(isEven),
    }) {}
    const error = await refusalOf(() => bed.engine.save(new Even({ id: "a" })));
    expect(error).toMatchObject({ model: "Even", attribute: "count", reason: "it must be even" });
    new Even({ id: "a" }).count = 4;
  });

  it("keeps everything else of the flush from being sent", async () => {
    session.add(new Other({ forum: "b" }));
    session.put([new Other({ forum: "c" }), new Other({ forum: "d" })]);
    session.delete(Other.ref({ forum: "e" }));
    post.views = Number.NaN;
    await refusalOf(() => session.commit());
    await refusalOf(() => session.commit({ transaction: true }));
    await refusalOf(() => session.plan());
    expect(session.new.size).toBe(3);
    post.views = 5;
    await session.commit();
    expect(await bed.stored(Other, { forum: "c" })).toBeDefined();
  });

  it("that session.update doesn't know keeps the others from being assigned", async () => {
    const error = await refusalOf(() => session.update(post, { views: 9, nope: 1 } as object));
    expect(error).toMatchObject({ code: "INVALID_VALUE", model: "Post", attribute: "nope" });
    expect(post.views).toBe(3);
    await expectUsable();
  });

  const operators: readonly [string, () => unknown][] = [
    ["a condition with NaN", () => Post.views.gt(Number.NaN)],
    ["a condition with text for a number", () => Post.views.eq("3" as never)],
    ["a condition with an unsafe integer", () => Post.views.between(0, 2 ** 60)],
    ["a condition with a member of another type", () => Post.tags.contains(3 as never)],
    ["an update by Infinity", () => Post.views.plus(Number.POSITIVE_INFINITY)],
    ["an update to another type", () => Post.content.set(3 as never)],
    ["an update with a list's wrong element", () => Post.lines.append(3 as never)],
    ["an update with a set's wrong member", () => Post.scores.with(1.5)],
  ];

  it.each(operators)("is refused where the expression is made: %s", async (_, make) => {
    const error = await refusalOf(make);
    expect(error.code).toBe("INVALID_EXPRESSION");
    expect(error).toMatchObject({ model: "Post", column: expect.any(String) });
  });
});

describe("a constructor", () => {
  const refusedValues: readonly [string, object, string][] = [
    ["an attribute that the model hasn't", { ...key, view: 3 }, "view"],
    ["the attribute's name instead of the column's", { ...key, c: "Hello" }, "c"],
    ["__proto__", JSON.parse('{ "forum": "a", "id": 1, "__proto__": {} }'), "__proto__"],
    ["an object without its hash key", { id: 1 }, "forum"],
    ["an object without its range key", { forum: "a" }, "id"],
    ["undefined for a key", { forum: "a", id: undefined }, "id"],
  ];

  it.each(refusedValues)("refuses %s", async (_, values, attribute) => {
    const error = await refusalOf(() => new Post(values as typeof key));
    expect(error).toBeInstanceOf(InvalidValue);
    expect(error).toMatchObject({ model: "Post", attribute });
    expect(error.message).toContain(attribute);
  });

  it.each([undefined, null, "a", 3])("refuses %s instead of attributes", async (values) => {
    const error = await refusalOf(() => new Post(values as never));
    expect(error).toMatchObject({ code: "INVALID_VALUE", model: "Post" });
  });

  it("refuses an object without a required attribute", async () => {
    class Strict extends model("Strict", { id: t.string().hashKey(), name: t.string() }) {}
    const error = await refusalOf(() => new Strict({ id: "a" } as never));
    expect(error).toMatchObject({
      code: "INVALID_VALUE",
      model: "Strict",
      key: '{ id: "a" }',
      attribute: "name",
    });
    expect(error.message).toBe('Strict.name of { id: "a" } is required: give it a value.');
  });

  it("tells as much of the key as it was given", async () => {
    const error = await refusalOf(() => new Post({ id: 1 } as never));
    expect(error).toMatchObject({ model: "Post", key: "{ id: 1 }", attribute: "forum" });
  });
});

describe("an engine", () => {
  it.each([null, 3, {}, "http://localhost:8000"])("is refused %j for a client", async (client) => {
    const error = await refusalOf(() => new Engine({ client: client as never }));
    expect(error).toMatchObject({ code: "INVALID_VALUE", model: "Engine", attribute: "client" });
    expect(error.message).toContain("DynamoDBClient");
  });
});

describe("a key", () => {
  const badKeys: readonly [string, object, string][] = [
    ["empty text", { forum: "", id: 1 }, "forum"],
    ["a hash key of 2049 bytes", { forum: "x".repeat(2049), id: 1 }, "forum"],
    ["a hash key of 1025 characters of two bytes", { forum: "é".repeat(1025), id: 1 }, "forum"],
    ["null", { forum: null, id: 1 }, "forum"],
    ["NaN", { forum: "a", id: Number.NaN }, "id"],
    ["an unsafe integer", { forum: "a", id: 2 ** 53 }, "id"],
    ["text for a number", { forum: "a", id: "1" }, "id"],
    ["a key without its range", { forum: "a" }, "id"],
  ];
  const notKeys: readonly [string, unknown, string][] = [
    ["one with an attribute too many", { ...key, views: 3 }, "views"],
    ["text", "a", ""],
    ["null", null, ""],
    ["a list", ["a", 1], ""],
  ];

  it.each([...badKeys, ...notKeys])(
    "is refused wherever one is given: %s",
    async (_, bad, attribute) => {
      const wrong = bad as typeof key;
      const other = new Other({ forum: "b" });
      for (const use of [
        () => session.get(Post, wrong),
        () => session.require(Post, wrong),
        () => session.getMany(Post, [key, wrong]),
        () => session.check(Post, wrong, Post.views.gt(1)),
        () => Post.ref(wrong),
        () => bed.engine.readTransaction([[Post, wrong]]),
      ]) {
        const error = await refusalOf(use);
        expect(error).toBeInstanceOf(InvalidValue);
        expect(error).toMatchObject({ model: "Post", attribute });
      }
      session.add(other);
      await session.rollback();
      await expectUsable();
    },
  );

  it.each(badKeys.slice(0, -1))("is refused in a new object: %s", async (_, bad, attribute) => {
    const wrong = { views: 1, ...bad } as unknown as typeof key;
    for (const use of [
      () => session.add([new Post({ forum: "b", id: 1 }), new Post(wrong)]),
      () => session.put(new Post(wrong)),
      () => session.upsert(new Post(wrong)),
      () => session.merge(new Post(wrong)),
      () => bed.engine.save([new Other({ forum: "b" }), new Post(wrong)]),
      () => bed.engine.load([new Other({ forum: "b" }), new Post(wrong)]),
      () => bed.engine.delete([new Other({ forum: "b" }), new Post(wrong)]),
    ]) {
      const error = await refusalOf(use);
      expect(error).toBeInstanceOf(InvalidValue);
      expect(error).toMatchObject({ model: "Post", attribute });
      expect(session.new.size).toBe(0);
    }
    await expectUsable();
  });

  it("of a range may have 1024 bytes, and no more", async () => {
    class Log extends model("Log", {
      id: t.string().hashKey(),
      line: t.string().rangeKey(),
    }) {}
    expect(Log.ref({ id: "a", line: "x".repeat(1024) })).toBeInstanceOf(Log);
    const error = await refusalOf(() => Log.ref({ id: "a", line: "x".repeat(1025) }));
    expect(error).toMatchObject({ model: "Log", attribute: "line" });
    expect(error.message).toContain("1025");
  });

  it("that was changed in place is refused, naming both", async () => {
    Object.assign(post, { id: 2 });
    const error = await refusalOf(() => session.flush());
    expect(error).toMatchObject({ code: "KEY_CHANGED" });
    await expectUsable();
  });
});

describe("a key condition", () => {
  const query = () => session.query(Post);
  const badConditions: readonly [string, () => Promise<unknown>][] = [
    ["none", () => query().all()],
    ["one without the hash key", () => query().key(Post.id.eq(1)).all()],
    ["a hash key by inequality", () => query().key(Post.forum.gt("a")).all()],
    ["a hash key by prefix", () => query().key(Post.forum.beginsWith("a")).all()],
    [
      "a column that is no key",
      () =>
        query()
          .key({ ...key, views: 3 } as never)
          .all(),
    ],
    [
      "two conditions on the range",
      () => query().key({ forum: "a" }).key(Post.id.gt(1)).key(Post.id.lt(5)).all(),
    ],
    [
      "an alternative",
      () =>
        query()
          .key(Post.forum.eq("a").or(Post.forum.eq("b")))
          .all(),
    ],
    ["a negation", () => query().key(Post.forum.eq("a").not()).all()],
    [
      "a range by inequality",
      () =>
        query()
          .key(Post.forum.eq("a").and(Post.id.ne(1)))
          .all(),
    ],
    [
      "a range by a list",
      () =>
        query()
          .key(Post.forum.eq("a").and(Post.id.in(1, 2)))
          .all(),
    ],
    ["another model's column", () => query().key(Other.forum.eq("a")).all()],
    ["a namesake's column", () => query().key(Namesake.forum.eq("a")).all()],
    [
      "the table's key for an index",
      () =>
        query()
          .index("byUser")
          .key({ forum: "a" } as never)
          .all(),
    ],
    ["an empty hash key", () => query().key({ forum: "" }).all()],
    [
      "a hash key of another type",
      () =>
        query()
          .key({ forum: 3 } as never)
          .all(),
    ],
  ];

  it.each(badConditions)("is refused before anything is sent: %s", async (_, run) => {
    const error = await refusalOf(run);
    expect([InvalidKeyCondition, InvalidExpression, InvalidValue]).toContain(error.constructor);
    expect(error).toMatchObject({ model: expect.stringMatching("Post|Other") });
    await expectUsable();
  });
});

describe("another model's column", () => {
  const foreign: readonly [string, Condition][] = [
    ["alone", Other.views.gt(1)],
    ["of a model of the same name", Namesake.views.gt(1)],
    ["among the own", Post.views.gt(1).and(Post.content.exists().or(Other.views.lt(9).not()))],
    ["on both sides", Other.views.gt(Other.likes)],
  ];

  it.each(foreign)("is refused in a condition: %s", async (_, condition) => {
    const fresh = () => new Post({ forum: "a", id: 2 });
    const ref = () => Post.ref({ forum: "a", id: 3 });
    for (const use of [
      () => session.add(fresh(), { condition }),
      () => session.put([fresh()], { condition }),
      () => session.upsert(fresh(), { condition }),
      () => session.delete(post, { condition }),
      () => session.delete(ref(), { condition }),
      () => session.update(post, { views: 9 }, { condition }),
      () => session.check(Post, key, condition),
      () => session.query(Post).key({ forum: "a" }).filter(condition).all(),
      () => session.scan(Post).filter(condition).all(),
      () => bed.engine.save(fresh(), { condition }),
      () => bed.engine.save([fresh(), post], { condition }),
      () => bed.engine.delete(ref(), { condition }),
      () => bed.engine.scan(Post).filter(condition).all(),
    ]) {
      const error = await refusalOf(use);
      expect(error).toBeInstanceOf(InvalidExpression);
      expect(error.message).toContain("belongs to another model");
      expect(session.new.size + session.deleted.size + session.dirty.size).toBe(0);
    }
    expect(post.views).toBe(3);
    await expectUsable();
  });

  it.each([
    ["as it is", () => Post.views.gt(Other.views)],
    ["of a model of the same name", () => Post.views.eq(Namesake.views)],
    ["by its size", () => Post.content.size().gt(Other.forum.size())],
  ])("is refused beside the own one: %s", async (_, compare) => {
    const error = await refusalOf(compare);
    expect(error).toBeInstanceOf(InvalidExpression);
    expect(error.message).toContain("belongs to another model");
    await expectUsable();
  });

  it("is refused in an update, on either side", async () => {
    for (const views of [
      () => Other.views.plus(1),
      () => Namesake.views.plus(1),
      () => Post.views.set(Other.likes),
      () => Post.views.set(Namesake.views),
      () => Other.likes.plus(1),
      () => Post.rating.plus(1),
    ]) {
      const error = await refusalOf(() => session.update(post, { views: views(), content: "x" }));
      expect(error).toBeInstanceOf(InvalidExpression);
      expect(error.message).toMatch(/belongs to another model|was given for views/);
    }
    expect(post.content).toBeUndefined();
    await expectUsable();
  });

  it("is no matter where the model is a subclass, or the base of one", async () => {
    class Special extends Post {}
    session.update(post, { views: Special.views.plus(1) }, { condition: Special.views.gt(1) });
    await session.commit();
    expect(post.views).toBe(4);
  });
});

describe("an update", () => {
  it.each<[string, () => void]>([
    [
      "of an attribute that was edited too",
      () => {
        post.tags?.add("y");
        session.update(post, { tags: Post.tags.with("z") });
        session.plan();
      },
    ],
    ["of another attribute", () => session.update(post, { views: Post.rating.plus(1) })],
    ["of a key", () => session.update(post, { id: Post.views.plus(1) } as never)],
    [
      "of an object that is moved then",
      () => {
        session.update(post, { views: Post.views.plus(1) });
        session.move(post, { forum: "a", id: 9 });
      },
    ],
    [
      "of an object that was moved",
      () => {
        session.move(post, { forum: "a", id: 9 });
        session.update(post, { views: Post.views.plus(1) });
      },
    ],
  ])("tells the key of its object: %s", async (_, run) => {
    const error = await refusalOf(run);
    expect(error).toBeInstanceOf(InvalidExpression);
    expect(error).toMatchObject({ model: "Post", key: keyText });
    await session.rollback();
    await expectUsable();
  });
});

describe("what is no condition", () => {
  it.each([
    ["a column", Post.views],
    ["an object", { views: 3 }],
    ["text", "views > 3"],
    ["true", true],
    ["null", null],
  ])("is refused: %s", async (_, value) => {
    const condition = value as never;
    for (const use of [
      () => session.delete(post, { condition }),
      () => session.update(post, {}, { condition }),
      () => session.check(Post, key, condition),
      () => bed.engine.save(new Post({ forum: "a", id: 2 }), { condition }),
    ]) {
      expect(await refusalOf(use)).toBeInstanceOf(InvalidExpression);
    }
    await expectUsable();
  });
});

describe("what is no instance", () => {
  it.each([
    ["a plain object", { ...key }],
    ["a model", Post],
    ["text", "post"],
    ["undefined", undefined],
    ["null", null],
    ["a list with one", [new Post(key), { ...key }]],
  ])("is refused: %s", async (_, value) => {
    const object = value as object;
    for (const use of [
      () => session.add(object),
      () => session.put(object),
      () => session.upsert(object),
      () => session.delete(object),
      () => session.update(object, {}),
      () => session.merge(object),
      () => session.refresh(object),
      () => session.expire(object),
      () => session.expunge(object),
      () => bed.engine.save(object),
      () => bed.engine.load(object),
      () => bed.engine.delete(object),
    ]) {
      expect(await refusalOf(use)).toBeInstanceOf(InvalidState);
      expect(session.new.size).toBe(0);
    }
    await expectUsable();
  });

  it.each([
    ["a function", () => 1],
    ["an instance", new Post(key)],
    ["undefined", undefined],
  ])("nor a model is refused as one: %s", async (_, value) => {
    const wrong = value as unknown as typeof Post;
    for (const use of [
      () => session.get(wrong, key),
      () => session.getMany(wrong, [key]),
      () => session.query(wrong),
      () => session.scan(wrong),
      () => session.check(wrong, key, Post.views.gt(1)),
      () => bed.engine.bind(wrong),
    ]) {
      expect(await refusalOf(use)).toMatchObject({ code: "INVALID_MODEL" });
    }
    await expectUsable();
  });
});

describe("an item over 400 KB", () => {
  const content = "x".repeat(400 * 1024);

  it("is refused when it is new", async () => {
    session.put([new Post({ forum: "a", id: 2, content }), new Post({ forum: "a", id: 3 })]);
    const error = await refusalOf(() => session.flush());
    expect(error).toMatchObject({
      code: "INVALID_VALUE",
      model: "Post",
      key: '{ forum: "a", id: 2 }',
    });
    expect(error.message).toContain("409600");
    await expectUsable();
  });

  it("is refused when one attribute alone makes it so", async () => {
    post.content = content;
    const error = await refusalOf(() => session.flush());
    expect(error).toMatchObject({ code: "INVALID_VALUE", model: "Post", key: keyText });
    await expectUsable();
  });
});
