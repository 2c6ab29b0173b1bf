import { maxBatchWriteBytes, maxBatchWrites } from "../../schema/limits.js";
import { wireJsonBytes } from "../../schema/size.js";
import type { Change } from "./change.js";

/** Unconditional puts and deletes in groups that one `BatchWriteItem` takes: 25 items and 16 MB. */
export function packBatches(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = wireJsonBytes(change.kind === "put" ? change.item : change.key.wire);
    const last = groups.at(-1);
    if (last === undefined || last.length === maxBatchWrites || bytes + size > maxBatchWriteBytes) {
      groups.push([change]);
      bytes = size;
    } else {
      last.push(change);
      bytes += size;
    }
  }
  return groups;
}
