import { printAction, printCondition } from "../../expr/print.js";
import type { Change } from "./change.js";
import type { Step } from "./plan.js";
import { unitsOf } from "./write-units.js";

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

export function showStep(step: Step, all: readonly Step[]): PlannedRequest {
  const units = step.changes.reduce((sum, change) => sum + unitsOf(change), 0);
  return Object.freeze({
    operation: operationOf(step),
    entries: Object.freeze(step.changes.map(showEntry)),
    reason: reasonOf(step, all),
    // A transaction's actions are charged twice what they cost alone.
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

function reasonOf(step: Step, all: readonly Step[]): string {
  const { length } = step.changes;
  if (step.kind === "transaction") {
    const [first] = step.changes;
    if (first?.kind === "put" && first.departure !== undefined && length === 2) {
      return "a move: the item under its new key and the deletion of the old one";
    }
    if (length === 1) return `one ${first?.kind}, with a token so that it counts exactly once`;
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

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
