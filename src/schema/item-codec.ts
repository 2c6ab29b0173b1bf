import { describePath, InvalidValue } from "./errors.js";
import { Misfit, misfit } from "./misfit.js";
import { scalarBytes } from "./size.js";
import type { ColumnSpec, TableSpec } from "./table.js";
import { type AttributeValue, setOwn, type WireItem } from "./wire.js";

function refuse(
  table: TableSpec,
  column: ColumnSpec,
  keyText: string | undefined,
  problem: string,
  path: readonly (string | number)[] = [],
  cause?: unknown,
): never {
  const attribute = describePath([column.name, ...path]);
  const owner = keyText === undefined ? "" : ` of ${keyText}`;
  throw new InvalidValue(
    `${table.model}.${attribute}${owner}: ${problem}.`,
    { model: table.model, key: keyText, attribute },
    { cause },
  );
}

/**
 * One attribute as it is stored; `undefined` where nothing is.
 *
 * @throws {InvalidValue} INVALID_VALUE, naming model, key and attribute.
 */
export function encodeColumn(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  keyText?: string,
): AttributeValue | undefined {
  if (value === undefined) {
    if (!column.isOptional && !column.isVersion) {
      refuse(table, column, keyText, "it is required: give it a value, or declare it .optional()");
    }
    return undefined;
  }
  if (value === null && column.type.name !== "any") {
    refuse(
      table,
      column,
      keyText,
      "null can't be stored: assign undefined to remove the attribute",
    );
  }
  const wire = encodeValue(table, column, value, keyText);
  const limit = table.indexKeyBytes.get(column.name);
  if (limit !== undefined && wire !== undefined) {
    const bytes = scalarBytes(wire);
    if (bytes === 0) refuse(table, column, keyText, "it is a key of an index and can't be empty");
    if (bytes > limit) {
      refuse(
        table,
        column,
        keyText,
        `it is a key of an index and has ${bytes} bytes of at most ${limit}`,
      );
    }
  }
  return wire;
}

function encodeValue(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  keyText: string | undefined,
): AttributeValue | undefined {
  try {
    return column.type.encode(value);
  } catch (error) {
    // A custom type may throw anything.
    const message = error instanceof Error ? error.message : String(error);
    const path = error instanceof Misfit ? error.path : [];
    return refuse(table, column, keyText, message, path, error);
  }
}

/** Asks the column's validators. @throws {InvalidValue} INVALID_VALUE with what they say. */
export function validateColumn(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  keyText?: string,
): void {
  for (const validator of column.validators) {
    const problem = validator(value);
    if (problem !== undefined) refuse(table, column, keyText, problem);
  }
}

/** A whole item from its values by column. */
export function encodeItem(
  table: TableSpec,
  read: (column: ColumnSpec) => unknown,
  keyText?: string,
): WireItem {
  const item: WireItem = {};
  for (const column of table.columns) {
    const wire = encodeColumn(table, column, read(column), keyText);
    if (wire !== undefined) setOwn(item, column.attribute, wire);
  }
  return item;
}

/** @throws {Misfit} where the stored value doesn't fit the column. */
export function decodeColumn(column: ColumnSpec, wire: AttributeValue): unknown {
  try {
    return column.type.decode(wire);
  } catch (error) {
    if (error instanceof Misfit) throw error;
    const wrapped = misfit(`a value that decodes as ${column.type.name}`, Object.values(wire)[0]);
    wrapped.cause = error;
    throw wrapped;
  }
}
