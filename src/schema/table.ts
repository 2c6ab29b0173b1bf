import type { AttributeType } from "./attribute-type.js";
import type { Columns, KeyRole } from "./column.js";
import { describeValue, InvalidModel } from "./errors.js";
import type { GlobalIndex, IndexSpec, LocalIndex } from "./index-spec.js";
import { maxGlobalIndexes, maxHashKeyBytes, maxLocalIndexes, maxRangeKeyBytes } from "./limits.js";
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
  return new Declaration(model).table(columns, options);
}

const tableNames = /^[a-zA-Z0-9_.-]{1,255}$/;
const indexNames = /^[a-zA-Z0-9_.-]{3,255}$/;

class Declaration {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
    if (typeof model !== "string" || model === "") {
      this.#refuse(undefined, 'a model needs a name: model("Post", { … })');
    }
  }

  table(columns: Columns, options: TableOptions): TableSpec {
    const specs = Object.entries(columns).map(([name, column], position) =>
      this.#column(name, column?.settings, position),
    );
    const byName = new Map(specs.map((spec) => [spec.name, spec]));
    const hashKey = this.#only(specs, (spec) => spec.role === "hash", "hash keys");
    if (hashKey === undefined) {
      this.#refuse(undefined, "it has no hash key: add .hashKey() to one column");
    }
    const rangeKey = this.#only(specs, (spec) => spec.role === "range", "range keys");
    const version = this.#only(specs, (spec) => spec.isVersion, "version columns");
    const ttl = this.#only(specs, (spec) => spec.isTtl, "TTL columns");
    const tableName = options.tableName ?? this.#model;
    if (!tableNames.test(tableName)) {
      this.#refuse(
        undefined,
        `the table name ${describeValue(tableName)} may hold only letters, digits, "_", "-" and "."`,
      );
    }
    this.#units(options);
    const base = { hashKey, rangeKey, version, byName };
    const indexes = this.#indexes(options.indexes ?? {}, base);
    return Object.freeze({
      model: this.#model,
      tableName,
      columns: Object.freeze(specs),
      byAttribute: this.#byAttribute(specs),
      ...base,
      ttl,
      indexes,
      indexKeyBytes: indexKeyBytes(indexes),
      readUnits: options.readUnits,
      writeUnits: options.writeUnits,
      atomic: options.atomic,
    });
  }

  #column(
    name: string,
    settings: Columns[string]["settings"] | undefined,
    position: number,
  ): ColumnSpec {
    if (settings === undefined) {
      this.#refuse(name, "a column is made by a type such as t.string()");
    }
    const { type, role, isOptional, isTtl, isVersion, makeDefault } = settings;
    const attribute = settings.attribute ?? name;
    if (attribute === "") this.#refuse(name, "an attribute's name can't be empty");
    if (new Set(settings.roles).size > 1) {
      this.#refuse(name, "it can't be both hash and range key: take one of them off");
    }
    if (role !== "none") {
      this.#keyType(name, type, `a ${role} key`);
      if (isOptional) this.#refuse(name, "a key can't be optional: take .optional() off");
      if (isVersion) this.#refuse(name, "a version changes with each write, and a key can't");
      if (settings.onUpdate !== undefined) {
        this.#refuse(name, "a key can't change: take .onUpdate() off");
      }
    }
    if (isTtl && type.wire !== "N") {
      this.#refuse(name, "a TTL is stored as a number of seconds: use t.timestamp()");
    }
    if (isVersion && (isOptional || makeDefault !== undefined || settings.onUpdate !== undefined)) {
      this.#refuse(name, "a version is counted by the library: take the other modifiers off");
    }
    return Object.freeze({
      name,
      attribute,
      type,
      role,
      isOptional,
      makeDefault,
      onUpdate: settings.onUpdate,
      validators: settings.validators,
      isTtl,
      isVersion,
      position,
    });
  }

  #keyType(column: string, type: AttributeType, what: string): void {
    if (type.wire === "S" || type.wire === "N" || type.wire === "B") return;
    this.#refuse(column, `${what} is text, a number or bytes, and ${type.name} is none of them`);
  }

  #only(
    specs: readonly ColumnSpec[],
    is: (spec: ColumnSpec) => boolean,
    what: string,
  ): ColumnSpec | undefined {
    const found = specs.filter(is);
    if (found.length > 1) {
      const names = found.map(({ name }) => name).join(" and ");
      this.#refuse(found[1]?.name, `it has ${found.length} ${what}, ${names}: keep one of them`);
    }
    return found[0];
  }

  #byAttribute(specs: readonly ColumnSpec[]): ReadonlyMap<string, ColumnSpec> {
    const found = new Map<string, ColumnSpec>();
    for (const spec of specs) {
      const other = found.get(spec.attribute);
      if (other !== undefined) {
        this.#refuse(
          spec.name,
          `${other.name} is stored as ${describeValue(spec.attribute)} too: give one of them another name with .as()`,
        );
      }
      found.set(spec.attribute, spec);
    }
    return found;
  }

  #units({ readUnits, writeUnits }: { readonly readUnits?: number; readonly writeUnits?: number }) {
    for (const units of [readUnits, writeUnits]) {
      if (units !== undefined && (!Number.isSafeInteger(units) || units < 1)) {
        this.#refuse(
          undefined,
          `${describeValue(units)} can't be a number of units: use 1 or more`,
        );
      }
    }
    if ((readUnits === undefined) !== (writeUnits === undefined)) {
      this.#refuse(
        undefined,
        "a provisioned table needs both readUnits and writeUnits; give neither for one on demand",
      );
    }
  }

  #indexes(declared: NonNullable<TableOptions["indexes"]>, base: Base): Map<string, IndexSpec> {
    const indexes = new Map<string, IndexSpec>();
    for (const [name, index] of Object.entries(declared)) {
      if (!indexNames.test(name)) {
        this.#refuse(
          undefined,
          `the index name ${describeValue(name)} must have 3 to 255 letters, digits, "_", "-" or "."`,
        );
      }
      if (base.byName.has(name) || name in Function.prototype || reserved.has(name)) {
        this.#refuse(name, "an index can't have the name of a column or of a class's own property");
      }
      indexes.set(name, this.#index(name, index, base));
    }
    const count = (kind: string) =>
      [...indexes.values()].filter((each) => each.kind === kind).length;
    if (count("local") > maxLocalIndexes) {
      this.#refuse(
        undefined,
        `it has ${count("local")} local indexes, and a table may have ${maxLocalIndexes}`,
      );
    }
    if (count("global") > maxGlobalIndexes) {
      this.#refuse(
        undefined,
        `it has ${count("global")} global indexes, and a table may have ${maxGlobalIndexes}`,
      );
    }
    return indexes;
  }

  #index(name: string, index: GlobalIndex | LocalIndex, base: Base): IndexSpec {
    if (index?.kind !== "global" && index?.kind !== "local") {
      this.#refuse(undefined, `the index ${name} is made by globalIndex() or localIndex()`);
    }
    if (index.kind === "local" && index.rangeKey === undefined) {
      this.#refuse(undefined, `the local index ${name} needs a rangeKey`);
    }
    if (index.kind === "local" && base.rangeKey === undefined) {
      this.#refuse(undefined, `the local index ${name} needs a table with a range key`);
    }
    const hashKey =
      index.kind === "global" ? this.#indexKey(name, index.hashKey, base) : base.hashKey;
    const rangeKey =
      index.rangeKey === undefined ? undefined : this.#indexKey(name, index.rangeKey, base);
    if (hashKey === rangeKey) {
      this.#refuse(hashKey.name, `it is hash and range key of the index ${name}: leave one out`);
    }
    const { projection } = index;
    if (projection !== "all" && projection !== "keys" && !Array.isArray(projection)) {
      this.#refuse(
        undefined,
        `the index ${name} projects "all", "keys" or a list of columns, not ${describeValue(projection)}`,
      );
    }
    const listed = typeof projection === "string" ? [] : projection;
    const include = new Set(listed.map((column) => this.#find(name, column, base)));
    const keys = new Set(
      [base.hashKey, base.rangeKey, hashKey, rangeKey].filter((key) => key !== undefined),
    );
    // The lock must be known of every object, from wherever it was read.
    if (typeof projection !== "string" && base.version !== undefined) include.add(base.version);
    const isInclude = [...include].some((column) => !keys.has(column));
    const projected =
      projection === "all" ? base.byName.keys() : [...keys, ...include].map((each) => each.name);
    const units: Pick<GlobalIndex, "readUnits" | "writeUnits"> =
      index.kind === "global" ? index : {};
    this.#units(units);
    return Object.freeze({
      name,
      kind: index.kind,
      hashKey,
      rangeKey,
      projection: projection === "all" ? "all" : isInclude ? "include" : "keys",
      include: Object.freeze([...include]),
      projected: new Set(projected),
      readUnits: units.readUnits,
      writeUnits: units.writeUnits,
    });
  }

  #indexKey(index: string, column: string, base: Base): ColumnSpec {
    const spec = this.#find(index, column, base);
    this.#keyType(spec.name, spec.type, `a key of the index ${index}`);
    return spec;
  }

  #find(index: string, column: string, { byName }: Base): ColumnSpec {
    const spec = byName.get(column);
    if (spec === undefined) {
      const known = [...byName.keys()].join(", ");
      this.#refuse(
        String(column),
        `the index ${index} names ${describeValue(column)}, which isn't a column; the columns are ${known}`,
      );
    }
    return spec;
  }

  #refuse(column: string | undefined, problem: string): never {
    const subject = column === undefined ? this.#model : `${this.#model}.${column}`;
    throw new InvalidModel(`${subject}: ${problem}.`, {
      model: this.#model,
      ...(column !== undefined && { column }),
    });
  }
}

/** What a model's class has itself. */
const reserved: ReadonlySet<string> = new Set(["c", "ref", "prototype"]);

type Base = Pick<TableSpec, "hashKey" | "rangeKey" | "version" | "byName">;

function indexKeyBytes(indexes: ReadonlyMap<string, IndexSpec>): Map<string, number> {
  const limits = new Map<string, number>();
  const limit = (column: ColumnSpec, bytes: number) =>
    limits.set(column.name, Math.min(bytes, limits.get(column.name) ?? bytes));
  for (const { kind, hashKey, rangeKey } of indexes.values()) {
    if (kind === "global") limit(hashKey, maxHashKeyBytes);
    if (rangeKey !== undefined) limit(rangeKey, maxRangeKeyBytes);
  }
  return limits;
}
