import { inspect } from "node:util";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Engine, type EngineOptions, globalIndex, localIndex, model, t } from "dynalchemy";
import { beforeAll, describe, expect, it } from "vitest";
import { infoOf } from "../../src/model/metadata.js";
import type { AttributeValue, WireItem } from "../../src/schema/wire.js";
import { makeClient } from "../support/client.js";
import { engineHas } from "../support/engine-facts.js";
import { makeBed } from "../support/test-bed.js";

type Client = NonNullable<EngineOptions["client"]>;

const declared = {
  forum: t.string().hashKey(),
  id: t.integer().rangeKey(),
  user: t.string().optional(),
  rank: t.integer().optional(),
  text: t.string().as('é"t').optional(),
  uuid: t.uuid().optional(),
  flag: t.boolean().default(false),
  count: t.integer().optional(),
  ratio: t.number().optional(),
  big: t.bigint().optional(),
  exact: t.decimal().optional(),
  when: t.datetime().optional(),
  until: t.timestamp().optional(),
  raw: t.binary().optional(),
  state: t.enum("draft", "open").optional(),
  words: t.set(t.string()),
  sums: t.set(t.decimal()).optional(),
  blobs: t.set(t.binary()).optional(),
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
  scores: t.record(t.integer()).optional(),
  any: t.any().optional(),
  must: t.string(),
};
const settings = {
  indexes: {
    byUser: globalIndex({ hashKey: "user", rangeKey: "rank", projection: "all" }),
    byRank: localIndex({ rangeKey: "rank", projection: ["text", "meta", "count"] }),
  },
} as const;

/** Its pages are read from their text; those of the other aren't, since a type of the user's asks for stored values. */
const Doc = model("Doc", { ...declared, version: t.version() }, settings);
const Sealed = model(
  "Sealed",
  {
    ...declared,
    own: t
      .custom<string, "S">({
        wire: "S",
        encode: (value) => `own ${value}`,
        decode: (v) => v.slice(4),
      })
      .optional(),
  },
  settings,
);
type Doc = InstanceType<typeof Doc>;

const bytes = (...each: number[]) => Uint8Array.from(each);

const whole: WireItem = {
  user: { S: "ann" },
  rank: { N: "-7" },
  'é"t': { S: 'é"\\\n😀' },
  uuid: { S: "0b9ac3ba-94c1-4f1e-9c0e-6d4c4d4f1b1a" },
  flag: { BOOL: true },
  count: { N: "100" },
  ratio: { N: "-0.125" },
  big: { N: "12345678901234567890123456789012345678" },
  exact: { N: "1.05" },
  when: { S: "2026-01-02T03:04:05.006Z" },
  until: { N: "1800000000" },
  raw: { B: bytes(0, 1, 254, 255) },
  state: { S: "open" },
  words: { SS: ["a", "é"] },
  sums: { NS: ["1.5", "-2"] },
  blobs: { BS: [bytes(1), bytes(2, 3)] },
  lines: { L: [{ S: "" }, { S: "null" }] },
  grid: { L: [{ L: [{ N: "1" }] }, { L: [] }] },
  parts: { L: [{ M: { name: { S: "a" }, marks: { SS: ["m"] } } }, { M: { name: { S: "b" } } }] },
  meta: {
    M: { author: { S: "ann" }, deep: { M: { n: { N: "0.5" } } }, more: { S: "undeclared" } },
  },
  scores: { M: { a: { N: "1" }, constructor: { N: "2" } } },
  any: { L: [{ M: { x: { NULL: true } } }, { B: bytes(9) }, { NS: ["1"] }, { N: "1.10" }] },
  must: { S: "naïve" },
  version: { N: "3" },
  own: { S: "own value" },
  undeclared: { M: { B: { B: bytes(5) }, l: { L: [{ NULL: true }] } } },
  constructor: { S: "undeclared" },
};

/** What fits its type, and its column not; names are attributes'. */
const odd: readonly (readonly [string, AttributeValue])[] = [
  ['é"t', { NULL: true }],
  ["count", { N: "1.5" }],
  ["count", { N: "12345678901234567890" }],
  ["ratio", { N: "0.12345678901234567890123" }],
  ["big", { N: "0.5" }],
  ["when", { S: "yesterday" }],
  ["until", { N: "1.5" }],
  ["state", { S: "gone" }],
  ["sums", { SS: ["1"] }],
  ["lines", { L: [{ S: "a" }, { N: "1" }] }],
  ["grid", { L: [{ L: [{ S: "1" }] }] }],
  ["parts", { L: [{ M: {} }] }],
  ["meta", { M: { author: { N: "1" } } }],
  ["scores", { M: { a: { S: "1" } } }],
];

const inKeys = new Set(["forum", "id", "user", "rank"]);
const items = [
  whole,
  { must: whole["must"] },
  { user: whole["user"] },
  ...Object.keys(whole)
    .filter((name) => !inKeys.has(name))
    .flatMap((name): WireItem[] => [
      { user: { S: "ann" }, rank: { N: "1" }, [name]: whole[name] as AttributeValue },
      { ...whole, [name]: { BOOL: false } },
      { ...whole, [name]: { L: [{ S: "x" }] } },
    ]),
  ...odd.map(([name, value]): WireItem => ({ ...whole, [name]: value })),
].map((item, id) => ({ ...item, forum: { S: "f" }, id: { N: `${id}` } }) as WireItem);

/** An engine over a client that lets its answers be looked at as its `send` gives them. */
function lookedAt(options: Omit<EngineOptions, "client">) {
  const { config, middlewareStack, send } = ((client: DynamoDBClient) => ({
    config: client.config,
    middlewareStack: client.middlewareStack,
    send: client.send.bind(client) as (command: unknown, options: unknown) => Promise<object>,
  }))(makeClient());
  const seen: string[] = [];
  const client = {
    config,
    middlewareStack,
    send: async (command: unknown, sendOptions: unknown) => {
      const answer = await send(command, sendOptions);
      seen.push(...Object.keys(answer));
      return answer;
    },
  };
  return { engine: new Engine({ ...options, client: client as unknown as Client }), seen };
}

type Model = typeof Doc;

/** All that an engine makes of the items, in every way in which they can be read. */
async function readAll(engine: Engine, Each: Model) {
  const keys = items.map((_, id) => ({ forum: "f", id }));
  const key = { forum: "f" };
  const names = ["id", "text", "count", "when", "raw", "meta", "parts", "any", "must"] as const;
  await using one = engine.session({ atomic: "loaded" });
  await using two = engine.session();
  await using three = engine.session();
  const queried = await three.query(Each).key(key).all();
  const loaded = keys.map((each) => new Each({ ...each, words: new Set(), must: "" }));
  await engine.load(loaded);
  const results: Record<string, readonly object[]> = {
    get: (await Promise.all(keys.map((each) => one.get(Each, each)))) as object[],
    getOfOne: [await engine.session().get(Each, { forum: "f", id: 0 })] as object[],
    getMany: (await two.getMany(Each, [...keys, { forum: "g", id: 0 }])) as object[],
    query: queried,
    scan: await engine.session().scan(Each).all(),
    parallel: byId(await engine.session().scan(Each).parallel(2).all()),
    untracked: await engine.session().query(Each).key(key).untracked().all(),
    direct: await engine.query(Each).key(key).all(),
    pages: await engine.query(Each).key(key).pageSize(7).all(),
    global: byId(await engine.session().query(Each).index("byUser").key({ user: "ann" }).all()),
    local: byId(await engine.session().query(Each).index("byRank").key(key).all()),
    complete: byId(await engine.query(Each).index("byRank").key(key).complete().all()),
    select: await engine
      .query(Each)
      .key(key)
      .select(...names)
      .all(),
    selectLocal: byId(await engine.query(Each).index("byRank").key(key).select("id", "meta").all()),
    load: loaded,
  };
  if (engineHas("transactions")) {
    const pairs = keys.slice(0, 90).map((each) => [Each, each] as const);
    results["transaction"] = (await engine.readTransaction(pairs)) as object[];
  }
  // What was loaded is what the deletes demand.
  one.delete((results["get"] as Doc[]).filter((doc) => doc !== undefined));
  const plan = one.plan().requests;
  for (const doc of queried) doc.count = 5;
  const changes = queried.map((doc) => three.changes(doc));
  return { results, plan, changes };
}

function byId<T extends { readonly id: number }>(objects: readonly T[]): T[] {
  return [...objects].sort((a, b) => a.id - b.id);
}

/** All that can be seen of an object; what throws as it is read is hidden from `inspect`. */
function shown(Each: Model, object: object | undefined): unknown {
  if (object === undefined) return undefined;
  const read = infoOf(Each).table.columns.map(({ name }) => {
    try {
      return [name, (object as Record<string, unknown>)[name]];
    } catch (error) {
      return [name, `${error}`];
    }
  });
  return [object, read, Object.getOwnPropertyNames(object)];
}

describe.each([
  ["whose pages are scanned", Doc],
  ["that asks for stored values", Sealed as unknown as Model],
])("a model %s gives the same objects", (_, Each) => {
  let tableName: () => string;
  beforeAll(async () => {
    const bed = await makeBed([Each]);
    for (const item of items) await bed.store(Each, item);
    tableName = () => bed.tableName(Each);
  });

  it("whoever reads the answers", async () => {
    const direct = lookedAt({ tableName });
    const sdk = lookedAt({ tableName, wire: "sdk" });
    await bothGive(direct.engine, sdk.engine, Each);
    // Who reads them: what the library takes over isn't in what `send` gives.
    const withItems = ["Item", "Items", "Responses"];
    expect(direct.seen).not.toEqual(expect.arrayContaining(["Items"]));
    expect(withItems.filter((name) => direct.seen.includes(name))).toEqual([]);
    expect(withItems.filter((name) => sdk.seen.includes(name))).toEqual(withItems);
  });

  it("whoever reads the answers of an engine with other settings", async () => {
    const sdk = lookedAt({ tableName, wire: "sdk" });
    const derived = sdk.engine.context({ concurrency: 2, consistent: false });
    const [doc] = await derived.query(Each).key({ forum: "f", id: 0 }).all();
    expect(doc).toMatchObject({ id: 0, text: 'é"\\\n😀' });
    expect(sdk.seen).toContain("Items");
  });

  it("where a key doesn't fit", async () => {
    const bed = await makeBed([Each]);
    for (const id of ["1.5", "2"]) {
      await bed.store(Each, { forum: { S: "f" }, id: { N: id }, must: { S: "" } });
    }
    const attempt = async (wire: "direct" | "sdk") => {
      const { engine } = lookedAt({ tableName: () => bed.tableName(Each), wire });
      const queries = [engine, engine.session()].map((from) =>
        from.query(Each).key({ forum: "f" }),
      );
      const readings = queries.flatMap((query) => [query.all(), query.select("must").all()]);
      return Promise.all(
        readings.map((reading: Promise<object[]>) =>
          reading.then((objects) => inspect(objects.map((object) => shown(Each, object))), String),
        ),
      );
    };
    expect(await attempt("direct")).toEqual(await attempt("sdk"));
  });
});

async function bothGive(direct: Engine, sdk: Engine, Each: Model): Promise<void> {
  const [one, two] = [await readAll(direct, Each), await readAll(sdk, Each)];
  for (const [way, objects] of Object.entries(one.results)) {
    const others = two.results[way] as readonly object[];
    expect(objects.length, way).toBeGreaterThan(0);
    expect(objects, way).toEqual(others);
    for (const [at, object] of objects.entries()) {
      const text = (of: object | undefined) => inspect(shown(Each, of), { depth: null });
      expect(text(object), `${way} ${at}`).toBe(text(others[at]));
    }
  }
  expect(one.plan).toEqual(two.plan);
  expect(one.changes).toEqual(two.changes);
}
