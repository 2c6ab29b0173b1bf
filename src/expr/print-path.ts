import { describePath } from "../schema/errors.js";
import type { PathNode } from "./nodes.js";

/** A path as people write it, by the column's name: `meta.refs[0]`. */
export function printPath({ column, steps }: PathNode): string {
  return describePath([column, ...steps.slice(1)]);
}
