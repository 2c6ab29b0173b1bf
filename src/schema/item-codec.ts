import { describePath, InvalidValue } from "./errors.js";
import { describeKey, type Key } from "./key.js";
import { maxHashKeyBytes, maxRangeKeyBytes } from "./limits.js";
import { Misfit, misfit } from "./misfit.js";
import { assertNesting } from "./nesting.js";
import { scalarBytes } from "./size.js";
import type { ColumnSpec, TableSpec } from "./table.js";
import { type AttributeValue, setOwn, type WireItem } from "./wire.js";

/** Of which item a value is, for messages. */
type ItemKey = Pick<Key, "values"> | undefined;

function refuse(
  table: TableSpec,
  column: ColumnSpec,
  key: ItemKey,
  problem: string,
  path: readonly (string | number)[] = [],
  cause?: unknown,
): never {
  const keyText = key && describeKey(key);
  const attribute = describePath([column.name, ...path]);
  const owner = keyText === undefined ? "" : ` of ${keyText}`;
  throw new InvalidValue(
    `${table.model}.${attribute}${owner}: ${problem}.`,
    { model: table.model, key: keyText, attribute, reason: problem },
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
  key?: ItemKey,
): AttributeValue | undefined {
  if (value === undefined) {
    if (!column.isOptional && !column.isVersion) {
      refuse(table, column, key, "it is required: give it a value, or declare it .optional()");
    }
    return undefined;
  }
  if (value === null && column.type.name !== "any") {
    refuse(table, column, key, "null can't be stored: assign undefined to remove the attribute");
  }
  const wire = encodeValue(table, column, value, key);
  if (wire !== undefined) assertKeyLimits(table, column, wire, key);
  return wire;
}

const keyBytes = { hash: maxHashKeyBytes, range: maxRangeKeyBytes, none: undefined };

/** A key, of the table or of an index, is neither empty nor longer than DynamoDB takes. */
function assertKeyLimits(
  table: TableSpec,
  column: ColumnSpec,
  wire: AttributeValue,
  key: ItemKey,
): void {
  const ofTable = keyBytes[column.role];
  const { indexKeyBytes } = table;
  const ofIndexes = indexKeyBytes.size === 0 ? undefined : indexKeyBytes.get(column.name);
  if (ofTable === undefined && ofIndexes === undefined) return;
  const what = ofTable === undefined ? "a key of an index" : "a key";
  const limit = Math.min(ofTable ?? maxHashKeyBytes, ofIndexes ?? maxHashKeyBytes);
  const bytes = scalarBytes(wire);
  if (bytes === 0) refuse(table, column, key, `it is ${what} and can't be empty`);
  if (bytes > limit) {
    refuse(table, column, key, `it is ${what} and has ${bytes} bytes of at most ${limit}`);
  }
}

function encodeValue(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  key: ItemKey,
): AttributeValue | undefined {
  try {
    const wire = column.type.encode(value);
    if (wire !== undefined && !column.type.isScalar) assertNesting(wire);
    return wire;
  } catch (error) {
    // A custom type may throw anything.
    const message = error instanceof Error ? error.message : String(error);
    const isMisfit = error instanceof Misfit;
    const cause = isMisfit ? error.cause : error;
    return refuse(table, column, key, message, isMisfit ? error.path : [], cause);
  }
}

/** Asks the column's validators. @throws {InvalidValue} INVALID_VALUE with what they say. */
export function validateColumn(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  key?: ItemKey,
): void {
  for (const validator of column.validators) {
    const problem = validator(value);
    if (problem !== undefined) refuse(table, column, key, problem);
  }
}

/** A whole item from its values by column. */
export function encodeItem(
  table: TableSpec,
  read: (column: ColumnSpec) => unknown,
  key?: ItemKey,
): WireItem {
  const item: WireItem = {};
  for (const column of table.columns) {
    const wire = encodeColumn(table, column, read(column), key);
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
