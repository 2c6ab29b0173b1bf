import type { IndexSpec } from "./index-spec.js";
import type { ColumnSpec, TableSpec } from "./table.js";

interface KeySchema {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
}

interface Throughput {
  readonly ReadCapacityUnits?: number | undefined;
  readonly WriteCapacityUnits?: number | undefined;
}

interface DescribedIndex {
  readonly IndexName?: string | undefined;
  readonly KeySchema?: readonly KeySchema[] | undefined;
  readonly Projection?:
    | {
        readonly ProjectionType?: string | undefined;
        readonly NonKeyAttributes?: readonly string[] | undefined;
      }
    | undefined;
  readonly ProvisionedThroughput?: Throughput | undefined;
}

/** What is compared of `DescribeTable`'s answer. */
export interface TableDescription {
  readonly KeySchema?: readonly KeySchema[] | undefined;
  readonly AttributeDefinitions?:
    | readonly {
        readonly AttributeName?: string | undefined;
        readonly AttributeType?: string | undefined;
      }[]
    | undefined;
  readonly ProvisionedThroughput?: Throughput | undefined;
  readonly BillingModeSummary?: { readonly BillingMode?: string | undefined } | undefined;
  readonly GlobalSecondaryIndexes?: readonly DescribedIndex[] | undefined;
  readonly LocalSecondaryIndexes?: readonly DescribedIndex[] | undefined;
}

/** What is compared of `DescribeTimeToLive`'s answer. */
export interface TtlDescription {
  readonly TimeToLiveStatus?: string | undefined;
  readonly AttributeName?: string | undefined;
}

/**
 * What a table lacks of what its model needs, a sentence each. What it has beside that, such as
 * other indexes, is nobody's business here. TTL is compared where its description is given, as the
 * service tells it apart from the table's.
 */
export function compareTable(
  table: TableSpec,
  description: TableDescription,
  ttl?: TtlDescription,
): string[] {
  const differences: string[] = [];
  compareKeys("the table", table.hashKey, table.rangeKey, description.KeySchema, differences);
  compareTypes(table, description, differences);
  compareUnits("the table", table, description.ProvisionedThroughput, description, differences);
  for (const index of table.indexes.values()) compareIndex(table, index, description, differences);
  if (ttl !== undefined) compareTtl(table, ttl, differences);
  return differences;
}

function compareTtl(
  { ttl }: TableSpec,
  { TimeToLiveStatus = "DISABLED", AttributeName }: TtlDescription,
  differences: string[],
): void {
  if (ttl === undefined) return;
  const isOn = TimeToLiveStatus === "ENABLED" || TimeToLiveStatus === "ENABLING";
  if (isOn && AttributeName === ttl.attribute) return;
  const found = isOn ? `is on ${AttributeName ?? "no attribute"}` : `is ${TimeToLiveStatus}`;
  differences.push(`TTL should be on the attribute ${ttl.attribute} but ${found}`);
}

function compareKeys(
  owner: string,
  hashKey: ColumnSpec,
  rangeKey: ColumnSpec | undefined,
  schema: readonly KeySchema[] | undefined,
  differences: string[],
): void {
  for (const [type, column] of [
    ["HASH", hashKey],
    ["RANGE", rangeKey],
  ] as const) {
    const found = schema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
    if (found === column?.attribute) continue;
    const what = type === "HASH" ? "hash key" : "range key";
    differences.push(
      `the ${what} of ${owner} should be ${column?.attribute ?? "absent"} but is ${found ?? "absent"}`,
    );
  }
}

function compareTypes(
  table: TableSpec,
  { AttributeDefinitions = [] }: TableDescription,
  differences: string[],
): void {
  const keys = new Set([table.hashKey, table.rangeKey]);
  for (const { hashKey, rangeKey } of table.indexes.values()) keys.add(hashKey).add(rangeKey);
  for (const column of keys) {
    if (column === undefined) continue;
    const found = AttributeDefinitions.find(
      ({ AttributeName }) => AttributeName === column.attribute,
    );
    // A key that is missing altogether is told with the key schema.
    if (found === undefined || found.AttributeType === column.type.wire) continue;
    differences.push(
      `the attribute ${column.attribute} should be of type ${column.type.wire} but is ${found.AttributeType}`,
    );
  }
}

function compareUnits(
  owner: string,
  spec: { readonly readUnits: number | undefined; readonly writeUnits: number | undefined },
  found: Throughput | undefined,
  { BillingModeSummary }: TableDescription,
  differences: string[],
): void {
  if (spec.readUnits === undefined) return;
  if (BillingModeSummary?.BillingMode === "PAY_PER_REQUEST") {
    differences.push(`${owner} should be provisioned but is on demand`);
    return;
  }
  for (const [what, wanted, actual] of [
    ["read", spec.readUnits, found?.ReadCapacityUnits],
    ["write", spec.writeUnits, found?.WriteCapacityUnits],
  ] as const) {
    if (wanted === actual) continue;
    differences.push(`${owner} should have ${wanted} ${what} units but has ${actual ?? "none"}`);
  }
}

function compareIndex(
  table: TableSpec,
  index: IndexSpec,
  description: TableDescription,
  differences: string[],
): void {
  const { name, kind } = index;
  const owner = `the ${kind} index ${name}`;
  const find = (indexes: readonly DescribedIndex[] | undefined) =>
    indexes?.find(({ IndexName }) => IndexName === name);
  const globals = find(description.GlobalSecondaryIndexes);
  const locals = find(description.LocalSecondaryIndexes);
  const found = kind === "global" ? globals : locals;
  if (found === undefined) {
    const other = kind === "global" ? locals : globals;
    differences.push(
      other === undefined
        ? `${owner} is missing`
        : `the index ${name} should be ${kind} but is ${kind === "global" ? "local" : "global"}`,
    );
    return;
  }
  compareKeys(owner, index.hashKey, index.rangeKey, found.KeySchema, differences);
  compareProjection(table, index, owner, found, differences);
  if (kind === "global") {
    compareUnits(owner, index, found.ProvisionedThroughput, description, differences);
  }
}

function compareProjection(
  table: TableSpec,
  index: IndexSpec,
  owner: string,
  { Projection }: DescribedIndex,
  differences: string[],
): void {
  if (Projection?.ProjectionType === "ALL") return;
  if (index.projection === "all") {
    differences.push(
      `${owner} should project all attributes but projects ${Projection?.ProjectionType ?? "none"}`,
    );
    return;
  }
  // Keys of table and index are always there, whether they are listed or not.
  const held = new Set<string | undefined>(Projection?.NonKeyAttributes ?? []);
  for (const key of [table.hashKey, table.rangeKey, index.hashKey, index.rangeKey]) {
    held.add(key?.attribute);
  }
  const lacking = index.include.filter(({ attribute }) => !held.has(attribute));
  if (lacking.length === 0) return;
  const names = lacking.map(({ attribute }) => attribute).join(", ");
  differences.push(`${owner} should project ${names}, which it lacks`);
}
