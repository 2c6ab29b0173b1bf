import type { IndexSpec } from "./index-spec.js";
import type { ColumnSpec, TableSpec } from "./table.js";

interface KeyElement {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}

interface IndexProjection {
  readonly ProjectionType: "ALL" | "KEYS_ONLY" | "INCLUDE";
  readonly NonKeyAttributes?: string[];
}

interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export interface IndexRequest {
  readonly IndexName: string;
  readonly KeySchema: KeyElement[];
  readonly Projection: IndexProjection;
  readonly ProvisionedThroughput?: Throughput;
}

/** The input of `CreateTable`. */
export interface TableRequest {
  readonly TableName: string;
  readonly KeySchema: KeyElement[];
  readonly AttributeDefinitions: { AttributeName: string; AttributeType: "S" | "N" | "B" }[];
  readonly BillingMode?: "PAY_PER_REQUEST";
  readonly ProvisionedThroughput?: Throughput;
  readonly GlobalSecondaryIndexes?: IndexRequest[];
  readonly LocalSecondaryIndexes?: IndexRequest[];
}

/** The `CreateTable` input of a model's table, under the name that the service knows it by. */
export function createTableInput(table: TableSpec, tableName = table.tableName): TableRequest {
  const indexes = [...table.indexes.values()];
  const ofKind = (kind: IndexSpec["kind"]) =>
    indexes.filter((index) => index.kind === kind).map((index) => indexRequest(table, index));
  const globals = ofKind("global");
  const locals = ofKind("local");
  const throughput = throughputOf(table);
  return {
    TableName: tableName,
    KeySchema: keySchema(table.hashKey, table.rangeKey),
    AttributeDefinitions: attributeDefinitions(table),
    ...(throughput === undefined
      ? { BillingMode: "PAY_PER_REQUEST" }
      : { ProvisionedThroughput: throughput }),
    ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
  };
}

function keySchema(hashKey: ColumnSpec, rangeKey: ColumnSpec | undefined): KeyElement[] {
  const hash: KeyElement = { AttributeName: hashKey.attribute, KeyType: "HASH" };
  return rangeKey === undefined
    ? [hash]
    : [hash, { AttributeName: rangeKey.attribute, KeyType: "RANGE" }];
}

/** Of the attributes that are keys, of the table or of an index, each once. */
function attributeDefinitions(table: TableSpec): TableRequest["AttributeDefinitions"] {
  const keys = new Set([table.hashKey, table.rangeKey]);
  for (const { hashKey, rangeKey } of table.indexes.values()) keys.add(hashKey).add(rangeKey);
  keys.delete(undefined);
  return [...keys].map((column) => {
    const { attribute, type } = column as ColumnSpec;
    // The table's declaration allows no other types for keys.
    return { AttributeName: attribute, AttributeType: type.wire as "S" | "N" | "B" };
  });
}

function throughputOf(spec: Pick<TableSpec, "readUnits" | "writeUnits">): Throughput | undefined {
  const { readUnits, writeUnits } = spec;
  if (readUnits === undefined || writeUnits === undefined) return undefined;
  return { ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits };
}

function indexRequest(table: TableSpec, index: IndexSpec): IndexRequest {
  const isGlobal = index.kind === "global";
  // Of a provisioned table each global index needs units of its own.
  const throughput =
    isGlobal && throughputOf(table) !== undefined
      ? (throughputOf(index) ?? throughputOf(table))
      : undefined;
  return {
    IndexName: index.name,
    KeySchema: keySchema(index.hashKey, index.rangeKey),
    Projection: projectionOf(table, index),
    ...(throughput !== undefined && { ProvisionedThroughput: throughput }),
  };
}

function projectionOf(table: TableSpec, index: IndexSpec): IndexProjection {
  if (index.projection === "all") return { ProjectionType: "ALL" };
  if (index.projection === "keys") return { ProjectionType: "KEYS_ONLY" };
  // bloop's definition, keys among the attributes; the service takes it and keeps it so.
  const own = index.kind === "global" ? [index.hashKey, index.rangeKey] : [index.rangeKey];
  const columns = new Set([...own, ...index.include, table.hashKey, table.rangeKey]);
  columns.delete(undefined);
  return {
    ProjectionType: "INCLUDE",
    NonKeyAttributes: [...columns].map((column) => (column as ColumnSpec).attribute),
  };
}
