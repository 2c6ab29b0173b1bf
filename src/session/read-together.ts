import { hydrate } from "../model/hydrate.js";
import { infoOf, type ModelInfo } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { keyOf } from "../schema/key.js";
import type { Connection } from "./connection.js";
import { wantedItem } from "./read/batch-get.js";
import { transactGet } from "./read/transact-get.js";

/** `engine.readTransaction`: items of any models at one moment, in the order in which they were asked for. */
export async function readTogether(
  connection: Connection,
  tableName: (info: ModelInfo) => string,
  keys: readonly (readonly [AnyModel, object])[],
  { signal }: { readonly signal?: AbortSignal },
): Promise<(object | undefined)[]> {
  const wanted = keys.map(([model, values]) => {
    const info = infoOf(model);
    return wantedItem(info, tableName(info), keyOf(info.table, values));
  });
  const unique = new Map(wanted.map((each) => [each.identity, each]));
  const items = await transactGet(connection, [...unique.values()], signal);
  return wanted.map(({ info, key, identity }) => {
    const item = items.get(identity);
    return item && hydrate(info, item, undefined, key).instance;
  });
}
