import type { TableSpec } from "../../schema/table.js";
import {
  createTableInput,
  type IndexRequest,
  type TableRequest,
} from "../../schema/table-request.js";

/** A table that several models may share: one request that creates it for all of them, or what they disagree on. */
export interface SharedTable {
  readonly request: TableRequest;
  /** The attribute that holds the time of expiry. */
  readonly ttl: string | undefined;
  /** By model, what it asks for that another one forbids. */
  readonly conflicts: ReadonlyMap<string, readonly string[]>;
}

/**
 * The table that holds all of these models: the keys of each, which must agree, the indexes of all.
 * The first model that is provisioned decides the units for those that aren't.
 */
export function mergeTables(specs: readonly TableSpec[], tableName: string): SharedTable {
  const [first, ...others] = atUnitsOf(
    specs.find(({ readUnits }) => readUnits !== undefined),
    specs,
  );
  if (first === undefined) throw new RangeError("A table needs a model.");
  const conflicts = new Map<string, string[]>();
  const merged = createTableInput(first, tableName);
  const definitions = new Map(
    merged.AttributeDefinitions.map((definition) => [definition.AttributeName, definition]),
  );
  const globals = [...(merged.GlobalSecondaryIndexes ?? [])];
  const locals = [...(merged.LocalSecondaryIndexes ?? [])];
  let ttl = first.ttl?.attribute;

  for (const spec of others) {
    const request = createTableInput(spec, tableName);
    const found: string[] = [];
    const disagree = (what: string) =>
      found.push(`${what} differs from what another model declares`);
    if (!isSame(request.KeySchema, merged.KeySchema)) disagree("the table's key");
    if (!isSame(request.ProvisionedThroughput, merged.ProvisionedThroughput)) {
      disagree("the table's capacity");
    }
    for (const definition of request.AttributeDefinitions) {
      const { AttributeName } = definition;
      const known = definitions.get(AttributeName);
      if (known === undefined) definitions.set(AttributeName, definition);
      else if (!isSame(known, definition)) disagree(`the type of ${AttributeName}`);
    }
    for (const [indexes, wanted] of [
      [globals, request.GlobalSecondaryIndexes],
      [locals, request.LocalSecondaryIndexes],
    ] as const) {
      for (const index of wanted ?? []) {
        const same = [...globals, ...locals].find(isNamed(index.IndexName));
        if (same === undefined) indexes.push(index);
        else if (!isSame(same, index) || !indexes.includes(same)) {
          disagree(`the index ${index.IndexName}`);
        }
      }
    }
    ttl ??= spec.ttl?.attribute;
    if (spec.ttl !== undefined && spec.ttl.attribute !== ttl) disagree("the TTL attribute");
    if (found.length > 0) conflicts.set(spec.model, found);
  }
  const request: TableRequest = {
    ...merged,
    AttributeDefinitions: [...definitions.values()],
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
  };
  return { request, ttl, conflicts };
}

function atUnitsOf(provisioned: TableSpec | undefined, specs: readonly TableSpec[]): TableSpec[] {
  if (provisioned === undefined) return [...specs];
  const { readUnits, writeUnits } = provisioned;
  return specs.map((spec) =>
    spec.readUnits === undefined ? { ...spec, readUnits, writeUnits } : spec,
  );
}

function isNamed(name: string): (index: IndexRequest) => boolean {
  return ({ IndexName }) => IndexName === name;
}

/** Requests are built by one function, so that their properties stand in one order. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
