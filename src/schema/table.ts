import type { AttributeType } from "./attribute-type.js";
import type { Columns, KeyRole } from "./column.js";
import { assertOptions, assertUnits, type Refuse, refusalOf } from "./declaration.js";
import { byAttributeOf, declareColumns } from "./declare-columns.js";
import { declareIndexes } from "./declare-indexes.js";
import { describeValue, InvalidModel } from "./errors.js";
import type { GlobalIndex, IndexSpec, LocalIndex } from "./index-spec.js";
import { maxHashKeyBytes, maxRangeKeyBytes } from "./limits.js";
import type { Validator } from "./standard-schema.js";

/** A column of one table, with everything that its declaration left open filled in. */
export interface ColumnSpec {
  readonly name: string;
  /** The attribute's name in the table. */
  readonly attribute: string;
  readonly type: AttributeType;
  readonly role: KeyRole;
  /** Whether an item may lack it. */
  readonly isOptional: boolean;
  readonly makeDefault: (() => unknown) | undefined;
  readonly onUpdate: (() => unknown) | undefined;
  readonly validators: readonly Validator[];
  readonly isTtl: boolean;
  readonly isVersion: boolean;
  readonly position: number;
}

/** What a model may say of its table. */
export interface TableOptions {
  /** Default: the model's name. */
  readonly tableName?: string;
  /** Provisioned read units; with neither of both given the table is on demand. */
  readonly readUnits?: number;
  readonly writeUnits?: number;
  readonly indexes?: Readonly<Record<string, GlobalIndex | LocalIndex>>;
  /** What guards writes of this model's objects, before the session's own setting. */
  readonly atomic?: "changed" | "loaded" | false;
}

/** A table: columns, keys and indexes together, checked once and frozen. */
export interface TableSpec {
  /** The model's name. */
  readonly model: string;
  /** As declared; the engine may map it to another. */
  readonly tableName: string;
  readonly columns: readonly ColumnSpec[];
  readonly byName: ReadonlyMap<string, ColumnSpec>;
  readonly byAttribute: ReadonlyMap<string, ColumnSpec>;
  /** Those with validators. */
  readonly validated: readonly ColumnSpec[];
  readonly hashKey: ColumnSpec;
  readonly rangeKey: ColumnSpec | undefined;
  readonly version: ColumnSpec | undefined;
  readonly ttl: ColumnSpec | undefined;
  readonly indexes: ReadonlyMap<string, IndexSpec>;
  /** The longest value, in bytes, of each column that is a key of an index. */
  readonly indexKeyBytes: ReadonlyMap<string, number>;
  readonly readUnits: number | undefined;
  readonly writeUnits: number | undefined;
  readonly atomic: "changed" | "loaded" | false | undefined;
}

const tableNames = /^[a-zA-Z0-9_.-]{1,255}$/;
const optionNames = Object.keys({
  tableName: true,
  readUnits: true,
  writeUnits: true,
  indexes: true,
  atomic: true,
} satisfies Record<keyof TableOptions, true>);
const guards: ReadonlySet<unknown> = new Set<TableOptions["atomic"]>([
  undefined,
  false,
  "changed",
  "loaded",
]);

/**
 * Puts columns, keys and indexes together.
 *
 * @throws {InvalidModel} INVALID_MODEL, naming the model, the column and the fix.
 */
export function declareTable(
  model: string,
  columns: Columns,
  options: TableOptions = {},
): TableSpec {
  if (typeof model !== "string" || model === "") {
    throw new InvalidModel('A model needs a name: model("Post", { … }).', { model: "" });
  }
  const refuse: Refuse = refusalOf(model);
  if (typeof options !== "object" || options === null) {
    refuse(undefined, `its options are an object, not ${describeValue(options)}`);
  }
  assertOptions(refuse, "a model", options, optionNames);
  const specs = declareColumns(refuse, columns);
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const hashKey = only(refuse, specs, ({ role }) => role === "hash", "hash keys");
  if (hashKey === undefined) refuse(undefined, "it has no hash key: add .hashKey() to a column");
  const rangeKey = only(refuse, specs, ({ role }) => role === "range", "range keys");
  const version = only(refuse, specs, ({ isVersion }) => isVersion, "version columns");
  const ttl = only(refuse, specs, ({ isTtl }) => isTtl, "TTL columns");
  const { tableName = model, readUnits, writeUnits, atomic } = options;
  // Its length is left open: the engine may map it to another.
  if (!tableNames.test(tableName)) {
    refuse(
      undefined,
      `the table name ${describeValue(tableName)} may hold only letters, digits, "_", "-" and ".": give another by tableName`,
    );
  }
  assertUnits(refuse, options, "the table");
  if (!guards.has(atomic)) {
    refuse(undefined, `atomic is "changed", "loaded" or false, not ${describeValue(atomic)}`);
  }
  const base = { hashKey, rangeKey, version, byName, readUnits };
  const indexes = declareIndexes(refuse, options.indexes ?? {}, base);
  return Object.freeze({
    model,
    tableName,
    columns: specs,
    byAttribute: byAttributeOf(refuse, specs),
    validated: specs.filter(({ validators }) => validators.length > 0),
    ...base,
    ttl,
    indexes,
    indexKeyBytes: indexKeyBytes(indexes),
    writeUnits,
    atomic,
  });
}

function only(
  refuse: Refuse,
  specs: readonly ColumnSpec[],
  is: (spec: ColumnSpec) => boolean,
  what: string,
): ColumnSpec | undefined {
  const found = specs.filter(is);
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(" and ");
    refuse(found[1]?.name, `it has ${found.length} ${what}, ${names}: keep one of them`);
  }
  return found[0];
}

function indexKeyBytes(indexes: ReadonlyMap<string, IndexSpec>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  const limit = (column: ColumnSpec, bytes: number) =>
    limits.set(column.name, Math.min(bytes, limits.get(column.name) ?? bytes));
  for (const { kind, hashKey, rangeKey } of indexes.values()) {
    if (kind === "global") limit(hashKey, maxHashKeyBytes);
    if (rangeKey !== undefined) limit(rangeKey, maxRangeKeyBytes);
  }
  return limits;
}
