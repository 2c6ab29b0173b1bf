import { AttributeInvalid, AttributeMissing } from "../../model/errors.js";
import type { ModelInfo } from "../../model/metadata.js";
import { keyOfStored, ScannedItem, type StoredItem } from "../../model/scanned-item.js";
import { emptySetOf } from "../../schema/absence.js";
import { decodeColumn } from "../../schema/item-codec.js";
import { describeKey } from "../../schema/key.js";
import { Misfit } from "../../schema/misfit.js";
import type { ColumnSpec } from "../../schema/table.js";
import { getOwn, setOwn } from "../../schema/wire.js";

/**
 * A plain object of some columns. As with instances, a required attribute that the item lacks, or a
 * stored value that doesn't fit its column, throws when it is read: one bad item spoils no page.
 */
export function plainRow(
  info: ModelInfo,
  item: StoredItem,
  columns: readonly ColumnSpec[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column of columns) {
    const value = item instanceof ScannedItem ? item.value(column) : undefined;
    if (value !== undefined) {
      setOwn(row, column.name, value);
      continue;
    }
    const wire = item instanceof ScannedItem ? undefined : getOwn(item, column.attribute);
    const facts = () => ({
      model: info.name,
      attribute: column.name,
      key: describeKey(keyOfStored(info, item)),
    });
    if (wire === undefined) {
      const empty = column.isOptional ? undefined : emptySetOf(column.type);
      if (column.isOptional || empty !== undefined) setOwn(row, column.name, empty);
      else throwWhenRead(row, column.name, () => new AttributeMissing(facts()));
      continue;
    }
    try {
      setOwn(row, column.name, decodeColumn(column, wire));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throwWhenRead(row, column.name, () => new AttributeInvalid(facts(), error.message, error));
    }
  }
  return row;
}

function throwWhenRead(row: object, name: string, makeError: () => Error): void {
  Object.defineProperty(row, name, {
    configurable: true,
    enumerable: false,
    get(): never {
      throw makeError();
    },
    set(value: unknown) {
      Object.defineProperty(row, name, {
        configurable: true,
        enumerable: true,
        writable: true,
        value,
      });
    },
  });
}
