import { hasKey } from "../model/flat-item.js";
import type { ModelInfo } from "../model/metadata.js";
import { keyOfStored, ScannedItem, type StoredItem } from "../model/scanned-item.js";
import { idPart } from "../schema/key.js";
import { identityOf } from "./identity-map.js";

/**
 * The identities of rows, without a key for each. Rows mostly come from one partition after the other, and
 * what their identities begin with is made once.
 */
export class RowIdentities {
  #tableName = "";
  #hash: unknown;
  #beginning = "";

  of(tableName: string, info: ModelInfo, item: StoredItem): string {
    const { rangeKey } = info.table;
    if (!(item instanceof ScannedItem) || rangeKey === undefined || !hasKey(info, item.flat)) {
      return identityOf(tableName, keyOfStored(info, item));
    }
    const { flat } = item;
    const { hash, range } = info.keyPlaces;
    if (flat[hash] !== this.#hash || tableName !== this.#tableName) {
      this.#hash = flat[hash];
      this.#tableName = tableName;
      this.#beginning = identityOf(tableName, { id: idPart(info.table.hashKey, this.#hash) });
    }
    // Joined, as `identityOf` does.
    return [this.#beginning, idPart(rangeKey, flat[range])].join("");
  }
}
