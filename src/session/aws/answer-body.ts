import { crc32 } from "./crc32.js";
import type { Operation, SdkCommand } from "./operations.js";
import { decodeBinary } from "./wire-binary.js";

/** As much of the SDK's clients as is used here. */
interface OpenClient {
  readonly config: {
    readonly logger?: { readonly info?: unknown; readonly constructor: { readonly name: string } };
    readonly protocol?: { getShapeId?(): string };
    readonly streamCollector?: (stream: unknown) => Promise<Uint8Array>;
    readonly utf8Encoder?: (bytes: Uint8Array) => string;
    readonly base64Decoder?: (text: string) => Uint8Array;
  };
  readonly middlewareStack: { identify(): string[] };
}

interface Exchanged {
  readonly response: {
    statusCode?: number;
    headers?: Readonly<Record<string, string>>;
    body?: unknown;
  };
}

type Middleware = (
  next: (args: unknown) => Promise<Exchanged>,
) => (args: unknown) => Promise<Exchanged>;

interface RelativeStack {
  readonly middlewareStack: {
    addRelativeTo(
      middleware: Middleware,
      options: { readonly relation: string; readonly toMiddleware: string; readonly name: string },
    ): void;
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

const deserializer = "deserializerMiddleware";

/** What the SDK's own clients have. Any other middleware is the user's, and may look at outputs. */
const ownMiddleware: ReadonlySet<string> = new Set([
  "loggerMiddleware",
  "serializerMiddleware",
  "contentLengthMiddleware",
  "getUserAgentMiddleware",
  "hostHeaderMiddleware",
  "recursionDetectionMiddleware",
  "retryMiddleware",
  "httpSigningMiddleware",
  deserializer,
]);

/** The answers that consist of items. */
const itemReads: ReadonlySet<Operation> = new Set<Operation>([
  "GetItem",
  "BatchGetItem",
  "TransactGetItems",
  "Query",
  "Scan",
]);

/**
 * Reads the body of one command's answer below the SDK's deserializer: holds it against its
 * checksum, which the SDK doesn't, and takes an answer of items over, so that the SDK needn't walk
 * it. Where a middleware or logger of the user's may look at the items, the SDK reads them.
 */
export class AnswerBody {
  readonly #client: OpenClient;
  #taken: object | undefined;

  constructor(client: unknown) {
    this.#client = client as OpenClient;
  }

  watch(operation: Operation, command: SdkCommand): void {
    const { config, middlewareStack } = this.#client;
    // A test double has no stack; a client of another protocol or an older SDK reads for itself.
    if (config?.protocol?.getShapeId?.() !== "aws.protocols#awsJson1_0") return;
    const names = middlewareStack?.identify().map((entry) => entry.split(" ", 1)[0] as string);
    if (!names?.includes(deserializer)) return;
    const takes =
      itemReads.has(operation) &&
      isSilent(config.logger) &&
      names.every((name) => ownMiddleware.has(name));
    (command as unknown as RelativeStack).middlewareStack.addRelativeTo(
      (next) => async (args) => {
        this.#taken = undefined;
        const exchanged = await next(args);
        await this.#read(exchanged.response, takes);
        return exchanged;
      },
      { relation: "after", toMiddleware: deserializer, name: "dynalchemyAnswerBody" },
    );
  }

  /** The whole output, from the SDK's, which lacks what was taken over. */
  complete(output: object): object {
    return this.#taken === undefined ? output : { ...output, ...this.#taken };
  }

  async #read(response: Exchanged["response"], takes: boolean): Promise<void> {
    const { headers = {}, statusCode } = response;
    const { streamCollector, utf8Encoder, base64Decoder } = this.#client.config;
    if (statusCode !== 200 || headers["content-encoding"] !== undefined) return;
    if (!streamCollector || !utf8Encoder || !base64Decoder) return;
    const bytes =
      response.body instanceof Uint8Array ? response.body : await streamCollector(response.body);
    response.body = bytes;
    const expected = headers["x-amz-crc32"];
    if (expected !== undefined) {
      const found = crc32(bytes);
      if (found !== Number(expected)) throw new CorruptAnswer(expected, found);
    }
    if (!takes) return;
    const text = utf8Encoder(bytes);
    // The SDK leaves members out that are null. No answer of the service has any.
    if (text.includes("null") && /[:[,]\s*null/.test(text)) return;
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return;
    if (text.includes('"B"') || text.includes('"BS"')) decodeBinary(parsed, base64Decoder);
    this.#taken = parsed;
    response.body = emptyBody;
  }
}

const emptyBody = new TextEncoder().encode("{}");

/** The default logger says nothing; it is known by its name, as the SDK itself does. */
function isSilent(logger: OpenClient["config"]["logger"]): boolean {
  return typeof logger?.info !== "function" || logger.constructor.name === "NoOpLogger";
}
