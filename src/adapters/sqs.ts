import { Scope } from "../context/scope.js";
import type { Engine } from "../session/engine.js";
import { Limiter } from "../session/limiter.js";
import { assertHandler } from "./assert-handler.js";
import { deadlineOf, type InvocationOptions, type LambdaContext } from "./lambda-context.js";

/** What is needed of a message of SQS. */
export interface SqsMessage {
  readonly messageId: string;
  readonly eventSourceARN: string;
  readonly attributes: { readonly MessageGroupId?: string | undefined };
}

/** Tells Lambda which messages are to come again. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** Options of `sqsSessions`. */
export interface SqsOptions extends InvocationOptions {
  /** How many messages, of a FIFO queue: message groups, are worked on at once. Default 10. */
  readonly concurrency?: number;
  /**
   * Is told of each message that failed. Default: the error is written to the log; what this throws is
   * written there as well.
   */
  readonly onError?: (error: unknown, message: SqsMessage) => void;
}

const defaultConcurrency = 10;

/**
 * A session for each message of an SQS batch: wraps a function of one message, and answers with the
 * messages that failed, so that only they come again. Messages are worked on side by side. Those of
 * one group of a FIFO queue go one after the other, and after a failure the rest of the group comes
 * again with it, so that the order is kept.
 *
 * The event source mapping must have `ReportBatchItemFailures`: without it Lambda takes the answer for
 * a success, and deletes the messages that failed.
 *
 * Source: Lambda Developer Guide, "Handling errors for an SQS event source in Lambda".
 *
 * @example
 * export const handler = sqsSessions(engine, { flush: "onSuccess" })(async (message: SQSRecord) => {
 *   currentSession().add(new Order(JSON.parse(message.body)));
 * });
 */
export function sqsSessions(
  engine: Engine,
  options: SqsOptions = {},
): <M extends SqsMessage>(
  work: (message: M, context: LambdaContext) => unknown,
) => (
  event: { readonly Records: readonly M[] },
  context: LambdaContext,
) => Promise<SqsBatchResponse> {
  const { concurrency = defaultConcurrency, onError = logError } = options;
  return (work) => {
    assertHandler(work, "export const handler = sqsSessions(engine)(async (message) => …)");
    return async (event, context) => {
      const scopeOptions = deadlineOf(options, [context]);
      const limiter = new Limiter(concurrency);
      const failed = new Set<SqsMessage>();
      const workInOrder = async (lane: readonly (typeof event.Records)[number][]) => {
        for (const [at, message] of lane.entries()) {
          const scope = new Scope(engine, scopeOptions(), "its message's scope has ended");
          try {
            await scope.use(() => work(message, context));
          } catch (error) {
            tell(onError, error, message);
            for (const left of lane.slice(at)) failed.add(left);
            return;
          }
        }
      };
      await Promise.all(lanesOf(event.Records).map((lane) => limiter.run(() => workInOrder(lane))));
      return {
        batchItemFailures: event.Records.filter((message) => failed.has(message)).map(
          ({ messageId }) => ({ itemIdentifier: messageId }),
        ),
      };
    };
  };
}

/** Messages that must go one after the other: those of one group, where the queue keeps an order. */
function lanesOf<M extends SqsMessage>(messages: readonly M[]): M[][] {
  const lanes = new Map<string | M, M[]>();
  for (const message of messages) {
    // A standard queue may have groups too, for fairness alone.
    const isFifo = message.eventSourceARN.endsWith(".fifo");
    const lane = isFifo ? (message.attributes.MessageGroupId ?? "") : message;
    const known = lanes.get(lane);
    if (known === undefined) lanes.set(lane, [message]);
    else known.push(message);
  }
  return [...lanes.values()];
}

/** A listener that fails must not make the messages that are done come again. */
function tell(
  onError: NonNullable<SqsOptions["onError"]>,
  error: unknown,
  message: SqsMessage,
): void {
  const logBoth = (own: unknown) => {
    logError(error, message);
    logError(own, message);
  };
  try {
    // It may be async: what it rejects with is nobody else's.
    Promise.resolve(onError(error, message) as unknown).catch(logBoth);
  } catch (own) {
    logBoth(own);
  }
}

function logError(error: unknown, { messageId }: SqsMessage): void {
  // biome-ignore lint/suspicious/noConsole: the log of a function is where its failures belong, and nothing throws this one.
  console.error(`Message ${messageId} failed and comes again:`, error);
}
