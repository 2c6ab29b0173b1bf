import { Scope, type ScopeOptions } from "../context/scope.js";
import type { RequestAborted } from "../session/aws/request-errors.js";
import type { Engine } from "../session/engine.js";
import { ConstraintViolation, FlushError } from "../session/errors.js";

/** How an adapter opens a request's session and ends it. */
export interface RequestOptions extends ScopeOptions {
  /**
   * Whether a `ConstraintViolation` that nobody caught is answered with status 409 and its JSON.
   * Default `true`; `false` leaves it to the app's error handler.
   */
  readonly answerConflicts?: boolean;
}

const ended = "the request's scope has ended";
const committed = "the request's changes were committed, and its response is on its way";
const discarded = "the response tells of a failure, so that the request's changes were discarded";

/** The scope of one HTTP request: it gives up the session's requests when the client goes away. */
export class RequestScope extends Scope {
  readonly #answersConflicts: boolean;
  #hasFailed = false;
  #commit: Promise<void> | undefined;

  /** `signal` aborts with the request; `reason` is what whoever comes after its end is told. */
  constructor(engine: Engine, options: RequestOptions, signal?: AbortSignal, reason = ended) {
    const signals = [options.signal, signal].filter((each) => each !== undefined);
    super(
      engine,
      signals.length === 0 ? options : { ...options, signal: AbortSignal.any(signals) },
      reason,
    );
    this.#answersConflicts = options.answerConflicts ?? true;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Commits once, before the response's first byte. What streams the response only reads from then on. */
  override succeed(): Promise<void> {
    if (!this.commits || this.#hasFailed) return Promise.resolve();
    this.#commit ??= super.succeed(committed);
    return this.#commit;
  }

  /**
   * What becomes of the changes right before the response's first byte: a status of 500 or above tells
   * of a failure just as a throw does, and discards them.
   */
  async settle(status: number): Promise<void> {
    if (!this.commits || this.#hasFailed) return;
    if (status < 500) return this.succeed();
    await this.fail();
    this.session.seal(discarded);
  }

  override async fail(): Promise<void> {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    await super.fail();
  }

  /** The conflict, where it is to be answered with a 409. */
  conflictOf(error: unknown): ConstraintViolation | undefined {
    return this.#answersConflicts && error instanceof ConstraintViolation ? error : undefined;
  }
}

/** Whether the error only says that requests were given up, which nobody is left to be told. */
export function isGivenUp(error: unknown): boolean {
  if (error instanceof FlushError) return error.failures.every(({ cause }) => isAborted(cause));
  return isAborted(error);
}

function isAborted(error: unknown): error is RequestAborted {
  return (error as Partial<RequestAborted> | undefined)?.code === "REQUEST_ABORTED";
}
