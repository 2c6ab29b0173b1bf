import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Engine, type EngineOptions } from "dynalchemy";
import { AuditEntry, timeId } from "./models.js";

const keptForMs = 90 * 24 * 60 * 60 * 1000;

/**
 * Writes down what each flush has changed, before the request that caused it is answered. By an
 * engine of its own: its flushes would otherwise be audited as well, and those as well.
 */
export function audit(
  engine: Engine,
  client: DynamoDBClient,
  tableName: EngineOptions["tableName"],
): void {
  const log = new Engine({ client, ...(tableName && { tableName }) });
  engine.events.on("afterFlush", ({ written, changes, waitUntil }) => {
    const done = changes.filter(({ entity }) => entity !== undefined && written.includes(entity));
    if (done.length === 0) return;
    const now = new Date();
    const entry = new AuditEntry({
      day: now.toISOString().slice(0, 10),
      id: timeId(),
      changes: done.map(({ action, model, key }) => ({
        kind: action,
        model,
        key: Object.values(key).join("/"),
      })),
      expires: new Date(now.getTime() + keptForMs),
    });
    waitUntil(log.save(entry));
  });
}
