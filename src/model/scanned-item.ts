import { type FlatItem, readSlot, scanSlot } from "../schema/flat.js";
import { type Key, keyFromWire } from "../schema/key.js";
import { NameScan } from "../schema/scan/name-scan.js";
import { sign } from "../schema/scan/sign.js";
import type { WireScanner } from "../schema/scan/wire-scanner.js";
import type { ColumnSpec, TableSpec } from "../schema/table.js";
import type { AttributeValue, WireItem } from "../schema/wire.js";
import { keyOfFlat } from "./flat-item.js";
import type { ColumnSlot, ModelInfo } from "./metadata.js";

/** A stored item, as JSON's objects or as a scan of the answer's text left it. */
export type StoredItem = WireItem | ScannedItem;

/** One item of an answer, decoded as its text was scanned. */
export class ScannedItem {
  readonly flat: FlatItem;
  readonly #scanner: WireScanner;
  readonly #start: number;

  constructor(flat: FlatItem, scanner: WireScanner, start: number) {
    this.flat = flat;
    this.#scanner = scanner;
    this.#start = start;
  }

  /** One value as it is stored; `undefined`: there is none. */
  encoded({ columns }: TableSpec, column: ColumnSpec): AttributeValue | undefined {
    const value = readSlot(this.flat, columns.indexOf(column), column.type);
    return value === undefined ? undefined : column.type.encode(value);
  }

  /** The item with all that it has, as it is stored. Read anew each time. */
  wire(): WireItem {
    return this.#scanner.itemAt(this.#start);
  }
}

/** The item as it is stored. */
export function wireOf(item: StoredItem): WireItem {
  return item instanceof ScannedItem ? item.wire() : item;
}

/** The key of a stored item. */
export function keyOfStored(info: ModelInfo, item: StoredItem): Key {
  return item instanceof ScannedItem ? keyOfFlat(info, item.flat) : keyFromWire(info.table, item);
}

/** Reads the items of one model from an answer's text. */
export class ItemScan {
  readonly #info: ModelInfo;
  readonly #names: NameScan;

  private constructor(info: ModelInfo) {
    this.#info = info;
    this.#names = new NameScan(info.slots.map(({ column }) => column.attribute));
  }

  /**
   * `undefined` where scanning gains nothing or can't be done: stored values are kept along with custom
   * types' ones, and names such as `__proto__` need care at every step.
   */
  static of(info: ModelInfo): ItemScan | undefined {
    const fits = info.slots.every(
      ({ column, isHazardous }) => !isHazardous && !column.type.isOpaque,
    );
    return fits ? new ItemScan(info) : undefined;
  }

  /**
   * The item at which the scanner stands. One of which a value doesn't fit its column comes as JSON's
   * objects, of which decoding tells what is wrong.
   */
  read(scanner: WireScanner): StoredItem {
    const start = scanner.at;
    const { slots } = this.#info;
    let fits = true;
    let place = -1;
    scanner.beginItem(slots.length);
    scanner.take(sign.openMap);
    if (!scanner.has(sign.closeMap)) {
      do {
        place = this.#names.read(scanner, place);
        if (place === -1) scanner.skip();
        else if (!this.#take(scanner, place)) fits = false;
      } while (scanner.hasMore(sign.closeMap));
    }
    return fits ? new ScannedItem(scanner.endItem(), scanner, start) : scanner.itemAt(start);
  }

  /** Whether the value fits its column. */
  #take(scanner: WireScanner, place: number): boolean {
    const { type } = (this.#info.slots[place] as ColumnSlot).column;
    const { at, held, heldCount } = scanner;
    try {
      held[place] = scanSlot(scanner, type);
      return true;
    } catch {
      // What a scan doesn't know, decoding may.
      scanner.rewind(at, heldCount);
    }
    const wire = scanner.wire();
    try {
      held[place] = type.decode(wire);
      return true;
    } catch {
      return false;
    }
  }
}
