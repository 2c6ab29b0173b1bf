import type { ModelInfo } from "../../model/metadata.js";
import { ScannedItem, type StoredItem } from "../../model/scanned-item.js";
import { getOwn } from "../../schema/wire.js";

/**
 * Whether an item's time to live has passed: the service deletes it within some days, and until
 * then it still comes with reads. Source: AWS guide, "Working with expired items and TTL".
 */
export function isPastTtl({ table }: ModelInfo, item: StoredItem): boolean {
  const { ttl } = table;
  if (ttl === undefined) return false;
  const wire = item instanceof ScannedItem ? item.encoded(table, ttl) : getOwn(item, ttl.attribute);
  if (wire === undefined || !("N" in wire)) return false;
  const seconds = Number(wire.N);
  const now = Date.now() / 1000;
  // Times more than five years past are ignored by the service, so they are no TTL here either.
  return seconds <= now && seconds > now - fiveYears;
}

const fiveYears = 5 * 366 * 24 * 3600;
