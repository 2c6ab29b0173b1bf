import { DynalchemyError, unprinted } from "../../schema/errors.js";
import type { WireItem } from "../../schema/wire.js";

/** What is known of a request that failed. */
export interface RequestFacts {
  readonly operation: string;
  /** The table, where there is one alone. */
  readonly tableName?: string | undefined;
  /** All tables; default: the one. */
  readonly tables?: readonly string[];
  /** How often it was sent. */
  readonly attempts: number;
  /** How many attempts may have been carried out although their answers never came. Default 0. */
  readonly lostAnswers?: number;
}

/** The base of every error that a request ends with. */
export abstract class RequestError extends DynalchemyError {
  readonly operation: string;
  /** The table; `undefined` where the request has several. */
  readonly tableName: string | undefined;
  readonly tables: readonly string[];
  /** How often the request was sent, resends of the SDK among them. */
  readonly attempts: number;
  /** How many attempts may have been carried out although their answers never came. */
  readonly lostAnswers: number;
  /** Whether a write may have reached the table all the same. Always `false` of a read. */
  readonly isOutcomeUnknown: boolean;

  constructor(
    message: string,
    facts: RequestFacts,
    options?: { readonly cause?: unknown; readonly isOutcomeUnknown?: boolean },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    const { tableName, tables = tableName === undefined ? [] : [tableName] } = facts;
    this.operation = facts.operation;
    this.tableName = tableName ?? (tables.length === 1 ? tables[0] : undefined);
    this.tables = tables;
    this.attempts = facts.attempts;
    this.lostAnswers = facts.lostAnswers ?? 0;
    this.isOutcomeUnknown =
      options?.isOutcomeUnknown ?? (this.lostAnswers > 0 && !reads.has(facts.operation));
  }
}

const reads = new Set([
  "GetItem",
  "BatchGetItem",
  "TransactGetItems",
  "Query",
  "Scan",
  "DescribeTable",
  "DescribeTimeToLive",
]);

/** A request as messages name it: `PutItem on Posts`. */
function subject({ operation, tableName, tables }: RequestFacts): string {
  const names = tables ?? (tableName === undefined ? [] : [tableName]);
  return names.length === 0 ? operation : `${operation} on ${names.join(", ")}`;
}

function times(n: number): string {
  return n === 1 ? "once" : `${n} times`;
}

/**
 * A write's condition wasn't met. A flush makes a `ConstraintViolation` of it.
 *
 * @internal
 */
export class ConditionNotMet extends RequestError {
  readonly code = "CONDITION_NOT_MET";
  /** The item as the table holds it, where the request asked for it; `undefined`: there is none. */
  readonly item: WireItem | undefined;

  constructor(facts: RequestFacts, item: WireItem | undefined, cause?: unknown) {
    // Not unknown: with a lost answer, the item tells whether our own first attempt has landed.
    super(`The condition of ${subject(facts)} was not met.`, facts, {
      cause,
      isOutcomeUnknown: false,
    });
    this.item = item;
    unprinted(this, ["item"]);
  }
}

/** Why one action of a transaction was refused; `code` is `"None"` for those that weren't. */
export interface CancellationReason {
  readonly code: string;
  readonly message?: string;
  /** The item as the table holds it, where its action asked for it. */
  readonly item?: WireItem;
}

/** A transaction was cancelled: nothing of it was written. `reasons` stand in the order of its actions. */
export class TransactionCancelled extends RequestError {
  readonly code = "TRANSACTION_CANCELLED";
  readonly reasons: readonly CancellationReason[];

  constructor(facts: RequestFacts, reasons: readonly CancellationReason[], cause?: unknown) {
    const codes = [...new Set(reasons.map(({ code }) => code).filter((code) => code !== "None"))];
    // A resend carries the same token: had an attempt landed, the service would have said so.
    super(`The transaction was cancelled: ${codes.join(", ") || "no reason given"}.`, facts, {
      cause,
      isOutcomeUnknown: false,
    });
    this.reasons = reasons;
    unprinted(this, ["reasons"]);
  }
}

/** The table had no room for the request, also after resends. Send it again later, or raise the table's capacity. */
export class Throttled extends RequestError {
  readonly code = "THROTTLED";

  constructor(facts: RequestFacts, cause?: unknown) {
    super(
      `${subject(facts)} was throttled, having been sent ${times(facts.attempts)}: ` +
        "try again later, or raise the capacity.",
      facts,
      { cause },
    );
  }
}

/** There is no such table. Create it, or let `engine.bind()` do so, and look at the engine's `tableName`. */
export class TableNotFound extends RequestError {
  readonly code = "TABLE_NOT_FOUND";

  constructor(facts: RequestFacts, cause?: unknown) {
    super(
      `${subject(facts)} found no such table: create it with engine.bind(), ` +
        "or check the engine's tableName, region and account.",
      facts,
      { cause, isOutcomeUnknown: false },
    );
  }
}

/**
 * A table exists already, or is being changed.
 *
 * @internal
 */
export class TableInUse extends RequestError {
  readonly code = "TABLE_IN_USE";

  constructor(facts: RequestFacts, cause?: unknown) {
    super(`${subject(facts)} found the table in use.`, facts, { cause, isOutcomeUnknown: false });
  }
}

/** A request was given up by its AbortSignal; `cause` is the signal's reason. */
export class RequestAborted extends RequestError {
  readonly code = "REQUEST_ABORTED";

  constructor(facts: RequestFacts, reason: unknown) {
    super(
      `${subject(facts)} was aborted${facts.attempts === 0 ? " before it was sent" : ""}.`,
      facts,
      { cause: reason },
    );
  }
}

/** A request failed for a reason that no other class stands for; `cause` is the SDK's error. */
export class RequestFailed extends RequestError {
  readonly code = "REQUEST_FAILED";
  /** The name of the SDK's error, such as `"ValidationException"`. */
  readonly reason: string;
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean;

  constructor(
    facts: RequestFacts,
    failure: {
      readonly reason: string;
      readonly text: string;
      readonly isRetryable: boolean;
      readonly cause?: unknown;
      readonly isOutcomeUnknown?: boolean;
    },
  ) {
    super(`${subject(facts)} failed: ${failure.reason}: ${failure.text}`, facts, failure);
    this.reason = failure.reason;
    this.isRetryable = failure.isRetryable;
  }
}

/** Whether a write that ended with this error may have reached the table all the same. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof RequestError && error.isOutcomeUnknown;
}
