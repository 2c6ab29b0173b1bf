import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { AnswerBody, type AnswerScan } from "./answer-body.js";
import { Attempts, originalError, type Retry } from "./attempts.js";
import { isContention, metadataOf, translate } from "./aws-errors.js";
import { backoff, type Pacing } from "./backoff.js";
import { dropLostNames } from "./lost-names.js";
import { reuseOrder } from "./middleware-order.js";
import { openingOf } from "./open-client.js";
import {
  type Input,
  makeCommand,
  type Operation,
  type Output,
  type SdkCommand,
  tablesOf,
} from "./operations.js";
import { RequestBody } from "./request-body.js";
import { RequestAborted, type RequestFacts } from "./request-errors.js";
import { whenAborted } from "./when-aborted.js";

/** The clients that an engine takes. */
export type Client = DynamoDBClient | DynamoDBDocumentClient;

/** Who reads and writes the items in bodies: the library, or the SDK's serializer and deserializer. */
export type Wire = "direct" | "sdk";

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * `"provenOnly"`, for a write that counts: it is sent again only where it surely wasn't carried
   * out, such as when it was throttled. Default `"sdk"`: as the client is configured.
   */
  readonly retry?: Retry;
  /** Reads the answer's items from its text; where the SDK must read them, they come as it makes them. */
  readonly scan?: AnswerScan | undefined;
}

/** What came of a request. */
export interface Answer<O extends Operation = Operation> {
  readonly output: Output<O>;
  /** How often it was sent, resends of the SDK among them. */
  readonly attempts: number;
  /** How many attempts may have been carried out although their answers never came. */
  readonly lostAnswers: number;
  readonly durationMs: number;
  /** Capacity units of all tables and indexes together, where the request asked for them. */
  readonly consumedCapacity: number | undefined;
}

/** How often a write that met a transaction on its item is sent at most. */
const maxContentions = 8;

/** The port to the service: sends requests through the user's client, and changes nothing about it. */
export class AwsClient {
  readonly #client: Client;
  readonly #pacing: Pacing;
  readonly #wire: Wire;

  constructor(client: Client, pacing: Pacing = {}, wire: Wire = "direct") {
    this.#client = client;
    this.#pacing = pacing;
    this.#wire = wire;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {RequestError} one of those in request-errors.ts, with `attempts` and `lostAnswers`.
   */
  async send<O extends Operation>(
    operation: O,
    input: Input<O>,
    { signal, retry = "sdk", scan }: SendOptions = {},
  ): Promise<Answer<O>> {
    const begun = performance.now();
    const attempts = new Attempts(retry, signal);
    const facts = (): RequestFacts => ({
      operation,
      tables: tablesOf(input),
      attempts: attempts.count,
      lostAnswers: attempts.lost,
    });
    const opening = openingOf(this.#client, this.#wire === "direct");
    const written = RequestBody.of(this.#client, operation, input, opening);
    for (let sending = 1; ; sending++) {
      if (signal?.aborted) throw new RequestAborted(facts(), signal.reason);
      const command = makeCommand(operation, input);
      written?.watch(command);
      attempts.watch(command);
      const body = new AnswerBody(this.#client, scan);
      body.watch(operation, command, opening);
      if (opening.access !== "none") reuseOrder(command);
      let output: Output<O>;
      try {
        // A test double may answer nothing.
        const answered = ((await this.#exchange(command, signal, attempts)) ?? {}) as Output<O>;
        output = body.complete(answered) as Output<O>;
      } catch (thrown) {
        const error = originalError(thrown);
        attempts.finish(metadataOf(error), error);
        dropLostNames(error);
        if (!isContention(error) || sending === maxContentions) {
          throw translate(error, facts(), signal);
        }
        // The reason of an abort meanwhile is found at the loop's head.
        await backoff(sending, signal, this.#pacing).catch(() => undefined);
        continue;
      }
      attempts.finish(metadataOf(output));
      return {
        output,
        attempts: attempts.count,
        lostAnswers: attempts.lost,
        durationMs: performance.now() - begun,
        consumedCapacity: capacityOf(output),
      };
    }
  }

  /**
   * A DynamoDBDocumentClient has the middleware of the client under it: documents are translated by
   * its own commands alone, so that plain ones pass both clients alike.
   */
  #exchange(
    command: SdkCommand,
    signal: AbortSignal | undefined,
    attempts: Attempts,
  ): Promise<unknown> {
    const client = this.#client as DynamoDBClient;
    // Never without options: a client that caches its handlers would keep this command's middleware.
    if (signal === undefined) return client.send(command, {});
    // The SDK listens to it several times, which a signal of many requests isn't made for.
    const own = new AbortController();
    const sent = client.send(command, { abortSignal: own.signal });
    return orAborted(sent, signal, () => {
      attempts.abandon();
      own.abort(signal.reason);
    });
  }
}

/** Rejects as soon as the signal gives up: a stub, or an old SDK between two attempts, may not notice it. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal, abandon: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = whenAborted(signal, () => {
      abandon();
      reject(signal.reason);
    });
    promise.then(resolve, reject).finally(callOff);
  });
}

/** A client as the environment configures it, with timeouts: the SDK's own default waits for ever. */
export function defaultClient(): DynamoDBClient {
  return new DynamoDBClient({
    requestHandler: {
      requestTimeout: 10_000,
      connectionTimeout: 3_000,
      // Without it, recent versions of the SDK only warn.
      throwOnRequestTimeout: true,
    },
  });
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function capacityOf(output: unknown): number | undefined {
  const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | readonly Capacity[] };
  if (ConsumedCapacity === undefined) return undefined;
  const all = Array.isArray(ConsumedCapacity) ? ConsumedCapacity : [ConsumedCapacity];
  return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
