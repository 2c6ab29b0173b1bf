import type { KeyCondition } from "../../expr/key-condition.js";
import type { ConditionNode } from "../../expr/nodes.js";
import { IndexRef } from "../../model/index-ref.js";
import { infoOf, type ModelInfo } from "../../model/metadata.js";
import type { AnyModel } from "../../model/model.js";
import type { IndexSpec } from "../../schema/index-spec.js";
import type { ColumnSpec } from "../../schema/table.js";
import type { ReadHost } from "./host.js";

/** Everything that a query or scan was told. */
export interface SearchProps {
  readonly host: ReadHost;
  readonly info: ModelInfo;
  readonly operation: "Query" | "Scan";
  /** `undefined`: the table itself. */
  readonly index: IndexSpec | undefined;
  readonly key: KeyCondition | undefined;
  readonly filter: ConditionNode | undefined;
  /** `undefined`: as the host reads. */
  readonly isConsistent: boolean | undefined;
  readonly isDescending: boolean;
  /** How many results there are at most. */
  readonly limit: number | undefined;
  /** How many items a request reads at most. */
  readonly pageSize: number | undefined;
  /** After which place to begin. */
  readonly cursor: string | undefined;
  /** The columns of plain rows; `undefined`: results are instances. */
  readonly selected: readonly ColumnSpec[] | undefined;
  readonly isTracked: boolean;
  /** Whether what the index doesn't hold is read as well. */
  readonly isComplete: boolean;
  /** Whether loaded, unedited values of tracked objects are replaced. */
  readonly overwrites: boolean;
  readonly includesExpired: boolean;
  /** Into how many parts a scan is divided. */
  readonly segments: number;
}

/** A search that was told nothing yet but where to look. */
export function startProps(
  host: ReadHost,
  operation: SearchProps["operation"],
  from: AnyModel | IndexRef,
): SearchProps {
  const info = from instanceof IndexRef ? from.info : infoOf(from);
  return {
    host,
    info,
    operation,
    index: from instanceof IndexRef ? info.table.indexes.get(from.name) : undefined,
    key: undefined,
    filter: undefined,
    isConsistent: undefined,
    isDescending: false,
    limit: undefined,
    pageSize: undefined,
    cursor: undefined,
    selected: undefined,
    isTracked: true,
    isComplete: false,
    overwrites: false,
    includesExpired: false,
    segments: 1,
  };
}

/** A global index is never read consistently; a refresh always is, where nobody said otherwise. */
export function readsConsistently(props: SearchProps): boolean {
  return props.index?.kind !== "global" && completesConsistently(props);
}

/** Whether the items of a global index's rows are read consistently from the table. */
export function completesConsistently({ host, isConsistent, overwrites }: SearchProps): boolean {
  return isConsistent ?? (overwrites || host.isConsistent);
}

/** Whether items are the table's own, read consistently. */
export function readsTruth(props: SearchProps): boolean {
  return completesByKey(props) ? completesConsistently(props) : readsConsistently(props);
}

/** Whether there is something that the index lacks and the search wants. */
function isShort({ index, selected }: SearchProps): boolean {
  if (index === undefined || index.projection === "all") return false;
  return selected?.some(({ name }) => !index.projected.has(name)) ?? true;
}

/** Whether each row of a global index is followed to its item in the table. */
export function completesByKey(props: SearchProps): boolean {
  return props.isComplete && props.index?.kind === "global" && isShort(props);
}

/** Whether the service itself fetches all that a local index lacks. */
export function completesLocally(props: SearchProps): boolean {
  return props.isComplete && props.index?.kind === "local" && isShort(props);
}

/** Whether it fetches some of that, which costs as much: it reads the item. */
export function readsBeyondIndex(props: SearchProps): boolean {
  if (props.selected === undefined) return completesLocally(props);
  return props.index?.kind === "local" && isShort(props);
}

/** The columns that instances can hold; `undefined`: all. */
export function requestedColumns(props: SearchProps): ReadonlySet<string> | undefined {
  const { index } = props;
  if (index === undefined || index.projection === "all" || props.isComplete) return undefined;
  return index.projected;
}

/** The columns that say where a row stands: the table's key, and the index's. */
export function placeColumns({ info, index }: Pick<SearchProps, "info" | "index">): ColumnSpec[] {
  const { hashKey, rangeKey } = info.table;
  const columns = [hashKey, rangeKey, index?.hashKey, index?.rangeKey];
  return [...new Set(columns.filter((column) => column !== undefined))];
}

/** Whether the rows tell when they expire, at no further price, and it matters. */
export function hidesExpired(props: SearchProps): boolean {
  const { info, index, includesExpired } = props;
  const { ttl } = info.table;
  if (ttl === undefined || includesExpired) return false;
  return (index?.projected.has(ttl.name) ?? true) || readsBeyondIndex(props);
}
