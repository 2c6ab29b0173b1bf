import { globalIndex, localIndex, model, t } from "dynalchemy";
import { infoOf } from "../../src/model/metadata.js";
import type { AnyModel } from "../../src/model/model.js";
import { encodeItem } from "../../src/schema/item-codec.js";
import type { AttributeValue, WireItem } from "../../src/schema/wire.js";
import type { Bed } from "./test-bed.js";

/*
 * What queries are held against: keys of each type that a key may have, and each place that is
 * read by key. Each of two partitions holds five items, `at` 0 to 4.
 */

/** What a request has beside the key condition. */
export interface Extra {
  readonly [part: string]: unknown;
  readonly names?: Record<string, string>;
  readonly values?: WireItem;
}

/** Values of one key type in their order, and how a request has them. */
export const keyTypes = {
  S: {
    make: () => t.string(),
    values: ["a", "aa", "b", "é", "\u{1F600}"],
    wire: (value: unknown): AttributeValue => ({ S: value as string }),
    prefix: "a",
  },
  N: {
    make: () => t.number(),
    values: [-1.5, 0, 2, 10, 1e20],
    wire: (value: unknown): AttributeValue => ({
      N: value === 1e20 ? "100000000000000000000" : String(value),
    }),
    prefix: undefined,
  },
  B: {
    make: () => t.binary(),
    values: [[0], [0, 1], [1], [127], [255]].map((bytes) => Uint8Array.from(bytes)),
    wire: (value: unknown): AttributeValue => ({ B: value as Uint8Array }),
    prefix: Uint8Array.of(0),
  },
} as const;

export type KeyType = keyof typeof keyTypes;

export const keyTypeNames = Object.keys(keyTypes) as KeyType[];

/** Where a query reads, with the columns of its key. */
export const places = [
  { what: "the table", index: undefined, hash: "hash", range: "range" },
  { what: "a local index", index: "byRank", hash: "hash", range: "rank" },
  { what: "a global index", index: "byOther", hash: "other", range: "rank" },
] as const;

/** The columns of the keys, all of one type. */
export function keyColumns(type: KeyType) {
  // One of the three makers; the columns' types don't matter to those who call it.
  const make = keyTypes[type].make as () => ReturnType<typeof t.string>;
  return {
    hash: make().hashKey(),
    range: make().rangeKey(),
    other: make().optional(),
    rank: make().optional(),
  };
}

/** A model whose indexes hold everything. */
export function wholeModel(type: KeyType) {
  return model(
    "Thing",
    { ...keyColumns(type), at: t.integer() },
    {
      indexes: {
        byRank: localIndex({ rangeKey: "rank" }),
        byOther: globalIndex({ hashKey: "other", rangeKey: "rank" }),
      },
    },
  );
}

/** A model whose indexes hold `at`, and not `note`. */
export function partialModel(type: KeyType) {
  return model(
    "Thing",
    { ...keyColumns(type), at: t.integer(), note: t.string() },
    {
      indexes: {
        byRank: localIndex({ rangeKey: "rank", projection: ["at"] }),
        byOther: globalIndex({ hashKey: "other", rangeKey: "rank", projection: ["at"] }),
      },
    },
  );
}

/** A model whose items expire. */
export function fadingModel(type: KeyType) {
  return model(
    "Thing",
    { ...keyColumns(type), at: t.integer(), expires: t.timestamp().optional().ttl() },
    {
      indexes: {
        byRank: localIndex({ rangeKey: "rank" }),
        byOther: globalIndex({ hashKey: "other", rangeKey: "rank" }),
      },
    },
  );
}

/** A model with two more columns of the keys' type, for filters. */
export function filteredModel(type: KeyType) {
  const make = keyTypes[type].make as () => ReturnType<typeof t.string>;
  return model(
    "Thing",
    { ...keyColumns(type), at: t.integer(), value: make().optional(), twin: make().optional() },
    {
      indexes: {
        byRank: localIndex({ rangeKey: "rank", projection: ["at", "value", "twin"] }),
        byOther: globalIndex({
          hashKey: "other",
          rangeKey: "rank",
          projection: ["at", "value", "twin"],
        }),
      },
    },
  );
}

/** The item that stands at a place of one of the partitions; in the indexes the order is the other way round. */
export function itemOf(
  Model: AnyModel,
  type: KeyType,
  at: number,
  hash: unknown,
  more: object = {},
): WireItem {
  const { values } = keyTypes[type];
  const row: Record<string, unknown> = {
    hash,
    range: values[at],
    other: hash,
    rank: values[values.length - 1 - at],
    at,
    ...more,
  };
  return encodeItem(infoOf(Model).table, (column) => row[column.name]);
}

/** Stores both partitions: that of the second value, which is queried, and that of the third. */
export async function storeMatrix(
  bed: Bed,
  Model: AnyModel,
  type: KeyType,
  more: (at: number) => object = () => ({}),
): Promise<void> {
  const { values } = keyTypes[type];
  const items = values.flatMap((_, at) =>
    [values[1], values[2]].map((hash) => itemOf(Model, type, at, hash, more(at))),
  );
  await Promise.all(items.map((item) => bed.store(Model, item)));
  bed.recorder.clear();
}
