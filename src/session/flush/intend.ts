import { junction } from "../../expr/nodes.js";
import { InvalidState } from "../../model/errors.js";
import { describeValue } from "../../schema/errors.js";
import type { FlushOptions } from "../session-options.js";
import type { Guard } from "../tracked.js";
import type { UnitOfWork } from "../unit-of-work.js";
import { attemptOf } from "./attempt.js";
import type { Change } from "./change.js";
import { gather } from "./gather.js";
import { type Plan, planChanges } from "./plan.js";

/** What a plan is made from, beside the objects. */
export interface IntentionHost {
  readonly work: UnitOfWork;
  readonly atomic: Guard;
  readonly transaction: boolean;
  readonly exactlyOnce: boolean;
}

/** What a flush means to do. */
export interface Intention {
  readonly changes: readonly Change[];
  readonly plan: Plan;
}

/**
 * Gathers the changes of all objects and decides how they travel; nothing is changed by it.
 *
 * @throws {InvalidState} INVALID_STATE for a token that can't be one, or that no transaction takes.
 */
export function intend(host: IntentionHost, options: FlushOptions): Intention {
  assertToken(options);
  const changes = gather(host.work, host.atomic);
  const plan = planFor(host, changes, options);
  const doubted = doubtedIn(plan, options.token);
  if (doubted.size === 0) return { changes, plan };
  const guarded = changes.map((change): Change => {
    if (!doubted.has(change) || change.kind === "check") return change;
    const condition = junction("and", [change.condition, change.tracked?.doubt?.guard]);
    return { ...change, condition };
  });
  return { changes: guarded, plan: planFor(host, guarded, options) };
}

/** Source: AWS API reference, "TransactWriteItems", ClientRequestToken. */
const maxTokenLength = 36;

function assertToken({ token, transaction }: FlushOptions): void {
  if (token === undefined) return;
  const isText = typeof token === "string" && token.length > 0 && token.length <= maxTokenLength;
  if (isText && transaction !== false) return;
  const why = isText
    ? "a token belongs to a transaction, and { transaction: false } was asked for"
    : `a token is a text of 1 to ${maxTokenLength} characters, not ${describeValue(token)}`;
  throw new InvalidState(`Can't flush: ${why}.`, { operation: "flush", state: "open" });
}

function planFor(host: IntentionHost, changes: readonly Change[], options: FlushOptions): Plan {
  const { token, transaction = token === undefined ? host.transaction : true } = options;
  return planChanges(changes, {
    transaction,
    exactlyOnce: options.exactlyOnce ?? host.exactlyOnce,
    hasToken: token !== undefined,
    statements: host.work.bulk.unread,
  });
}

/** Writes whose earlier attempt may yet land and count, and that no token of that attempt protects. */
function doubtedIn(plan: Plan, token: string | undefined): Set<Change> {
  const doubted = new Set<Change>();
  for (const step of plan.steps) {
    const guarded = step.changes.filter(({ tracked }) => tracked?.doubt?.guard !== undefined);
    if (guarded.length === 0) continue;
    if (step.kind === "transaction") {
      const attempt = attemptOf(step.changes, step.actions);
      if (attempt !== undefined && (token ?? attempt.token) === attempt.token) continue;
    }
    for (const change of guarded) doubted.add(change);
  }
  return doubted;
}
