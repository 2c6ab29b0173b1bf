import { InvalidValue } from "../../schema/errors.js";
import { describeKey } from "../../schema/key.js";
import { maxItemBytes, maxTransactionActions, maxTransactionBytes } from "../../schema/limits.js";
import { itemBytes } from "../../schema/size.js";
import type { WireItem } from "../../schema/wire.js";
import type { BulkStatement } from "../bulk/bulk-statement.js";
import { TransactionTooLarge } from "../errors.js";
import type { Change, CheckChange } from "./change.js";
import { packBatches } from "./pack.js";
import { count, type PlannedRequest, showStep } from "./plan-view.js";
import {
  type RenderedAction,
  type RenderedSingle,
  renderAction,
  renderSingle,
} from "./render-write.js";
import { bytesAfter, bytesAtMost } from "./write-units.js";

type Write = Exclude<Change, CheckChange>;

/**
 * One request of a flush, and what it writes. What has expressions is rendered with the plan, so that
 * an expression beyond the limits is found before anything is sent.
 */
export type Step =
  | {
      readonly kind: "single";
      readonly changes: readonly [Write];
      readonly request: RenderedSingle;
    }
  | { readonly kind: "batch"; readonly changes: readonly Change[] }
  | {
      readonly kind: "transaction";
      readonly changes: readonly Change[];
      readonly actions: readonly RenderedAction[];
    };

/**
 * What a flush will send, in order: computed without a request, and repeatable.
 * `String(plan)` is a table for people.
 */
export class Plan {
  /** @internal */
  readonly steps: readonly Step[];
  /** Bulk statements whose rows aren't known before the flush reads them. */
  readonly statements: readonly BulkStatement[];
  /** Made when first asked for: a flush that nobody watches needs no description. */
  #requests: readonly PlannedRequest[] | undefined;

  /** @internal */
  constructor(steps: readonly Step[], statements: readonly BulkStatement[] = []) {
    this.steps = steps;
    this.statements = statements;
    Object.freeze(this);
  }

  get requests(): readonly PlannedRequest[] {
    this.#requests ??= Object.freeze(this.steps.map((step) => showStep(step, this.steps)));
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
    const lines = this.statements.map(String);
    if (this.requests.length === 0) {
      return lines.length > 0 ? lines.join("\n") : "Nothing to write: no request.";
    }
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
  /** Whether the caller has a token for the transaction: then it is one, even of a single write. */
  readonly hasToken?: boolean;
  /** Bulk statements that weren't read yet. */
  readonly statements?: readonly BulkStatement[];
}

/**
 * Decides how changes travel: unconditional puts and deletes in batches, the rest apart, or all in
 * one transaction. Keeps the order in which the objects came, so that it can be repeated.
 *
 * @throws {TransactionTooLarge} TRANSACTION_TOO_LARGE; a transaction is never split.
 * @throws {InvalidValue} INVALID_VALUE for an item over 400 KB.
 * @throws {InvalidExpression} INVALID_EXPRESSION for an expression beyond the service's limits.
 */
export function planChanges(changes: readonly Change[], options: PlanOptions): Plan {
  const unsure = changes.filter((change) => !surelyFits(change));
  for (const change of unsure) assertItemFits(change);
  const { statements } = options;
  if (changes.length === 0) return new Plan([], statements);
  const isChecked = changes.some(({ kind, check }) => kind === "check" || check !== undefined);
  if (options.transaction || isChecked) return new Plan([together(changes, options)], statements);

  const packed: Change[] = [];
  const steps: Step[] = [];
  for (const change of changes) {
    if (change.kind === "check") continue;
    if (change.kind === "delete" && change.isDeparture) continue;
    if (change.kind === "put" && change.departure !== undefined) {
      steps.push(transaction([change, change.departure]));
    } else if (change.kind === "update" && !change.isIdempotent && options.exactlyOnce) {
      steps.push(transaction([change]));
    } else if (change.kind === "update" || change.condition !== undefined) {
      steps.push(single(change));
    } else {
      packed.push(change);
    }
  }
  return new Plan([...batches(packed, unsure.length === 0), ...steps], statements);
}

/** All changes in one request: a single write is all or nothing by itself, at half the price. */
function together(changes: readonly Change[], { exactlyOnce, hasToken }: PlanOptions): Step {
  const [only] = changes;
  if (changes.length > 1 || only === undefined || only.kind === "check" || hasToken === true) {
    return transaction(changes);
  }
  // An unmet condition may be the write's own first success or a rival's equal write: only a token tells.
  const needsToken = only.condition !== undefined || (only.kind === "update" && !only.isIdempotent);
  return exactlyOnce && needsToken ? transaction(changes) : single(only);
}

function single(change: Write): Step {
  return { kind: "single", changes: [change], request: renderSingle(change) };
}

function transaction(changes: readonly Change[]): Step {
  const actions = changes.map(renderAction);
  const bytes = actions.reduce((total, action) => total + actionBytes(action), 0);
  if (changes.length > maxTransactionActions || bytes > maxTransactionBytes) {
    throw new TransactionTooLarge(changes.length, bytes);
  }
  return { kind: "transaction", changes, actions };
}

function batches(changes: readonly Change[], areSmall: boolean): Step[] {
  return packBatches(changes, areSmall).map((group): Step => {
    const [only] = group;
    if (group.length === 1 && only !== undefined && only.kind !== "check") return single(only);
    return { kind: "batch", changes: group };
  });
}

/** Whether it needs no exact count to know that an item is no larger than it may be. */
function surelyFits(change: Change): boolean {
  return bytesAtMost(change) <= maxItemBytes;
}

function assertItemFits(change: Change): void {
  const bytes = bytesAfter(change);
  if (bytes <= maxItemBytes) return;
  throw new InvalidValue(
    `${change.info.name} ${describeKey(change.key)} would have ${bytes} bytes, and an item may have ${maxItemBytes}: ` +
      "keep large values elsewhere, such as in S3, or split the item.",
    { model: change.info.name, key: describeKey(change.key), attribute: "" },
  );
}

function actionBytes(action: RenderedAction): number {
  const [request] = Object.values(action) as readonly {
    readonly Item?: WireItem;
    readonly Key?: WireItem;
    readonly ExpressionAttributeValues?: WireItem;
  }[];
  const { Item = {}, Key = {}, ExpressionAttributeValues = {} } = request ?? {};
  return itemBytes(Item) + itemBytes(Key) + itemBytes(ExpressionAttributeValues);
}
