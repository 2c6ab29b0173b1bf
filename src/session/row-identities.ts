import { hasKey } from "../model/flat-item.js";
import type { ModelInfo } from "../model/metadata.js";
import { keyOfStored, ScannedItem, type StoredItem } from "../model/scanned-item.js";
import { idPart } from "../schema/key.js";
import { identityOf, memberOf, type Place, placeOf } from "./identity.js";

/**
 * The places of rows in an identity map, without a key for each. Rows mostly come from one item collection
 * after the other, and the text of that is made once.
 */
export class RowIdentities {
  #tableName = "";
  #hash: unknown;
  #collection = "";

  of(tableName: string, info: ModelInfo, item: StoredItem): Place {
    if (!(item instanceof ScannedItem) || !hasKey(info, item.flat)) {
      return placeOf(identityOf(tableName, keyOfStored(info, item)));
    }
    const { hashKey, rangeKey } = info.table;
    const { hash, range } = info.keyPlaces;
    // Without a range key the table is one collection.
    const hashValue = rangeKey === undefined ? undefined : item.flat[hash];
    if (hashValue !== this.#hash || tableName !== this.#tableName) {
      this.#hash = hashValue;
      this.#tableName = tableName;
      const id = hashValue === undefined ? "" : idPart(hashKey, hashValue);
      this.#collection = identityOf(tableName, { id });
    }
    const member =
      rangeKey === undefined
        ? memberOf(hashKey, item.flat[hash])
        : memberOf(rangeKey, item.flat[range]);
    return { collection: this.#collection, member };
  }
}
