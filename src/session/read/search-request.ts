import { readKeyCondition } from "../../expr/key-condition.js";
import { type PathNode, pathNode } from "../../expr/nodes.js";
import { Renderer } from "../../expr/renderer.js";
import type { ColumnSpec, TableSpec } from "../../schema/table.js";
import type { WireItem } from "../../schema/wire.js";
import {
  completesByKey,
  completesLocally,
  hidesExpired,
  placeColumns,
  readsConsistently,
  type SearchProps,
} from "./search-props.js";

/** A `Query` or `Scan` as it is sent, fit for the SDK's commands. */
export interface SearchRequest {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Select?: "COUNT" | "ALL_ATTRIBUTES";
  /** Of a query alone. */
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: WireItem;
  readonly ConsistentRead?: true;
  /** Of a query alone. */
  readonly ScanIndexForward?: false;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: WireItem;
  /** Of a parallel scan alone, counted from 0. */
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly ReturnConsumedCapacity?: "TOTAL";
}

/** What one request of a search is for. */
export interface RequestPart {
  /** How many results are still wanted. */
  readonly left: number;
  readonly segment: number;
  readonly start: WireItem | undefined;
}

/** Items per request that DynamoDB takes for a number: it is a 32-bit integer there. */
const maxPageSize = 2 ** 31 - 1;

/**
 * The part of the requests that all pages share.
 *
 * @throws {InvalidKeyCondition} INVALID_KEY_CONDITION for a query without a key.
 * @throws {InvalidExpression} INVALID_EXPRESSION for expressions over a limit of the service.
 */
export function searchRequest(props: SearchProps, counts = false): SearchRequest {
  const { host, info, operation, index, key, filter, isDescending } = props;
  // An empty key is refused in the words of any other that isn't one.
  if (operation === "Query" && key === undefined) readKeyCondition(info.table, index, {});
  const renderer = new Renderer();
  const keyText = key && renderer.keyCondition(key.node);
  const filterText = filter && renderer.condition(filter);
  const columns = counts ? countedColumns(props) : projectedColumns(props);
  const projection = columns && renderer.projection(pathsTo(columns, info.table));
  const names = renderer.names();
  const values = renderer.values();
  const select = counts
    ? columns === undefined && "COUNT"
    : columns === undefined && completesLocally(props) && "ALL_ATTRIBUTES";
  return {
    TableName: host.tableName(info),
    ...(index !== undefined && { IndexName: index.name }),
    ...(select && { Select: select }),
    ...(keyText !== undefined && { KeyConditionExpression: keyText }),
    ...(filterText !== undefined && { FilterExpression: filterText }),
    ...(projection !== undefined && { ProjectionExpression: projection }),
    ...(names !== undefined && { ExpressionAttributeNames: names }),
    ...(values !== undefined && { ExpressionAttributeValues: values }),
    ...(readsConsistently(props) && { ConsistentRead: true }),
    ...(isDescending && { ScanIndexForward: false }),
  };
}

/** One page's request. */
export function pageRequest(
  props: SearchProps,
  shared: SearchRequest,
  { left, segment, start }: RequestPart,
): SearchRequest {
  const { segments, filter, pageSize = maxPageSize } = props;
  // With a filter, nobody knows how many items it takes to find so many results.
  const size = filter === undefined ? Math.min(left, pageSize) : pageSize;
  return Object.freeze({
    ...shared,
    ...(size < maxPageSize && { Limit: size }),
    ...(start !== undefined && { ExclusiveStartKey: start }),
    ...(segments > 1 && { Segment: segment, TotalSegments: segments }),
  });
}

/**
 * The columns of a projection; `undefined`: none is needed. Beside what was selected there are the
 * keys, which say where a row stands, the version, and the TTL, unless reading it had a price.
 */
function projectedColumns(props: SearchProps): readonly ColumnSpec[] | undefined {
  const { selected, info } = props;
  if (selected === undefined || completesByKey(props)) return undefined;
  const { version, ttl } = info.table;
  const columns = new Set([...selected, ...placeColumns(props)]);
  if (version !== undefined) columns.add(version);
  if (ttl !== undefined && hidesExpired(props)) columns.add(ttl);
  return [...columns];
}

/** To count only what hasn't expired, each item's TTL is looked at; otherwise the service counts. */
function countedColumns(props: SearchProps): readonly ColumnSpec[] | undefined {
  const { ttl } = props.info.table;
  return ttl !== undefined && hidesExpired(props) ? [ttl] : undefined;
}

function pathsTo(columns: readonly ColumnSpec[], table: TableSpec): PathNode[] {
  return columns.map(({ name, attribute }) => pathNode(table.model, name, [attribute], table));
}
