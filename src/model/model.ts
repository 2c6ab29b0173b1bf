import type { Paths } from "../expr/path.js";
import { columnPath, type Path } from "../expr/path.js";
import { roomFor } from "../schema/blank.js";
import type { Columns } from "../schema/column.js";
import { describeValue, InvalidValue } from "../schema/errors.js";
import type { IndexDeclarations, IndexHashName } from "../schema/index-spec.js";
import type { KeyInput, NewValues, Row } from "../schema/infer.js";
import { describeGiven, keyOf } from "../schema/key.js";
import { declareTable, type TableOptions, type TableSpec } from "../schema/table.js";
import { setOwn } from "../schema/wire.js";
import { showValue } from "./gaps.js";
import { hydrateRef } from "./hydrate.js";
import { IndexRef } from "./index-ref.js";
import { attachState } from "./instance-state.js";
import { infoOf, type ModelInfo, tableOf } from "./metadata.js";
import { jsonInstance } from "./plain.js";

/** Where a model's types are kept; there is nothing there at run time. */
export declare const modelTypes: unique symbol;

declare const instanceMark: unique symbol;

/**
 * Any instance of a model, as sessions take it. The mark is for types alone, and is never there: a
 * plain object with the same properties hasn't it, and neither has the class.
 */
export interface ModelInstance {
  readonly [instanceMark]?: never;
}

/** What every model has beside its columns. */
export interface ModelStatics<C extends Columns, X> {
  /** Only for types. */
  readonly [modelTypes]: { readonly columns: C; readonly indexes: X };
  /** Every column by name, also those whose names a function's own properties take, such as `name`. */
  readonly c: Paths<C>;
  /**
   * An instance that knows only its key, to be changed or deleted without being read first.
   *
   * @throws {InvalidValue} INVALID_VALUE if the key's values don't fit its columns.
   * @example session.delete(Post.ref({ forum: "DynamoDB", id }));
   */
  ref<T>(this: new (values: never) => T, key: KeyInput<C>): T;
}

/** The names that can't be statics, since a function has them itself or the model does. */
// biome-ignore lint/complexity/noBannedTypes: exactly the properties that every function has are meant.
type Taken = keyof Function | "prototype" | "c" | "ref";

type IndexRefs<C extends Columns, X> = {
  readonly [N in keyof X]: IndexRef<C, IndexHashName<C, X[N]>>;
};

/** A model: a class whose instances are items of one table. */
export type ModelClass<C extends Columns, X> = (new (
  values: NewValues<C>,
) => Row<C> & ModelInstance) &
  ModelStatics<C, X> &
  Omit<Paths<C>, Taken> &
  IndexRefs<C, X>;

/** Any model, or a class that extends one. */
export interface AnyModel {
  new (values: never): object;
  readonly [modelTypes]: { readonly columns: Columns; readonly indexes: unknown };
}

export type ColumnsOf<M extends AnyModel> = M[typeof modelTypes]["columns"];
export type IndexesOf<M extends AnyModel> = M[typeof modelTypes]["indexes"];
export type IndexNamesOf<M extends AnyModel> = keyof IndexesOf<M> & string;
export type KeyOf<M extends AnyModel> = KeyInput<ColumnsOf<M>>;

/** What a model may be told beside its columns. */
export type ModelOptions<C extends Columns, X extends IndexDeclarations<C>> = Omit<
  TableOptions,
  "indexes"
> & {
  /** Secondary indexes by the name under which the model and the table know them. */
  readonly indexes?: X;
};

/**
 * Declares a model: a class with typed attributes, its table and its indexes. Extend it to add
 * methods, or use it as it is. SQLAlchemy's declarative mapping.
 *
 * @throws {InvalidModel} INVALID_MODEL, naming the column and the fix, for a table that can't be.
 * @example
 * class Post extends model("Post", {
 *   forum: t.string().hashKey(),
 *   id: t.uuid().rangeKey(),
 *   views: t.integer().default(0),
 * }) {}
 */
export function model<
  const C extends Columns,
  const X extends IndexDeclarations<C> = Record<never, never>,
>(name: string, columns: C, options?: ModelOptions<C, X>): ModelClass<C, X> {
  const table = declareTable(name, columns, options as TableOptions | undefined);
  const paths = columnPaths(table);

  class Model {
    static readonly [tableOf]: TableSpec = table;
    static readonly c = paths;

    static ref(key: object): object {
      const info = infoOf(this);
      return hydrateRef(info, keyOf(info.table, key)).instance;
    }

    constructor(values: object) {
      construct(infoOf(new.target), this, values);
    }

    toJSON(): Record<string, unknown> {
      return jsonInstance(this);
    }
  }

  // With many columns, new instances would be slow dictionaries.
  Object.setPrototypeOf(Model, roomFor(table.columns.length));
  Object.defineProperty(Model, "name", { configurable: true, value: name });
  defineColumns(Model, paths);
  for (const index of table.indexes.keys()) {
    Object.defineProperty(Model, index, {
      configurable: true,
      enumerable: true,
      // Read through the subclass, a reference leads to the subclass's instances.
      get(this: unknown) {
        return new IndexRef(infoOf(this), index);
      },
    });
  }
  // The statics made above are exactly what the type says; TypeScript can't follow defineProperty.
  return Model as unknown as ModelClass<C, X>;
}

function columnPaths(table: TableSpec): Readonly<Record<string, Path<unknown>>> {
  const paths: Record<string, Path<unknown>> = {};
  for (const column of table.columns) setOwn(paths, column.name, columnPath(table, column));
  return Object.freeze(paths);
}

function defineColumns(target: object, paths: Readonly<Record<string, unknown>>): void {
  for (const [name, path] of Object.entries(paths)) {
    const isTaken = name in Function.prototype || Object.hasOwn(target, name);
    if (isTaken) continue;
    Object.defineProperty(target, name, { configurable: true, enumerable: true, value: path });
  }
}

/** Puts the values of a new instance on it, defaults where none is given. */
function construct(info: ModelInfo, instance: object, values: object): void {
  if (typeof values !== "object" || values === null) {
    throw invalid(info, undefined, `new ${info.name}() takes an object of attributes`);
  }
  for (const name in values) {
    if (info.table.byName.has(name) || !Object.hasOwn(values, name)) continue;
    throw invalid(
      info,
      name,
      `${info.name} has no column ${describeValue(name)}: declare it, or leave it out`,
      values,
    );
  }
  const state = attachState(info, instance);
  let defaulted: Set<string> | undefined;
  let omitted: Set<string> | undefined;
  for (const { column, name, isHazardous } of info.slots) {
    let value: unknown = Object.hasOwn(values, name)
      ? (values as Record<string, unknown>)[name]
      : undefined;
    if (value === undefined && column.makeDefault !== undefined) {
      value = column.makeDefault();
      defaulted ??= new Set();
      defaulted.add(name);
    }
    if (value === undefined && !column.isOptional && !column.isVersion) {
      const subject = `${info.name}.${name}${ofKey(info, values)}`;
      throw invalid(info, name, `${subject} is required: give it a value`, values);
    }
    if (value === undefined) {
      omitted ??= new Set();
      omitted.add(name);
    }
    if (isHazardous) showValue(state, name, value);
    else (instance as Record<string, unknown>)[name] = value;
  }
  state.omitted = omitted;
  state.defaulted = defaulted;
}

function invalid(
  info: ModelInfo,
  attribute: string | undefined,
  message: string,
  values?: object,
): InvalidValue {
  const key = values && describeGiven(info.table, values);
  return new InvalidValue(`${message}.`, { model: info.name, attribute: attribute ?? "", key });
}

function ofKey(info: ModelInfo, values: object): string {
  const key = describeGiven(info.table, values);
  return key === undefined ? "" : ` of ${key}`;
}
