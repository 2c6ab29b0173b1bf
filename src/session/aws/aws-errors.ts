import { unprinted } from "../../schema/errors.js";
import type { WireItem } from "../../schema/wire.js";
import {
  type CancellationReason,
  ConditionNotMet,
  RequestAborted,
  RequestError,
  type RequestFacts,
  RequestFailed,
  TableInUse,
  TableNotFound,
  Throttled,
  TransactionCancelled,
} from "./request-errors.js";

/** As much of the SDK's errors as is read, here and nowhere else. They are told by name, since a bundle may hold two copies of their classes. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
  readonly Item?: WireItem;
  readonly CancellationReasons?: readonly {
    readonly Code?: string;
    readonly Message?: string;
    readonly Item?: WireItem;
  }[];
}

type Translation = (error: SdkError, facts: RequestFacts) => RequestError;

const throttled: Translation = (error, facts) => new Throttled(facts, error);

const translations: ReadonlyMap<string, Translation> = new Map<string, Translation>([
  [
    "ConditionalCheckFailedException",
    (error, facts) => new ConditionNotMet(facts, error.Item, error),
  ],
  [
    "TransactionCanceledException",
    (error, facts) => new TransactionCancelled(facts, reasonsOf(error), error),
  ],
  ["ProvisionedThroughputExceededException", throttled],
  ["ThrottlingException", throttled],
  ["Throttling", throttled],
  ["RequestLimitExceeded", throttled],
  ["LimitExceededException", throttled],
  ["TooManyRequestsException", throttled],
  ["ResourceNotFoundException", (error, facts) => new TableNotFound(facts, error)],
  ["TableNotFoundException", (error, facts) => new TableNotFound(facts, error)],
  ["ResourceInUseException", (error, facts) => new TableInUse(facts, error)],
  ["TableInUseException", (error, facts) => new TableInUse(facts, error)],
]);

/** Other writers were in the way; the request was refused, and may well succeed next time. */
const contentions = new Set(["TransactionConflictException", "ReplicatedWriteConflictException"]);

/** The transaction with this token is under way, sent by us before: it may yet succeed. */
const inProgress = "TransactionInProgressException";

/** Makes one of our errors of whatever a request ended with. */
export function translate(error: unknown, facts: RequestFacts, signal?: AbortSignal): RequestError {
  if (error instanceof RequestError) return error;
  const sdkError: SdkError = typeof error === "object" && error !== null ? error : {};
  const { name = "Error" } = sdkError;
  // An answer that came is worth more than the abort that came after it.
  const isAnswer = sdkError.$metadata?.httpStatusCode !== undefined;
  if (signal?.aborted && !isAnswer) return new RequestAborted(facts, signal.reason);
  unprinted(sdkError, ["Item", "CancellationReasons"]);
  const translation = translations.get(name);
  if (translation !== undefined) return translation(sdkError, facts);
  return new RequestFailed(facts, {
    reason: name,
    text: sdkError.message ?? String(error),
    isRetryable: isPassing(sdkError, facts),
    cause: error,
    ...(name === inProgress && { isOutcomeUnknown: true }),
  });
}

/** Whether only others' writes were in the way, which the SDK doesn't send again by itself. */
export function isContention(error: unknown): boolean {
  return contentions.has((error as SdkError | undefined)?.name ?? "");
}

/** The SDK's account of a request, of its output or its error. */
export function metadataOf(result: unknown): SdkError["$metadata"] {
  return (result as SdkError | undefined)?.$metadata;
}

function isPassing({ name = "", $metadata }: SdkError, { lostAnswers = 0 }: RequestFacts): boolean {
  const status = $metadata?.httpStatusCode;
  return (
    lostAnswers > 0 ||
    name === inProgress ||
    contentions.has(name) ||
    status === undefined ||
    status >= 500
  );
}

function reasonsOf({ CancellationReasons = [] }: SdkError): CancellationReason[] {
  return CancellationReasons.map(({ Code = "None", Message, Item }) => ({
    code: Code,
    ...(Message !== undefined && { message: Message }),
    ...(Item !== undefined && { item: Item }),
  }));
}
