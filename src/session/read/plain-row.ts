import { AttributeInvalid, AttributeMissing } from "../../model/errors.js";
import type { ModelInfo } from "../../model/metadata.js";
import { keyOfStored, ScannedItem, type StoredItem } from "../../model/scanned-item.js";
import { emptySetOf } from "../../schema/absence.js";
import { plainBlank } from "../../schema/blank.js";
import { readSlot } from "../../schema/flat.js";
import { decodeColumn } from "../../schema/item-codec.js";
import { describeKey } from "../../schema/key.js";
import { Misfit } from "../../schema/misfit.js";
import type { ColumnSpec } from "../../schema/table.js";
import { type AttributeValue, defineOwn, getOwn, setOwn } from "../../schema/wire.js";

type Row = Record<string, unknown>;

/**
 * Makes plain objects of some columns. As with instances, a required attribute that the item lacks, or a
 * stored value that doesn't fit its column, throws when it is read: one bad item spoils no page.
 */
export function plainRows(
  info: ModelInfo,
  columns: readonly ColumnSpec[],
): (item: StoredItem) => Row {
  const Blank = plainBlank(columns.length) as new () => Row;
  const places = columns.map((column) => info.table.columns.indexOf(column));
  const factsOf = (column: ColumnSpec, item: StoredItem) => ({
    model: info.name,
    attribute: column.name,
    key: describeKey(keyOfStored(info, item)),
  });

  const takeAbsent = (row: Row, column: ColumnSpec, item: StoredItem) => {
    const { isOptional, name, type } = column;
    const empty = isOptional ? undefined : emptySetOf(type);
    if (isOptional || empty !== undefined) setOwn<unknown>(row, name, empty);
    else throwWhenRead(row, name, () => new AttributeMissing(factsOf(column, item)));
  };

  const takeWire = (row: Row, column: ColumnSpec, wire: AttributeValue, item: StoredItem) => {
    try {
      setOwn<unknown>(row, column.name, decodeColumn(column, wire));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const { message } = error;
      const invalid = () => new AttributeInvalid(factsOf(column, item), message, error);
      throwWhenRead(row, column.name, invalid);
    }
  };

  return (item) => {
    const row = new Blank();
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as ColumnSpec;
      if (item instanceof ScannedItem) {
        const value = readSlot(item.flat, places[at] as number, column.type);
        if (value === undefined) takeAbsent(row, column, item);
        else setOwn<unknown>(row, column.name, value);
        continue;
      }
      const wire = getOwn(item, column.attribute);
      if (wire === undefined) takeAbsent(row, column, item);
      else takeWire(row, column, wire, item);
    }
    return row;
  };
}

function throwWhenRead(row: object, name: string, makeError: () => Error): void {
  Object.defineProperty(row, name, {
    configurable: true,
    enumerable: false,
    get(): never {
      throw makeError();
    },
    set(value: unknown) {
      defineOwn(row, name, value);
    },
  });
}
