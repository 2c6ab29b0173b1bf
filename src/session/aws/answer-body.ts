import type { DecodeBase64 } from "../../schema/scan/wire-bytes.js";
import { crc32 } from "./crc32.js";
import { dropLostNames } from "./lost-names.js";
import { deserializer, type OpenClient, type Opening } from "./open-client.js";
import { itemOperations, type Operation, type SdkCommand } from "./operations.js";
import { decodeBinary } from "./wire-binary.js";

interface Response {
  statusCode?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

interface Exchanged {
  readonly response: Response;
  readonly output?: object;
}

type Handler = (args: unknown) => Promise<Exchanged>;
type Middleware = (next: Handler, context: unknown) => Handler;

/** As much of a command's stack as is used here. */
interface WithStack {
  readonly middlewareStack: {
    add(middleware: Middleware, options: object): void;
    addRelativeTo(middleware: Middleware, options: object): void;
  };
}

/** The body of an answer isn't what the service sent. The SDK sends a read again for it. */
class CorruptAnswer extends Error {
  /** By this mark the SDK's retries know an error that passes. */
  readonly $retryable = {};

  constructor(expected: string, found: number) {
    super(`The answer's x-amz-crc32 is ${expected}, but its body's is ${found}: it was corrupted.`);
    this.name = "CorruptAnswer";
  }
}

/**
 * Reads the whole answer from its text; `undefined` where the text isn't as expected, or the runtime
 * can't: then it is read by `JSON.parse`.
 */
export type AnswerScan = (bytes: Uint8Array, decodeBase64: DecodeBase64) => object | undefined;

/**
 * Reads the body of one command's answer: holds it against its checksum, which the SDK doesn't, and
 * takes an answer with items over, so that the SDK needn't walk it by its schema. Errors are left to
 * the SDK, and so are all answers where a middleware or logger of the user's may look at the items.
 */
export class AnswerBody {
  readonly #client: OpenClient;
  readonly #scan: AnswerScan | undefined;
  #taken: object | undefined;

  constructor(client: unknown, scan?: AnswerScan) {
    this.#client = client as OpenClient;
    this.#scan = scan;
  }

  watch(operation: Operation, command: SdkCommand, opening: Opening): void {
    if (opening.access === "none") return;
    const { middlewareStack } = command as unknown as WithStack;
    if (opening.access === "items" && itemOperations.has(operation)) {
      const { middleware, ...place } = opening.deserializer;
      middlewareStack.add(this.#inPlaceOf(middleware as Middleware), { ...place, override: true });
      return;
    }
    middlewareStack.addRelativeTo(
      (next) => async (args) => {
        const exchanged = await next(args);
        await this.#collect(exchanged.response);
        return exchanged;
      },
      { relation: "after", toMiddleware: deserializer, name: "dynalchemyAnswerBody" },
    );
  }

  /**
   * The SDK's is asked only for what isn't taken over: it copies its whole configuration for each
   * answer. What was taken stays out of the output until all middleware is through, since the SDK's
   * logging walks all of it even where nothing is logged.
   */
  #inPlaceOf(sdk: Middleware): Middleware {
    return (next, context) => async (args) => {
      this.#taken = undefined;
      const exchanged = await next(args);
      const { response } = exchanged;
      const bytes = await this.#collect(response);
      this.#taken = bytes && this.#read(bytes);
      if (this.#taken === undefined) return sdk(async () => exchanged, context)(args);
      response.body = emptyBody;
      return { response, output: { $metadata: metadataOf(response) } };
    };
  }

  /**
   * The whole output, from the SDK's, which lacks what was taken over. That is given away, as the body
   * was: the SDK's objects of a request, which lead here, are soon made among the old ones, and would keep
   * the items of answers that nobody holds until all memory is looked through. That cost half of a batch
   * of gets.
   */
  complete(output: object): object {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken !== undefined) return Object.assign(output, taken);
    dropLostNames(output);
    return output;
  }

  /** The whole body, after its checksum; `undefined` where it is left to the SDK. */
  async #collect(response: Response): Promise<Uint8Array | undefined> {
    const { headers = {}, statusCode } = response;
    const { streamCollector, utf8Encoder, base64Decoder } = this.#client.config;
    if (statusCode !== 200 || headers["content-encoding"] !== undefined) return undefined;
    if (!streamCollector || !utf8Encoder || !base64Decoder) return undefined;
    const bytes =
      response.body instanceof Uint8Array ? response.body : await streamCollector(response.body);
    response.body = bytes;
    const expected = headers["x-amz-crc32"];
    if (expected !== undefined) {
      const found = crc32(bytes);
      if (found !== Number(expected)) throw new CorruptAnswer(expected, found);
    }
    return bytes;
  }

  #read(bytes: Uint8Array): object | undefined {
    const { utf8Encoder, base64Decoder } = this.#client.config;
    if (!utf8Encoder || !base64Decoder) return undefined;
    const scanned = this.#scan?.(bytes, base64Decoder);
    if (scanned !== undefined) return scanned;
    const text = utf8Encoder(bytes);
    // The SDK leaves members out that are null. No answer of the service has any.
    if (text.includes("null") && /[:[,]\s*null/.test(text)) return undefined;
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    if (text.includes('"B"') || text.includes('"BS"')) decodeBinary(parsed, base64Decoder);
    return parsed;
  }
}

const emptyBody = new Uint8Array();

/** What the SDK tells of an answer's headers; its retries add how often the request was sent. */
function metadataOf({ statusCode, headers = {} }: Response): object {
  return {
    httpStatusCode: statusCode,
    requestId:
      headers["x-amzn-requestid"] ?? headers["x-amzn-request-id"] ?? headers["x-amz-request-id"],
    extendedRequestId: headers["x-amz-id-2"],
    cfId: headers["x-amz-cf-id"],
  };
}
