import type { IndexRef } from "../../model/index-ref.js";
import type { AnyModel } from "../../model/model.js";
import type { Columns } from "../../schema/column.js";
import type { ReadHost } from "./host.js";
import { type Query, startSearch } from "./query.js";

/** A scan has a query's steps, but for the key. */
export type Scan<T extends object, C extends Columns = Columns, I extends string = string> = Omit<
  Query<T, C, I>,
  "key" | "ascending" | "descending"
>;

export function startScan(host: ReadHost, from: AnyModel | IndexRef): Scan<object> {
  return startSearch(host, "Scan", from);
}
