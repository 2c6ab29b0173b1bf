import { junction } from "../../expr/nodes.js";
import { ConditionNotMet, isOutcomeUnknown } from "../aws/request-errors.js";
import type { Connection } from "../connection.js";
import { writeBatches } from "./batch-writer.js";
import type { Change, Outcome } from "./change.js";
import { hasLanded } from "./landed.js";
import type { Plan, Step } from "./plan.js";
import { type RenderedSingle, renderSingle } from "./render-write.js";
import { type Report, writeTransaction } from "./transaction-writer.js";
import { counts, wholeLists } from "./uncertain.js";

/** What all requests of one flush share. */
export interface Sending {
  readonly connection: Connection;
  readonly signal: AbortSignal | undefined;
  /** The caller's own idempotency token for the transaction. */
  readonly token: string | undefined;
  /** Told of each request that was answered, for the `write` event. */
  readonly onWrite: (report: Report) => void;
}

/**
 * Sends a plan's requests, in parallel as far as the connection allows, and returns what became of
 * each change. It waits for all of them whatever happens: no request goes on behind a rejection.
 */
export async function execute(plan: Plan, sending: Sending): Promise<Outcome[]> {
  const batched = plan.steps.filter((step) => step.kind === "batch");
  const others = plan.steps.filter((step) => step.kind !== "batch");
  const outcomes = await Promise.all([
    batched.length > 0 ? writeBatches(batched, sending) : [],
    ...others.map((step) => send(step, sending)),
  ]);
  return outcomes.flat();
}

function send(step: Exclude<Step, { kind: "batch" }>, sending: Sending): Promise<Outcome[]> {
  return step.kind === "transaction" ? writeTransaction(step, sending) : writeSingle(step, sending);
}

async function writeSingle(
  { changes: [change], request }: Extract<Step, { kind: "single" }>,
  { connection, signal, onWrite }: Sending,
): Promise<Outcome[]> {
  const send = async (request: RenderedSingle, retry: "sdk" | "provenOnly"): Promise<Outcome> => {
    const { operation } = request;
    const keys = () => [change.key.wire];
    const answer = await connection.send(operation, request.input, { signal, retry, keys });
    onWrite({ operation, changes: [change], answer });
    const attributes = "Attributes" in answer.output ? answer.output.Attributes : undefined;
    return { status: "applied", change, attributes };
  };
  const lists = counts(change) ? undefined : wholeLists(change);
  try {
    return [await send(request, counts(change) || lists !== undefined ? "provenOnly" : "sdk")];
  } catch (error) {
    const first = failed(change, error as Error);
    if (lists === undefined || first.status !== "unknown" || signal?.aborted) return [first];
    // A list that has moved may meet the same guard again: what is sent again asks for all of it.
    const condition = junction("and", [change.condition, lists]);
    try {
      return [await send(renderSingle({ ...change, condition }), "sdk")];
    } catch (error) {
      const again = failed(change, error as Error, true);
      return [again.status === "failed" && again.isUnmet !== true ? first : again];
    }
  }
}

/** `isResend`: whether an attempt of the change may have landed before. */
function failed(change: Change, error: Error, isResend = false): Outcome {
  if (error instanceof ConditionNotMet) {
    const mayBeOurs =
      isResend || error.lostAnswers > 0 || change.tracked?.doubt?.kind === change.kind;
    if (mayBeOurs && hasLanded(change, error.item)) {
      return { status: "applied", change, attributes: error.item };
    }
    return { status: "failed", change, cause: error, current: error.item, isUnmet: true };
  }
  if (isOutcomeUnknown(error)) return { status: "unknown", change, cause: error };
  return { status: "failed", change, cause: error };
}
