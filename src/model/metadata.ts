import { blankOf } from "../schema/blank.js";
import { InvalidModel } from "../schema/errors.js";
import type { ColumnSpec, TableSpec } from "../schema/table.js";
import type { WireItem } from "../schema/wire.js";
import { gapAccessor } from "./gaps.js";
import { findState } from "./instance-state.js";

/** A column and what setting it takes. */
export interface ColumnSlot {
  readonly column: ColumnSpec;
  readonly name: string;
  readonly isKey: boolean;
  /** Whether values are equal by `===`, and by that alone. */
  readonly isScalar: boolean;
  /** Whether its names are inherited by plain objects or instances, as `constructor` or `__proto__`. */
  readonly isHazardous: boolean;
}

/** The facts of one model class. */
export interface ModelInfo {
  readonly name: string;
  readonly table: TableSpec;
  /** The class that instances are of: the one declared by `class … extends model(…)`. */
  readonly model: new (
    values: never,
  ) => object;
  readonly prototype: object;
  readonly slots: readonly ColumnSlot[];
  /** Whether there is a column of which the stored value is kept along with the instance's. */
  readonly hasOpaque: boolean;
  /** Whether any of the slots is hazardous. */
  readonly hasHazards: boolean;
  /** Where among the slots the parts of the key are; a range of −1: there is none. */
  readonly keyPlaces: { readonly hash: number; readonly range: number };
  /** By column: see `gapAccessor`. */
  readonly gapAccessors: ReadonlyMap<string, PropertyDescriptor>;
  /** Makes an instance without values; no constructor of the user's runs. */
  readonly Blank: new () => object;
  /** Makes a snapshot without values. */
  readonly BlankSnapshot: new () => Record<string, unknown>;
  /** Makes an item without attributes. */
  readonly BlankItem: new () => WireItem;
}

/** Where the base class that `model()` makes keeps its table. */
export const tableOf = Symbol("dynalchemy.table");

const infos = new WeakMap<object, ModelInfo>();

/**
 * The facts of a model.
 *
 * @throws {InvalidModel} INVALID_MODEL for a value that `model()` didn't make.
 */
export function infoOf(model: unknown): ModelInfo {
  if (typeof model !== "function") throw notModel(model);
  const known = infos.get(model);
  if (known !== undefined) return known;
  const table = (model as { readonly [tableOf]?: TableSpec })[tableOf];
  if (table === undefined) throw notModel(model);
  const prototype = model.prototype as object;
  const slots = table.columns.map((column) =>
    Object.freeze({
      column,
      name: column.name,
      isKey: column.role !== "none",
      isScalar: column.type.isScalar,
      isHazardous: column.name in prototype || column.attribute in Object.prototype,
    }),
  );
  const info: ModelInfo = Object.freeze({
    name: table.model,
    table,
    model: model as ModelInfo["model"],
    prototype,
    gapAccessors: new Map(slots.map(({ name }) => [name, gapAccessor(table.model, name)])),
    Blank: blankOf(prototype, table.columns.length),
    BlankSnapshot: blankOf(Object.prototype, table.columns.length) as ModelInfo["BlankSnapshot"],
    BlankItem: blankOf(Object.prototype, table.columns.length) as ModelInfo["BlankItem"],
    keyPlaces: {
      hash: table.columns.indexOf(table.hashKey),
      range: table.rangeKey === undefined ? -1 : table.columns.indexOf(table.rangeKey),
    },
    hasOpaque: table.columns.some(({ type }) => type.isOpaque === true),
    slots,
    hasHazards: slots.some(({ isHazardous }) => isHazardous),
  });
  infos.set(model, info);
  return info;
}

/** Whether two classes describe the same items: a model and its subclasses do. */
export function isSameModel(a: ModelInfo, b: ModelInfo): boolean {
  return a.table === b.table;
}

function notModel(value: unknown): InvalidModel {
  const isInstance = findState(value) !== undefined;
  const found =
    typeof value === "function"
      ? `the function ${value.name || "without a name"}`
      : isInstance
        ? "an instance"
        : `a value of type ${value === null ? "null" : typeof value}`;
  return new InvalidModel(
    `Expected a model class but got ${found}: pass what model("Name", { … }) returned, or a class that extends it.`,
    { model: typeof value === "function" ? value.name : "?" },
  );
}
