import type { SdkCommand } from "./operations.js";

/** Whether a request may be sent again by the SDK after an answer was lost. */
export type Retry = "sdk" | "provenOnly";

/** The two ways in which an attempt's end can be seen. */
interface Seen {
  wasSent: boolean;
  status: number | undefined;
}

/**
 * Errors of a connection that never came about: the request surely wasn't carried out. Node's names;
 * what isn't listed counts as perhaps carried out.
 */
const neverLeft = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_INVALID_CHAR",
  "ERR_INVALID_URL",
]);

/** The SDK's Node handler says so when a connection takes too long; its error has no code of its own. */
const neverConnected = /establish(?:ing|ed)? a connection/;

/** Ends the SDK's retries: none of its rules takes this error for one that passes. */
class AnswerLost extends Error {
  readonly original: unknown;

  constructor(original: unknown) {
    super(
      `The answer was lost: ${original instanceof Error ? original.message : String(original)}`,
    );
    this.original = original;
    this.name = "AnswerLost";
  }
}

/** The error behind one that stopped the SDK's retries. */
export function originalError(error: unknown): unknown {
  return error instanceof AnswerLost ? error.original : error;
}

/**
 * Watches each attempt that the SDK makes of one command, from inside its retries, and stops them
 * where sending once more could write twice. It stands in the command's own middleware, so that the
 * user's client is as before.
 */
export class Attempts {
  readonly #retry: Retry;
  readonly #signal: AbortSignal | undefined;
  #count = 0;
  #lost = 0;
  #last: Seen = { wasSent: false, status: undefined };
  #stop: AnswerLost | undefined;
  /** Whether the client takes the command's middleware: a stub that replaces `send` doesn't. */
  #isWatching = false;
  #isUnderWay = false;
  #isAbandoned = false;

  constructor(retry: Retry, signal: AbortSignal | undefined) {
    this.#retry = retry;
    this.#signal = signal;
  }

  /** How often the request was sent. */
  get count(): number {
    return this.#count;
  }

  /** How many attempts may have been carried out although their answers never came. */
  get lost(): number {
    return this.#lost;
  }

  watch(command: SdkCommand): void {
    this.#isWatching = false;
    this.#isUnderWay = false;
    const { middlewareStack } = command as unknown as MiddlewareStack;
    middlewareStack.add(
      (next) => {
        // Called as the client begins to send, before the first attempt.
        this.#isWatching = true;
        return (args) => this.#attempt(() => next(args));
      },
      // Below the retries and above the parsing: an answer that can't be read is a lost one.
      { step: "finalizeRequest", priority: "low", name: "dynalchemyAttempt" },
    );
    middlewareStack.add(
      (next) => (args) => this.#exchange(() => next(args)),
      // Next to the connection: what passes here is leaving.
      { step: "deserialize", priority: "low", name: "dynalchemyExchange" },
    );
  }

  /** Takes note that nobody waits for the attempt under way any more. */
  abandon(): void {
    if (!this.#isWatching) {
      this.#count += 1;
      this.#lost += 1;
    } else if (this.#isUnderWay && this.#last.wasSent) {
      this.#lost += 1;
      this.#isUnderWay = false;
    }
    this.#isAbandoned = true;
  }

  /** Counts by the SDK's own account what couldn't be watched; earlier attempts were lost, for all we know. */
  finish(metadata: { readonly attempts?: number } | undefined, failure?: unknown): void {
    if (this.#isWatching || this.#isAbandoned) return;
    const attempts = metadata?.attempts ?? 1;
    this.#count += attempts;
    this.#lost += attempts - 1;
    if (
      failure !== undefined &&
      mayHaveLanded(failure, { wasSent: true, status: statusOf(failure) })
    ) {
      this.#lost += 1;
    }
  }

  async #attempt<T>(next: () => Promise<T>): Promise<T> {
    this.#isWatching = true;
    // A retry strategy of the user's may not ask what kind of error it was.
    if (this.#stop !== undefined) throw this.#stop;
    if (this.#signal?.aborted) throw this.#signal.reason;
    this.#count += 1;
    this.#last = { wasSent: false, status: undefined };
    this.#isUnderWay = true;
    try {
      return await next();
    } catch (error) {
      if (this.#isAbandoned || !mayHaveLanded(error, this.#last)) throw error;
      this.#lost += 1;
      if (this.#retry === "sdk") throw error;
      this.#stop = new AnswerLost(error);
      throw this.#stop;
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #exchange<T>(next: () => Promise<T>): Promise<T> {
    const seen = this.#last;
    seen.wasSent = true;
    const result = await next();
    seen.status = (result as { response?: { statusCode?: number } }).response?.statusCode;
    return result;
  }
}

/** Whether an attempt that failed may have been carried out: decided by what was seen of it. */
function mayHaveLanded(error: unknown, { wasSent, status }: Seen): boolean {
  if (!wasSent) return false;
  if (status !== undefined) return !isRefusal(status);
  return !hasNeverLeft(error);
}

/** 4xx says that the request was refused; 408 is a gateway's, which doesn't know. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408;
}

function hasNeverLeft(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, message, cause } = error as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === "string" && neverLeft.has(code)) return true;
  if (typeof message === "string" && neverConnected.test(message)) return true;
  return depth < 5 && hasNeverLeft(cause, depth + 1);
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata
    ?.httpStatusCode;
}

/** As much of the SDK's middleware stack as is used here; its own types differ from command to command. */
interface MiddlewareStack {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: unknown) => Promise<unknown>,
      ) => (args: unknown) => Promise<unknown>,
      options: { readonly step: string; readonly priority: string; readonly name: string },
    ): void;
  };
}
