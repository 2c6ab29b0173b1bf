import { randomUUID } from "node:crypto";

/**
 * A table name that no other test has: tests share one engine, so each takes its own tables and
 * leaves them there.
 */
export function freshName(name = "table"): string {
  return freshNames()(name);
}

/** A mapping of table names for one test's engine: `new Engine({ tableName: freshNames() })`. */
export function freshNames(): (name: string) => string {
  const prefix = randomUUID().slice(0, 13);
  return (name) => `${prefix}-${name}`;
}
