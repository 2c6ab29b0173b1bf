import type { WireItem } from "../schema/wire.js";
import type { AnswerScan } from "./aws/answer-body.js";
import type { Retry } from "./aws/attempts.js";
import type { Answer, AwsClient } from "./aws/client.js";
import { type Input, itemOperations, type Operation, tablesOf } from "./aws/operations.js";
import { RequestAborted, RequestError } from "./aws/request-errors.js";
import { TooManyRequests } from "./errors.js";
import type { Announcer } from "./events.js";
import { keysHash } from "./keys-hash.js";
import { Limiter } from "./limiter.js";

/** A request that was answered or failed, as `request` listeners see it. */
export interface RequestEvent {
  /** Such as `"UpdateItem"`. */
  readonly operation: string;
  readonly tables: readonly string[];
  /** The index that is read; `undefined`: the table itself. */
  readonly index: string | undefined;
  /**
   * The same short text for the same keys, in each process, so that requests for one item can be
   * told from others; `undefined` where a request names no key. Keys that can be guessed can be
   * guessed from it as well.
   */
  readonly keysHash: string | undefined;
  /** From the sending to the answer, the wait for a place among parallel requests left out. */
  readonly durationMs: number;
  /** How often it was sent, resends of the SDK among them; 0 where it never left. */
  readonly attempts: number;
  /** How many attempts may have been carried out although their answers never came. */
  readonly lostAnswers: number;
  /** Capacity units of all tables and indexes together; `undefined` for a failure. */
  readonly consumedCapacity: number | undefined;
  /** The `code` of what it ended with, such as `"THROTTLED"`; `undefined`: it was answered. */
  readonly errorCode: string | undefined;
  /** What it ended with. Not enumerable, as `request`: it may quote the key and hold the item. */
  readonly error: Error | undefined;
  /**
   * The operation's input, with the users' values in it. It isn't enumerable, so that neither a
   * spread nor `JSON.stringify` takes it into a log.
   */
  readonly request: object;
}

export interface ConnectionSettings {
  /** How many requests are under way at once at most. Default 16. */
  readonly concurrency?: number | undefined;
  /** Who is told of requests. */
  readonly announcer?: Announcer | undefined;
  /** How many requests may be sent; default: no limit. */
  readonly maxRequests?: number | undefined;
  /** Whether answers tell what they cost also where nobody listens. Default `false`. */
  readonly asksCapacity?: boolean | undefined;
  /** Gives up every request. */
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** `"provenOnly"` for a write that counts, and must not be sent twice. Default `"sdk"`. */
  readonly retry?: Retry | undefined;
  /** Reads the items of the answer, where the client lets it. */
  readonly scan?: AnswerScan | undefined;
  /** The keys of a write, for listeners: an item that is put doesn't tell them. */
  readonly keys?: (() => readonly WireItem[]) | undefined;
}

/** Sends the requests of an engine or a session: so many at a time, counted, and told to listeners. */
export class Connection {
  readonly #aws: AwsClient;
  readonly #limiter: Limiter;
  readonly #settings: ConnectionSettings;
  #requests = 0;

  constructor(aws: AwsClient, settings: ConnectionSettings = {}, limiter?: Limiter) {
    this.#aws = aws;
    this.#settings = settings;
    this.#limiter = limiter ?? new Limiter(settings.concurrency);
  }

  /** How many requests were sent over it; resends by the SDK aren't counted. */
  get requests(): number {
    return this.#requests;
  }

  /** Another connection with other settings and a count of its own, which shares the places for parallel requests unless `concurrency` is given. */
  derive(settings: ConnectionSettings): Connection {
    const limiter = settings.concurrency === undefined ? this.#limiter : undefined;
    // Every session makes one: V8 assigns twenty times as fast as it spreads two objects into one.
    return new Connection(this.#aws, Object.assign({}, this.#settings, settings), limiter);
  }

  /**
   * Sends a request when its turn comes.
   *
   * @throws {TooManyRequests} TOO_MANY_REQUESTS before the first request over the limit.
   * @throws {RequestAborted} REQUEST_ABORTED
   */
  async send<O extends Operation>(
    operation: O,
    input: Input<O>,
    options: RequestOptions = {},
  ): Promise<Answer<O>> {
    const { maxRequests } = this.#settings;
    if (maxRequests !== undefined && this.#requests >= maxRequests) {
      throw tooMany(maxRequests, operation, tablesOf(input));
    }
    this.#requests += 1;
    const signal = either(options.signal, this.#settings.signal);
    let isSent = false;
    try {
      return await this.#limiter.run(() => {
        isSent = true;
        return this.#exchange(operation, input, options, signal);
      }, signal);
    } catch (error) {
      if (isSent) throw error;
      throw new RequestAborted({ operation, tables: tablesOf(input), attempts: 0 }, error);
    }
  }

  async #exchange<O extends Operation>(
    operation: O,
    input: Input<O>,
    { retry = "sdk", scan, keys }: RequestOptions,
    signal: AbortSignal | undefined,
  ): Promise<Answer<O>> {
    const { announcer, asksCapacity: always = false } = this.#settings;
    const isHeard = announcer?.hears("request") ?? false;
    const asksCapacity = always || isHeard || (announcer?.hears("write") ?? false);
    const begun = performance.now();
    const tell = (facts: Answer | undefined, error?: Error) => {
      if (!isHeard) return;
      const durationMs = performance.now() - begun;
      this.#tell(operation, input, keysHash(input, keys?.()), durationMs, facts, error);
    };
    try {
      const answer = await this.#aws.send(
        operation,
        asksCapacity && itemOperations.has(operation) ? withCapacity(input) : input,
        { signal, scan, retry },
      );
      tell(answer);
      return answer;
    } catch (error) {
      tell(undefined, error as Error);
      throw error;
    }
  }

  /** A listener's mistake breaks no request. */
  #tell(
    operation: Operation,
    input: object,
    hash: string | undefined,
    durationMs: number,
    answer: Answer | undefined,
    error: Error | undefined,
  ): void {
    const failed = error instanceof RequestError ? error : undefined;
    const facts = {
      operation,
      tables: tablesOf(input),
      index: (input as { readonly IndexName?: string }).IndexName,
      keysHash: hash,
      durationMs,
      attempts: answer?.attempts ?? failed?.attempts ?? 0,
      lostAnswers: answer?.lostAnswers ?? failed?.lostAnswers ?? 0,
      consumedCapacity: answer?.consumedCapacity,
      errorCode: error && ((error as { readonly code?: string }).code ?? error.name),
    };
    Object.defineProperties(facts, { request: { value: input }, error: { value: error } });
    this.#settings.announcer?.report("request", facts as RequestEvent);
  }
}

/** The caller's line is what matters of its stack: a search is deeper than the ten calls that V8 keeps. */
function tooMany(...facts: ConstructorParameters<typeof TooManyRequests>): TooManyRequests {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  try {
    return new TooManyRequests(...facts);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function withCapacity<O extends Operation>(input: Input<O>): Input<O> {
  return { ReturnConsumedCapacity: "TOTAL", ...input };
}

function either(
  one: AbortSignal | undefined,
  other: AbortSignal | undefined,
): AbortSignal | undefined {
  if (one === undefined || one === other) return other;
  return other === undefined ? one : AbortSignal.any([one, other]);
}
