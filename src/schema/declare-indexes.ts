import { assertKey, assertOptions, assertUnits, type Refuse, type Units } from "./declaration.js";
import { describeValue } from "./errors.js";
import type { GlobalIndex, IndexSpec, LocalIndex } from "./index-spec.js";
import { maxGlobalIndexes, maxLocalIndexes, maxProjectedAttributes } from "./limits.js";
import type { ColumnSpec, TableOptions, TableSpec } from "./table.js";

/** What of a table its indexes are declared on. */
export type IndexBase = Pick<
  TableSpec,
  "hashKey" | "rangeKey" | "version" | "byName" | "readUnits"
>;

const indexNames = /^[a-zA-Z0-9_.-]{3,255}$/;

const indexOptions = {
  global: ["hashKey", "rangeKey", "projection", "readUnits", "writeUnits"],
  local: ["rangeKey", "projection"],
} as const;

/** What a model's class has itself. */
const reserved: ReadonlySet<string> = new Set(["c", "ref", "prototype"]);

/** The indexes of a model, with their columns found. */
export function declareIndexes(
  refuse: Refuse,
  declared: NonNullable<TableOptions["indexes"]>,
  base: IndexBase,
): ReadonlyMap<string, IndexSpec> {
  const indexes = new Map<string, IndexSpec>();
  for (const [name, index] of Object.entries(declared)) {
    if (!indexNames.test(name)) {
      refuse(
        undefined,
        `the index name ${describeValue(name)} must have 3 to 255 letters, digits, "_", "-" or "."`,
      );
    }
    if (base.byName.has(name) || name in Function.prototype || reserved.has(name)) {
      refuse(name, "an index can't have the name of a column or of a class's own property");
    }
    indexes.set(name, declareIndex(refuse, name, index, base));
  }
  assertCount(refuse, indexes, "local", maxLocalIndexes);
  assertCount(refuse, indexes, "global", maxGlobalIndexes);
  assertProjected(refuse, indexes);
  return indexes;
}

/**
 * One attribute in two indexes counts twice, and the keys, which the request names too, count as well.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html
 */
function assertProjected(refuse: Refuse, indexes: ReadonlyMap<string, IndexSpec>): void {
  let count = 0;
  for (const { projection, projected } of indexes.values()) {
    if (projection === "include") count += projected.size;
  }
  if (count <= maxProjectedAttributes) return;
  refuse(
    undefined,
    `its indexes project ${count} attributes by name, keys included, and may project ${maxProjectedAttributes}: leave some out, or project "all"`,
  );
}

function assertCount(
  refuse: Refuse,
  indexes: ReadonlyMap<string, IndexSpec>,
  kind: IndexSpec["kind"],
  limit: number,
): void {
  const count = [...indexes.values()].filter((index) => index.kind === kind).length;
  if (count <= limit) return;
  refuse(
    undefined,
    `it has ${count} ${kind} indexes, and a table may have ${limit}: leave ${count - limit} out`,
  );
}

function declareIndex(
  refuse: Refuse,
  name: string,
  index: GlobalIndex | LocalIndex,
  base: IndexBase,
): IndexSpec {
  if (index?.kind !== "global" && index?.kind !== "local") {
    refuse(undefined, `the index ${name} is made by globalIndex() or localIndex()`);
  }
  const { kind, ...options } = index;
  assertOptions(refuse, `the ${kind} index ${name}`, options, indexOptions[kind]);
  const keyOf = (column: string): ColumnSpec => {
    const spec = find(refuse, name, column, base);
    assertKey(refuse, spec, `a key of the index ${name}`);
    return spec;
  };
  if (index.kind === "local") {
    if (index.rangeKey === undefined) refuse(undefined, `the local index ${name} needs a rangeKey`);
    if (base.rangeKey === undefined) {
      refuse(
        undefined,
        `the local index ${name} needs a table with a range key: add .rangeKey() to a column, or use globalIndex()`,
      );
    }
  } else if (index.hashKey === undefined) {
    refuse(undefined, `the global index ${name} needs a hashKey`);
  }
  const hashKey = index.kind === "global" ? keyOf(index.hashKey) : base.hashKey;
  const rangeKey = index.rangeKey === undefined ? undefined : keyOf(index.rangeKey);
  if (hashKey === rangeKey) {
    refuse(hashKey.name, `it is hash and range key of the index ${name}: leave one out`);
  }
  const units: Units = index.kind === "global" ? index : {};
  assertIndexUnits(refuse, name, units, base);
  return Object.freeze({
    name,
    kind: index.kind,
    hashKey,
    rangeKey,
    ...projectionOf(refuse, name, index.projection, [hashKey, rangeKey], base),
    readUnits: units.readUnits,
    writeUnits: units.writeUnits,
  });
}

function assertIndexUnits(refuse: Refuse, name: string, units: Units, base: IndexBase): void {
  assertUnits(refuse, units, `the index ${name}`);
  if (units.readUnits === undefined || base.readUnits !== undefined) return;
  refuse(
    undefined,
    `the index ${name} has units but its table is on demand: give the model readUnits and writeUnits, or the index none`,
  );
}

/** What a row of the index holds: always the keys of table and index, and the version. */
function projectionOf(
  refuse: Refuse,
  name: string,
  projection: GlobalIndex["projection"],
  indexKeys: readonly (ColumnSpec | undefined)[],
  base: IndexBase,
): Pick<IndexSpec, "projection" | "include" | "projected"> {
  if (projection !== "all" && projection !== "keys" && !Array.isArray(projection)) {
    refuse(
      undefined,
      `the index ${name} projects "all", "keys" or a list of columns, not ${describeValue(projection)}`,
    );
  }
  const listed = typeof projection === "string" ? [] : projection;
  const include = new Set(listed.map((column) => find(refuse, name, column, base)));
  if (projection === "all") {
    return {
      projection: "all",
      include: Object.freeze([]),
      projected: new Set(base.byName.keys()),
    };
  }
  const keys = new Set([base.hashKey, base.rangeKey, ...indexKeys]);
  // The lock must be known of every object, from wherever it was read.
  if (base.version !== undefined) include.add(base.version);
  const projected = new Set<string>();
  for (const column of [...keys, ...include]) if (column !== undefined) projected.add(column.name);
  const hasMore = [...include].some((column) => !keys.has(column));
  return {
    projection: hasMore ? "include" : "keys",
    include: Object.freeze([...include]),
    projected,
  };
}

function find(refuse: Refuse, index: string, column: string, { byName }: IndexBase): ColumnSpec {
  const spec = byName.get(column);
  if (spec !== undefined) return spec;
  const known = [...byName.keys()].join(", ");
  return refuse(
    String(column),
    `the index ${index} names ${describeValue(column)}, which isn't a column; the columns are ${known}`,
  );
}
