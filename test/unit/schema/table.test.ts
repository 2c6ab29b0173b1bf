import { describe, expect, it } from "vitest";
import type { Column, Columns } from "../../../src/schema/column.js";
import { InvalidModel } from "../../../src/schema/errors.js";
import { globalIndex, localIndex } from "../../../src/schema/index-spec.js";
import { declareTable, type TableOptions } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";
import { thrownBy } from "./thrown-by.js";

/** A column that TypeScript would not let be a key. */
const unfit = (column: unknown) => column as Column<unknown>;

const keys = { forum: t.string().hashKey(), id: t.integer().rangeKey() };
const columns = {
  ...keys,
  user: t.string(),
  date: t.datetime(),
  views: t.integer().default(0),
  content: t.string().optional().as("c"),
  tags: t.set(t.string()).optional(),
};

describe("a table", () => {
  const table = declareTable("Post", columns, {
    tableName: "Posts",
    readUnits: 3,
    writeUnits: 2,
    atomic: "loaded",
    indexes: {
      byUser: globalIndex({ hashKey: "user", rangeKey: "date" }),
      byDate: localIndex({ rangeKey: "date", projection: ["views"] }),
    },
  });

  it("has its columns in their order, by name and by attribute", () => {
    expect(table.columns.map(({ name }) => name)).toEqual(Object.keys(columns));
    expect(table.columns.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(table.byName.get("content")).toBe(table.columns[5]);
    expect(table.byAttribute.get("c")).toBe(table.columns[5]);
    expect(table.byAttribute.has("content")).toBe(false);
    expect(table.columns[5]).toMatchObject({ name: "content", attribute: "c", isOptional: true });
  });

  it("has its keys and settings", () => {
    expect(table.hashKey.name).toBe("forum");
    expect(table.rangeKey?.name).toBe("id");
    expect(table).toMatchObject({
      model: "Post",
      tableName: "Posts",
      readUnits: 3,
      writeUnits: 2,
      atomic: "loaded",
      version: undefined,
      ttl: undefined,
    });
  });

  it("is frozen with its columns and indexes", () => {
    const byUser = table.indexes.get("byUser");
    for (const part of [table, table.columns, table.columns[0], byUser, byUser?.include]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("is called as its model if nothing else is said, and is on demand", () => {
    expect(declareTable("Post", keys)).toMatchObject({
      tableName: "Post",
      readUnits: undefined,
      writeUnits: undefined,
    });
  });

  it("may have a key alone, with a default and of any scalar type", () => {
    for (const column of [
      t.string(),
      t.uuid(),
      t.integer(),
      t.number(),
      t.bigint(),
      t.decimal(),
      t.datetime(),
      t.timestamp(),
      t.binary(),
      t.enum("a"),
      t.custom({ wire: "S", encode: String, decode: String }),
    ] as const) {
      const id = unfit(column)
        .hashKey()
        .default(() => undefined as never);
      expect(declareTable("User", { id }).rangeKey).toBeUndefined();
    }
  });

  it("may have columns called as properties of objects and functions", () => {
    const names = ["constructor", "toString", "name", "length", "prototype", "c", "ref"];
    const named = Object.fromEntries(names.map((name) => [name, t.string()]));
    const table = declareTable("Odd", { ...named, ["__proto__"]: t.string().hashKey() });
    expect(table.hashKey.name).toBe("__proto__");
    expect([...table.byName.keys()]).toEqual([...names, "__proto__"]);
    expect(table.byName.get("hasOwnProperty")).toBeUndefined();
  });

  it("has one version and one TTL column", () => {
    const table = declareTable("Post", {
      ...keys,
      version: t.version(),
      expires: t.timestamp().ttl().optional(),
    });
    expect(table.version?.name).toBe("version");
    expect(table.ttl?.name).toBe("expires");
  });
});

describe("an index", () => {
  const versioned = { ...columns, version: t.version() };
  const specOf = (
    index: ReturnType<typeof globalIndex | typeof localIndex>,
    of: Columns = columns,
  ) => {
    const spec = declareTable("Post", of, { indexes: { byIt: index } }).indexes.get("byIt");
    return { ...spec, projected: [...(spec?.projected ?? [])].sort() };
  };
  const all = Object.keys(columns).sort();

  it("projects everything if nothing else is said", () => {
    expect(specOf(globalIndex({ hashKey: "user" }))).toMatchObject({
      projection: "all",
      projected: all,
    });
    expect(specOf(localIndex({ rangeKey: "date" }))).toMatchObject({
      projection: "all",
      projected: all,
    });
    expect(
      specOf(globalIndex({ hashKey: "user", projection: undefined } as never)).projection,
    ).toBe("all");
  });

  it("holds the keys of table and index always", () => {
    expect(
      specOf(globalIndex({ hashKey: "user", rangeKey: "date", projection: "keys" })),
    ).toMatchObject({
      projection: "keys",
      projected: ["date", "forum", "id", "user"],
    });
    expect(specOf(localIndex({ rangeKey: "date", projection: ["views"] }))).toMatchObject({
      projection: "include",
      projected: ["date", "forum", "id", "views"],
    });
  });

  it("that lists keys alone projects keys", () => {
    for (const projection of [[], ["id", "user"]] as const) {
      expect(specOf(globalIndex({ hashKey: "user", projection }))).toMatchObject({
        projection: "keys",
        projected: ["forum", "id", "user"],
      });
    }
  });

  it("holds the version too, which guards whatever was read", () => {
    for (const projection of ["keys", ["views"]] as const) {
      const spec = specOf(globalIndex({ hashKey: "user", projection }), versioned);
      expect(spec.projection).toBe("include");
      expect(spec.projected).toContain("version");
      expect(spec.include?.map(({ name }) => name)).toContain("version");
    }
  });

  it("of a local kind has the table's hash key", () => {
    const spec = specOf(localIndex({ rangeKey: "views" }));
    expect(spec).toMatchObject({
      kind: "local",
      hashKey: { name: "forum" },
      rangeKey: { name: "views" },
    });
  });

  it("isn't changed by whoever declared it", () => {
    const projection = ["views"];
    const index = globalIndex({ hashKey: "user", projection });
    projection.push("nonsense");
    expect(index.projection).toEqual(["views"]);
    expect(Object.isFrozen(index)).toBe(true);
  });

  it("sets limits for its keys", () => {
    const { indexKeyBytes } = declareTable("Post", columns, {
      indexes: {
        byUser: globalIndex({ hashKey: "user", rangeKey: "date" }),
        byDate: globalIndex({ hashKey: "date" }),
        byViews: localIndex({ rangeKey: "views" }),
      },
    });
    expect([...indexKeyBytes]).toEqual([
      ["user", 2048],
      ["date", 1024],
      ["views", 1024],
    ]);
  });
});

describe("a model that can't be", () => {
  const bad = (of: Columns, column?: string): [Columns, TableOptions, string | undefined] => [
    of,
    {},
    column,
  ];
  const indexed = (
    index: object,
    column?: string,
    name = "byIt",
  ): [Columns, TableOptions, string | undefined] => [
    columns,
    { indexes: { [name]: index as never } },
    column,
  ];
  const many = (kind: "local" | "global", count: number): [Columns, TableOptions, undefined] => [
    columns,
    {
      indexes: Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `index${at}`,
          kind === "local" ? localIndex({ rangeKey: "date" }) : globalIndex({ hashKey: "user" }),
        ]),
      ),
    },
    undefined,
  ];

  /** Three indexes that project so many attributes each, the two keys included, and one more. */
  const wide = (each: number, more = 0): [Columns, TableOptions, undefined] => {
    const names = Array.from({ length: 50 }, (_, at) => `a${at}`);
    const columns = { ...keys, ...Object.fromEntries(names.map((name) => [name, t.string()])) };
    const index = (count: number) =>
      globalIndex({ hashKey: "forum", rangeKey: "id", projection: names.slice(0, count - 2) });
    const indexes = { one: index(each), two: index(each), more: index(each + more) };
    return [columns, { indexes }, undefined];
  };

  it.each<[string, [Columns, TableOptions, string | undefined], RegExp]>([
    ["no hash key", bad({ id: t.string() }), /no hash key.*\.hashKey\(\)/],
    ["no columns", bad({}), /no hash key/],
    ["no object of columns", bad(null as never), /columns/],
    ["a range key only", bad({ id: t.string().rangeKey() }), /no hash key/],
    ["two hash keys", bad({ ...keys, a: t.string().hashKey() }, "a"), /2 hash keys, forum and a/],
    ["two range keys", bad({ ...keys, a: t.string().rangeKey() }, "a"), /2 range keys, id and a/],
    [
      "hash and range in one",
      bad({ a: t.string().hashKey().rangeKey() }, "a"),
      /both hash and range/,
    ],
    ["an optional key", bad({ a: t.string().hashKey().optional() }, "a"), /optional/],
    ["a boolean key", bad({ a: unfit(t.boolean()).hashKey() }, "a"), /boolean/],
    ["a list as key", bad({ a: unfit(t.list(t.string())).hashKey() }, "a"), /list/],
    ["a set as key", bad({ ...keys, id: unfit(t.set(t.string())).rangeKey() }, "id"), /set/],
    ["a map as key", bad({ a: t.map({}).hashKey() }, "a"), /map/],
    ["a document as key", bad({ a: t.any().hashKey() }, "a"), /any/],
    ["a version as key", bad({ ...keys, id: t.version().rangeKey() }, "id"), /version/],
    [
      "a key that changes",
      bad(
        {
          a: t
            .string()
            .hashKey()
            .onUpdate(() => "x"),
        },
        "a",
      ),
      /onUpdate/,
    ],
    [
      "a key with a long name",
      bad({ a: t.string().as("é".repeat(128)).hashKey() }, "a"),
      /255 bytes/,
    ],
    [
      "two columns of one attribute",
      bad({ ...keys, a: t.string().as("id") }, "a"),
      /id is stored as "id" too/,
    ],
    [
      "two names for one attribute",
      bad({ ...keys, a: t.string().as("x"), b: t.string().as("x") }, "b"),
      /a is stored/,
    ],
    ["an attribute without a name", bad({ ...keys, a: t.string().as("") }, "a"), /\.as\(/],
    ["an attribute of no text", bad({ ...keys, a: t.string().as(1 as never) }, "a"), /\.as\(/],
    ["a column that is none", bad({ ...keys, a: String as never }, "a"), /t\.string\(\)/],
    ["a column that isn't there", bad({ ...keys, a: undefined as never }, "a"), /t\.string\(\)/],
    ["two versions", bad({ ...keys, a: t.version(), b: t.version() }, "b"), /2 version columns/],
    ["an optional version", bad({ ...keys, a: t.version().optional() }, "a"), /version/],
    ["a version with a default", bad({ ...keys, a: t.version().default(3) }, "a"), /version/],
    ["a version as TTL", bad({ ...keys, a: t.version().ttl() }, "a"), /version/],
    [
      "a version that is stamped",
      bad({ ...keys, a: t.version().onUpdate(() => 1) }, "a"),
      /version/,
    ],
    ["a TTL of text", bad({ ...keys, a: t.datetime().ttl() }, "a"), /t\.timestamp\(\)/],
    [
      "two TTLs",
      bad({ ...keys, a: t.timestamp().ttl(), b: t.integer().ttl() }, "b"),
      /2 TTL columns/,
    ],
    ["a key whose default is empty", bad({ a: t.string().hashKey().default("") }, "a"), /empty/],
    [
      "a range key whose default is empty",
      bad({ ...keys, id: t.binary().default(new Uint8Array()).rangeKey() }, "id"),
      /empty/,
    ],
    [
      "a key whose default is too long",
      bad({ ...keys, id: t.string().rangeKey().default("x".repeat(1025)) }, "id"),
      /1025 bytes.*1024/,
    ],
    [
      "a map as key, with a default",
      bad({ a: t.map({}).hashKey().default({}) }, "a"),
      /text, a number or bytes/,
    ],
    [
      "a validator of no kind",
      bad({ ...keys, a: t.string().validate(3 as never) }, "a"),
      /, not 3/,
    ],
    [
      "a validator that is nothing",
      bad({ ...keys, a: t.string().validate(undefined as never) }, "a"),
      /\.validate\(\).*undefined/,
    ],
    [
      "a schema that checks nothing",
      bad({ ...keys, a: t.string().validate({ "~standard": {} } as never) }, "a"),
      /Standard Schema/,
    ],
    [
      "a stamp that is no function",
      bad({ ...keys, a: t.integer().onUpdate(3 as never) }, "a"),
      /\.onUpdate\(\) takes a function.*3/,
    ],
    [
      "a mistake that others follow",
      bad(
        {
          ...keys,
          a: t
            .integer()
            .onUpdate(3 as never)
            .validate(4 as never)
            .optional(),
        },
        "a",
      ),
      /\.onUpdate\(\)/,
    ],
    [
      "a misspelt option",
      [keys, { tablename: "y" } as never, undefined],
      /"tablename".*tableName\?/,
    ],
    ["a shortened option", [keys, { index: {} } as never, undefined], /"index".*indexes\?/],
    ["an inherited option", [keys, { toString: "y" } as never, undefined], /"toString"/],
    ["options that are none", [keys, null as never, undefined], /an object, not null/],
    ["options of text", [keys, "Posts" as never, undefined], /an object, not "Posts"/],
    [
      "a global index with a misspelt option",
      indexed(globalIndex({ hashKey: "user", rangekey: "date" } as never)),
      /"rangekey".*rangeKey\?/,
    ],
    [
      "a local index with a hash key",
      indexed(localIndex({ hashKey: "user", rangeKey: "date" } as never)),
      /the local index byIt has no option "hashKey"/,
    ],
    ["101 projected attributes", wide(33, 2), /101 attributes/],
    ["a table name with a space", [keys, { tableName: "my posts" }, undefined], /"my posts"/],
    ["a table name of nothing", [keys, { tableName: "" }, undefined], /table name/],
    ["a table name too long", [keys, { tableName: "x".repeat(256) }, undefined], /table name/],
    ["read units alone", [keys, { readUnits: 1 }, undefined], /both readUnits and writeUnits/],
    ["write units alone", [keys, { writeUnits: 1 }, undefined], /both readUnits and writeUnits/],
    ["no units", [keys, { readUnits: 0, writeUnits: 1 }, undefined], /0 units/],
    ["half a unit", [keys, { readUnits: 1, writeUnits: 0.5 }, undefined], /0\.5 units/],
    [
      "units that are no number",
      [keys, { readUnits: "3" as never, writeUnits: 1 }, undefined],
      /"3" units/,
    ],
    ["another guard", [keys, { atomic: "all" as never }, undefined], /"all"/],
    [
      "an index of an unknown column",
      indexed({ ...globalIndex({ hashKey: "nope" }) }, "nope"),
      /"nope".*forum, id, user/,
    ],
    ["an index of an attribute's name", indexed(globalIndex({ hashKey: "c" }), "c"), /"c"/],
    [
      "an index of an inherited name",
      indexed(globalIndex({ hashKey: "constructor" }), "constructor"),
      /constructor/,
    ],
    [
      "an index with an unknown range key",
      indexed(globalIndex({ hashKey: "user", rangeKey: "nope" }), "nope"),
      /"nope"/,
    ],
    [
      "an index that projects an unknown column",
      indexed(globalIndex({ hashKey: "user", projection: ["nope"] }), "nope"),
      /"nope"/,
    ],
    ["an index of a set", indexed(globalIndex({ hashKey: "tags" }), "tags"), /set\(string\)/],
    [
      "an index with one column twice",
      indexed(globalIndex({ hashKey: "user", rangeKey: "user" }), "user"),
      /hash and range key/,
    ],
    [
      "a local index of the table's hash key",
      indexed(localIndex({ rangeKey: "forum" }), "forum"),
      /hash and range key/,
    ],
    [
      "a global index without a hash key",
      indexed({ kind: "global", projection: "all" }),
      /needs a hashKey/,
    ],
    [
      "a local index without a range key",
      indexed({ kind: "local", projection: "all" }),
      /needs a rangeKey/,
    ],
    ["an index of no kind", indexed({ hashKey: "user" }), /globalIndex\(\)/],
    ["an index that is nothing", indexed(undefined as never), /globalIndex\(\)/],
    [
      "another projection",
      indexed({ ...globalIndex({ hashKey: "user" }), projection: "some" }),
      /"some"/,
    ],
    [
      "an index name too short",
      indexed(globalIndex({ hashKey: "user" }), undefined, "ix"),
      /3 to 255/,
    ],
    [
      "an index name too long",
      indexed(globalIndex({ hashKey: "user" }), undefined, "x".repeat(256)),
      /3 to 255/,
    ],
    [
      "an index name with a space",
      indexed(globalIndex({ hashKey: "user" }), undefined, "by user"),
      /3 to 255/,
    ],
    [
      "an index called as a column",
      indexed(globalIndex({ hashKey: "user" }), "date", "date"),
      /name of a column/,
    ],
    [
      "an index called ref",
      indexed(globalIndex({ hashKey: "user" }), "ref", "ref"),
      /own property/,
    ],
    [
      "an index called length",
      indexed(globalIndex({ hashKey: "user" }), "length", "length"),
      /own property/,
    ],
    [
      "an index with read units alone",
      indexed(globalIndex({ hashKey: "user", readUnits: 1 })),
      /byIt needs both/,
    ],
    [
      "an index with units, a table without",
      indexed(globalIndex({ hashKey: "user", readUnits: 1, writeUnits: 1 })),
      /on demand/,
    ],
    ["6 local indexes", many("local", 6), /6 local indexes.*5/],
    ["21 global indexes", many("global", 21), /21 global indexes.*20/],
  ])("has %s", (_, [of, options, column], problem) => {
    const error = thrownBy(() => declareTable("Post", of, options));
    expect(error).toBeInstanceOf(InvalidModel);
    expect(error).toMatchObject({ model: "Post", column });
    expect((error as Error).message).toMatch(problem);
    expect((error as Error).message).toMatch(column === undefined ? /^Post: / : /^Post\./);
  });

  it("has a local index but no range key", () => {
    const declare = () =>
      declareTable(
        "User",
        { id: t.string().hashKey(), date: t.datetime() },
        {
          indexes: { byDate: localIndex({ rangeKey: "date" }) },
        },
      );
    expect(declare).toThrow(InvalidModel);
    expect(declare).toThrow(/range key/);
  });

  it("has no name", () => {
    for (const name of ["", undefined, 1]) {
      expect(() => declareTable(name as string, keys)).toThrow(InvalidModel);
    }
  });

  it("projects as many attributes as indexes may at most, and can be", () => {
    const [of, options] = wide(33, 1);
    expect(declareTable("Post", of, options).indexes.size).toBe(3);
    const all = { ...options.indexes, all: globalIndex({ hashKey: "a1", projection: "all" }) };
    expect(declareTable("Post", of, { indexes: all }).indexes.size).toBe(4);
  });

  it("has as many indexes as a table may have at most, and can be", () => {
    for (const [kind, count] of [
      ["local", 5],
      ["global", 20],
    ] as const) {
      const [of, options] = many(kind, count);
      expect(declareTable("Post", of, options).indexes.size).toBe(count);
    }
  });
});
