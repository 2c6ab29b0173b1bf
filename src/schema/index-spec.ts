import type { Columns } from "./column.js";
import type { HashName } from "./infer.js";
import type { ColumnSpec } from "./table.js";

/** What of an item an index holds beside its keys: everything, nothing, or the named columns. */
export type Projection<N extends string = string> = "all" | "keys" | readonly N[];

/** A global secondary index, as it is declared: `N` are the columns it names, `H` is its hash key. */
export interface GlobalIndex<N extends string = string, H extends string = N> {
  readonly kind: "global";
  readonly hashKey: H;
  readonly rangeKey?: N;
  readonly projection: Projection<N>;
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

/** A local secondary index, as it is declared. */
export interface LocalIndex<N extends string = string> {
  readonly kind: "local";
  readonly rangeKey: N;
  readonly projection: Projection<N>;
}

/** The indexes of a model, whose columns must be the model's. */
export type IndexDeclarations<C extends Columns> = {
  readonly [index: string]: GlobalIndex<keyof C & string> | LocalIndex<keyof C & string>;
};

/** The name of an index's hash key: a local one has the table's. */
export type IndexHashName<C extends Columns, X> = X extends {
  readonly kind: "global";
  readonly hashKey: infer H;
}
  ? H
  : HashName<C>;

/**
 * An index with a hash key of its own, over the whole table; its rows are copies that come later,
 * so that it has no consistent reads. Units are for provisioned tables; default: the table's.
 *
 * @example byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: "all" })
 */
export function globalIndex<const N extends string, const H extends string>(index: {
  readonly hashKey: H;
  readonly rangeKey?: N;
  /** Default `"all"`. */
  readonly projection?: Projection<N>;
  readonly readUnits?: number;
  readonly writeUnits?: number;
}): GlobalIndex<N, H> {
  return Object.freeze({ ...index, projection: projected(index.projection), kind: "global" });
}

/**
 * An index with the table's hash key and another range key. It must be there when the table is created.
 *
 * @example byDate: localIndex({ rangeKey: "date", projection: ["views"] })
 */
export function localIndex<const N extends string>(index: {
  readonly rangeKey: N;
  /** Default `"all"`. */
  readonly projection?: Projection<N>;
}): LocalIndex<N> {
  return Object.freeze({ ...index, projection: projected(index.projection), kind: "local" });
}

/** A copy, so that nobody changes it afterwards. */
function projected<N extends string>(projection: Projection<N> = "all"): Projection<N> {
  return Array.isArray(projection) ? Object.freeze([...projection]) : projection;
}

/** An index, with its columns found. */
export interface IndexSpec {
  readonly name: string;
  readonly kind: "global" | "local";
  readonly hashKey: ColumnSpec;
  readonly rangeKey: ColumnSpec | undefined;
  readonly projection: "all" | "keys" | "include";
  /** The columns of an `include` projection: as declared, and the version. Empty for `all`. */
  readonly include: readonly ColumnSpec[];
  /** The names of all columns that a row of the index holds. */
  readonly projected: ReadonlySet<string>;
  readonly readUnits: number | undefined;
  readonly writeUnits: number | undefined;
}
