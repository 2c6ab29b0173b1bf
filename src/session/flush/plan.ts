import { printAction, printCondition } from "../../expr/print.js";
import { InvalidValue } from "../../schema/errors.js";
import { describeKey } from "../../schema/key.js";
import { maxItemBytes, maxTransactionActions, maxTransactionBytes } from "../../schema/limits.js";
import { itemBytes } from "../../schema/size.js";
import type { WireItem } from "../../schema/wire.js";
import { TransactionTooLarge } from "../errors.js";
import type { Change } from "./change.js";
import { packBatches } from "./pack.js";
import { renderAction } from "./render-write.js";

/** One request of a flush, and what it writes. */
export type Step =
  | { readonly kind: "single"; readonly changes: readonly [Exclude<Change, { kind: "check" }>] }
  | { readonly kind: "batch"; readonly changes: readonly Change[] }
  | { readonly kind: "transaction"; readonly changes: readonly Change[] };

/** One request as a plan shows it. */
export interface PlannedRequest {
  readonly operation:
    | "PutItem"
    | "UpdateItem"
    | "DeleteItem"
    | "BatchWriteItem"
    | "TransactWriteItems";
  readonly entries: readonly PlannedEntry[];
  /** Why the writes travel as they do. */
  readonly reason: string;
  /**
   * Write units, as far as they can be told beforehand: an item's size after the write, rounded up
   * to 1 KB, twice in a transaction. An item that was larger before costs its old size.
   */
  readonly writeUnits: number;
}

/** One item of a planned request. */
export interface PlannedEntry {
  readonly action: "put" | "update" | "delete" | "check";
  readonly model: string;
  readonly table: string;
  /** The key's attributes, by column. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The object that is written; `undefined` for a check and for a row of a bulk statement. */
  readonly entity: object | undefined;
  /** The update as people read it; empty for a put or a delete. */
  readonly changes: readonly string[];
  /** The condition as people read it. */
  readonly condition: string | undefined;
}

/**
 * What a flush will send, in order: computed without a request, and repeatable.
 * `String(plan)` is a table for people.
 */
export class Plan {
  /** @internal */
  readonly steps: readonly Step[];
  /** Made when first asked for: a flush that nobody watches needs no description. */
  #requests: readonly PlannedRequest[] | undefined;

  /** @internal */
  constructor(steps: readonly Step[]) {
    this.steps = steps;
    Object.freeze(this);
  }

  get requests(): readonly PlannedRequest[] {
    this.#requests ??= Object.freeze(this.steps.map((step) => show(step, this.steps)));
    return this.#requests;
  }

  /** The write units of all requests together. */
  get writeUnits(): number {
    return this.requests.reduce((sum, request) => sum + request.writeUnits, 0);
  }

  /** How many parts can succeed or fail apart from one another: 1 for a transaction. */
  get atomicSteps(): number {
    return this.steps.reduce(
      (sum, { kind, changes }) => sum + (kind === "batch" ? changes.length : 1),
      0,
    );
  }

  toString(): string {
    if (this.requests.length === 0) return "Nothing to write: no request.";
    const lines: string[] = [];
    for (const [at, { operation, entries, reason, writeUnits }] of this.requests.entries()) {
      lines.push(`${at + 1}. ${operation}: ${reason} (${count(writeUnits, "write unit")})`);
      for (const { action, model, key, changes, condition } of entries) {
        lines.push(`   ${action} ${model} ${describeKey({ values: key })}`);
        for (const change of changes) lines.push(`     ${change}`);
        if (condition !== undefined) lines.push(`     if ${condition}`);
      }
    }
    const { length } = this.requests;
    lines.push(`${count(length, "request")}, ${count(this.writeUnits, "write unit")}`);
    return lines.join("\n");
  }
}

export interface PlanOptions {
  readonly transaction: boolean;
  /** Updates that can't be sent twice travel as transactions of their own. */
  readonly exactlyOnce: boolean;
}

/**
 * Decides how changes travel: unconditional puts and deletes in batches, the rest apart, or all in
 * one transaction. Keeps the order in which the objects came, so that it can be repeated.
 *
 * @throws {TransactionTooLarge} TRANSACTION_TOO_LARGE; a transaction is never split.
 * @throws {InvalidValue} INVALID_VALUE for an item over 400 KB.
 */
export function planChanges(changes: readonly Change[], options: PlanOptions): Plan {
  for (const change of changes) assertItemFits(change);
  const hasCheck = changes.some(({ kind }) => kind === "check");
  if (options.transaction || hasCheck) {
    const [only] = changes;
    if (changes.length === 1 && only !== undefined && only.kind !== "check") {
      if (only.kind !== "update" || only.isIdempotent || !options.exactlyOnce) {
        return new Plan([{ kind: "single", changes: [only] }]);
      }
    }
    if (changes.length === 0) return new Plan([]);
    assertTransactionFits(changes);
    return new Plan([{ kind: "transaction", changes }]);
  }

  const packed: Change[] = [];
  const steps: Step[] = [];
  for (const change of changes) {
    if (change.kind === "check") continue;
    if (change.kind !== "update" && change.condition === undefined) packed.push(change);
    else if (change.kind === "update" && !change.isIdempotent && options.exactlyOnce) {
      steps.push({ kind: "transaction", changes: [change] });
    } else steps.push({ kind: "single", changes: [change] });
  }
  return new Plan([...batches(packed), ...steps]);
}

function batches(changes: readonly Change[]): Step[] {
  return packBatches(changes).map((group): Step => {
    const [only] = group;
    if (group.length === 1 && only !== undefined && only.kind !== "check") {
      return { kind: "single", changes: [only] };
    }
    return { kind: "batch", changes: group };
  });
}

function assertItemFits(change: Change): void {
  if (change.kind !== "put") return;
  const bytes = itemBytes(change.item);
  if (bytes <= maxItemBytes) return;
  throw new InvalidValue(
    `${change.info.name} ${describeKey(change.key)} has ${bytes} bytes, and an item may have ${maxItemBytes}: ` +
      "keep large values elsewhere, such as in S3, or split the item.",
    { model: change.info.name, key: describeKey(change.key), attribute: "" },
  );
}

function assertTransactionFits(changes: readonly Change[]): void {
  const bytes = changes.reduce((sum, change) => sum + changeBytes(change), 0);
  if (changes.length <= maxTransactionActions && bytes <= maxTransactionBytes) return;
  throw new TransactionTooLarge(changes.length, bytes);
}

function changeBytes(change: Change): number {
  if (change.kind === "put") return itemBytes(change.item);
  const action = renderAction(change);
  const values = Object.values(action)[0]?.ExpressionAttributeValues as WireItem | undefined;
  return itemBytes(change.key.wire) + (values === undefined ? 0 : itemBytes(values));
}

function show(step: Step, all: readonly Step[]): PlannedRequest {
  const units = step.changes.reduce((sum, change) => sum + unitsOf(change), 0);
  return Object.freeze({
    operation: operationOf(step),
    entries: Object.freeze(step.changes.map(showEntry)),
    reason: reasonOf(step, all),
    writeUnits: step.kind === "transaction" ? 2 * units : units,
  });
}

function operationOf(step: Step): PlannedRequest["operation"] {
  if (step.kind === "batch") return "BatchWriteItem";
  if (step.kind === "transaction") return "TransactWriteItems";
  const [change] = step.changes;
  return change.kind === "put" ? "PutItem" : change.kind === "update" ? "UpdateItem" : "DeleteItem";
}

function showEntry(change: Change): PlannedEntry {
  return Object.freeze({
    action: change.kind,
    model: change.info.name,
    table: change.tableName,
    key: change.key.values,
    entity: change.tracked?.entity,
    changes: change.kind === "update" ? change.actions.map(printAction) : [],
    condition: change.condition && printCondition(change.condition),
  });
}

/** A transaction's actions are charged twice what they cost alone; the factor is the request's. */
function unitsOf(change: Change): number {
  if (change.kind === "put") return kilobytes(itemBytes(change.item));
  const { tracked, key } = change;
  const known = tracked?.state.snapshot;
  if (known === undefined) return 1;
  let bytes = itemBytes(key.wire);
  for (const { column } of change.info.slots) {
    const value = Object.hasOwn(known, column.name) ? known[column.name] : undefined;
    if (value === undefined) continue;
    const wire = column.type.encode(value);
    if (wire !== undefined) bytes += itemBytes({ [column.attribute]: wire });
  }
  return kilobytes(bytes);
}

function kilobytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

function reasonOf(step: Step, all: readonly Step[]): string {
  const { length } = step.changes;
  if (step.kind === "transaction") {
    const [only] = step.changes;
    if (length === 1 && only?.kind === "update") {
      return "an update that can't be sent twice, with a token so that it counts exactly once";
    }
    return `${length} writes that succeed or fail together`;
  }
  if (step.kind === "batch") {
    const puts = step.changes.filter(({ kind }) => kind === "put").length;
    const parts = [
      ...(puts > 0 ? [count(puts, "put")] : []),
      ...(length > puts ? [count(length - puts, "delete")] : []),
    ];
    return `${parts.join(" and ")} without conditions in one batch`;
  }
  const [change] = step.changes;
  const isAlone = all.length === 1;
  if (isAlone) return `one ${change.kind}`;
  if (change.kind === "update") return "an update travels alone, since batches take no updates";
  if (change.condition === undefined) return `one ${change.kind}, with no other to share a batch`;
  return change.kind === "put" && change.intent === "add"
    ? "a guarded add travels alone, since batches take no conditions; put() would be packed"
    : `a guarded ${change.kind} travels alone, since batches take no conditions`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
