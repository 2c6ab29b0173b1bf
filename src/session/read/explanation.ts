import { type ConditionNode, isJunction, type PathNode } from "../../expr/nodes.js";
import { printCondition } from "../../expr/print.js";
import { maxBatchGets } from "../../schema/limits.js";
import type { ColumnSpec } from "../../schema/table.js";
import type { Page, ReadResult } from "./page.js";
import {
  completesByKey,
  readsBeyondIndex,
  readsConsistently,
  requestedColumns,
  type SearchProps,
} from "./search-props.js";

/** What a query or scan took, for the explanation of it. */
export interface Outcome {
  /** How many results it gave. */
  readonly returned: number;
  /** How many items matched, by the service's account. */
  readonly matched: number;
  /** How many items were read to find them; these are paid for. */
  readonly scanned: number;
  /** Capacity units; `undefined` where the engine doesn't tell. */
  readonly consumed: number | undefined;
  /** `undefined` of a page, which doesn't count them. */
  readonly requests: number | undefined;
}

/** From how many items read for one result on there is a warning. */
const muchRead = 10;

/** What a query or scan will do, in words. `String(explanation)` has it all, a line for each. */
export class Explanation {
  readonly operation: "Query" | "Scan";
  readonly model: string;
  /** As the service knows it. */
  readonly tableName: string;
  /** `undefined`: the table itself. */
  readonly index: string | undefined;
  readonly indexKind: "global" | "local" | undefined;
  /** As people write it, with its values; `undefined` of a scan. */
  readonly keyCondition: string | undefined;
  readonly filter: string | undefined;
  /** The columns that results hold; those of an instance that it lacks throw when they are read. */
  readonly projection: readonly string[];
  readonly isConsistent: boolean;
  /** Where far more may be read, and paid for, than is returned, and what to do about it. */
  readonly warnings: readonly string[];
  /** What it took; `undefined` before it has run. */
  readonly outcome: Outcome | undefined;
  readonly #subject: string;

  /** @internal */
  constructor(props: SearchProps, result?: Page<object> | ReadResult<object>) {
    const { host, info, index, key, filter, operation } = props;
    this.operation = operation;
    this.model = info.name;
    this.tableName = host.tableName(info);
    this.index = index?.name;
    this.indexKind = index?.kind;
    this.keyCondition = key && printCondition(key.node);
    this.filter = filter && printCondition(filter);
    this.projection = Object.freeze(projectionOf(props).map(({ name }) => name));
    this.isConsistent = readsConsistently(props);
    this.outcome = result && outcomeOf(result);
    this.warnings = Object.freeze([...warningsFor(props), ...wasteOf(this.outcome)]);
    this.#subject =
      index === undefined
        ? `the table ${this.tableName}`
        : `the ${index.kind} index ${index.name} of ${this.tableName}`;
    Object.freeze(this);
  }

  toString(): string {
    const lines = [
      `${this.operation} of ${this.#subject}${this.isConsistent ? ", consistent" : ""}`,
      this.keyCondition && `  key: ${this.keyCondition}`,
      this.filter && `  filter: ${this.filter}`,
      `  gives: ${this.projection.join(", ")}`,
      this.outcome && `  took: ${describeOutcome(this.outcome)}`,
      ...this.warnings.map((warning) => `  beware: ${warning}`),
    ];
    return lines.filter((line) => line !== undefined).join("\n");
  }
}

function outcomeOf(result: Page<object> | ReadResult<object>): Outcome {
  const { items, count, scannedCount, consumed } = result;
  return Object.freeze({
    returned: items.length,
    matched: count,
    scanned: scannedCount,
    consumed,
    requests: "requests" in result ? result.requests : undefined,
  });
}

function describeOutcome({ returned, matched, scanned, consumed, requests }: Outcome): string {
  const parts = [
    `${scanned} read, ${matched} matched, ${returned} returned`,
    consumed !== undefined && `capacity units: ${consumed}`,
    requests !== undefined && `requests: ${requests}`,
  ];
  return parts.filter(Boolean).join("; ");
}

function wasteOf(outcome: Outcome | undefined): string[] {
  if (outcome === undefined) return [];
  const { scanned, returned } = outcome;
  if (scanned < muchRead * Math.max(returned, 1)) return [];
  return [
    returned === 0
      ? `it read ${scanned} items, and returned none`
      : `it read ${Math.floor(scanned / returned)} items for each one that it returned`,
  ];
}

function projectionOf(props: SearchProps): readonly ColumnSpec[] {
  const { selected, info } = props;
  const requested = requestedColumns(props);
  return selected ?? info.table.columns.filter(({ name }) => requested?.has(name) ?? true);
}

function warningsFor(props: SearchProps): string[] {
  const { operation, filter, index, key, limit, pageSize, segments, selected, info } = props;
  const subject = index === undefined ? "the table" : `the index ${index.name}`;
  const warnings: string[] = [];
  if (operation === "Query" && key === undefined) {
    const { hashKey } = index ?? info.table;
    warnings.push(`it has no key, and is refused: say key({ ${hashKey.name}: … }), or scan`);
  }
  if (operation === "Scan") {
    if (limit === undefined) warnings.push(`it reads every item of ${subject}, and pays for each`);
    warnings.push(...(filter === undefined ? [] : betterQueries(props, filter)));
  } else if (filter !== undefined && limit === undefined && !findsOneItem(props)) {
    warnings.push(
      "the filter drops items after they were read and paid for: all that the key condition finds are read",
    );
  }
  if (filter !== undefined && limit !== undefined && !findsOneItem(props)) {
    const size = pageSize === undefined ? "as much as 1 MB" : items(pageSize);
    warnings.push(
      `to find ${limit === 1 ? "1 result" : `${limit} results`}, pages of ${size} are read, and paid for, ` +
        "until the filter has let so many through, at worst to the end",
    );
  }
  if (segments > 1)
    warnings.push(`${segments} segments are read side by side, and come in no order`);
  if (completesByKey(props)) {
    warnings.push(
      `each row costs another read, of its item in the table, in batches of ${maxBatchGets}`,
    );
  } else if (readsBeyondIndex(props)) {
    warnings.push(`each row costs another read, of what ${subject} doesn't hold`);
  }
  if (selected === undefined) warnings.push(...missingOf(props, subject));
  return warnings;
}

/** Whether the key condition is the whole key of the table. */
function findsOneItem({ index, key, info }: SearchProps): boolean {
  if (index !== undefined || key === undefined) return false;
  const { range } = key;
  if (info.table.rangeKey === undefined) return true;
  return range?.kind === "comparison" && range.operator === "=";
}

function items(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

/** What instances made of an index's rows will lack. */
function missingOf(props: SearchProps, subject: string): string[] {
  const requested = requestedColumns(props);
  const missing = props.info.table.columns.filter(({ name }) => requested?.has(name) === false);
  if (missing.length === 0) return [];
  const names = missing.map(({ name }) => name).join(", ");
  return [`${subject} lacks ${names}: they throw when they are read; complete() fetches them`];
}

/** Where a scan's filter holds what a query could ask for. */
function betterQueries({ info }: SearchProps, filter: ConditionNode): string[] {
  const { table } = info;
  const places = [
    { what: "the table", ...table },
    ...Array.from(table.indexes.values(), ({ name, hashKey, rangeKey }) => ({
      what: `the index ${name}`,
      hashKey,
      rangeKey,
    })),
  ];
  const equal = new Set(equalities(filter).map(({ steps }) => steps[0]));
  const better = places.find(({ hashKey }) => equal.has(hashKey.attribute));
  if (better === undefined) return [];
  const { what, hashKey, rangeKey } = better;
  // An index holds only items that have its whole key.
  const sparse =
    rangeKey?.isOptional === true ? `; items without ${rangeKey.name} aren't in it` : "";
  return [
    `${hashKey.name} is the hash key of ${what}: a query of it reads only items with that ${hashKey.name}${sparse}`,
  ];
}

/** The attributes that must have one value. */
function equalities(filter: ConditionNode): PathNode[] {
  const terms = isJunction(filter) && filter.kind === "and" ? filter.terms : [filter];
  return terms.flatMap((term) => {
    if (term.kind !== "comparison" || term.operator !== "=") return [];
    const { left, right } = term;
    return left.kind === "path" && left.steps.length === 1 && right.kind === "value" ? [left] : [];
  });
}
