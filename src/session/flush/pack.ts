import { maxBatchWriteBytes, maxBatchWrites } from "../../schema/limits.js";
import { wireJsonBytes } from "../../schema/size.js";
import type { WireItem } from "../../schema/wire.js";
import type { Change } from "./change.js";

/**
 * Unconditional puts and deletes in groups that one `BatchWriteItem` takes: 25 items and 16 MB.
 * `areSmall`: whether any 25 surely fit, so that nobody needs to know how many bytes there are.
 */
export function packBatches(changes: readonly Change[], areSmall = false): Change[][] {
  const groups: Change[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = areSmall ? 0 : wireJsonBytes(written(change));
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

function written(change: Change): WireItem {
  return change.kind === "put" ? change.item : change.key.wire;
}
