import type { DecodeBase64 } from "../../schema/scan/wire-bytes.js";
import { crc32 } from "./crc32.js";
import { type Access, deserializer, type OpenClient, type RelativeStack } from "./open-client.js";
import type { Operation, SdkCommand } from "./operations.js";
import { decodeBinary } from "./wire-binary.js";

interface Exchanged {
  readonly response: {
    statusCode?: number;
    headers?: Readonly<Record<string, string>>;
    body?: unknown;
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
  readonly #scan: AnswerScan | undefined;
  #taken: object | undefined;

  constructor(client: unknown, scan?: AnswerScan) {
    this.#client = client as OpenClient;
    this.#scan = scan;
  }

  watch(operation: Operation, command: SdkCommand, access: Access): void {
    if (access === "none") return;
    const takes = access === "items" && itemReads.has(operation);
    const { middlewareStack } = command as unknown as RelativeStack<unknown, Exchanged>;
    middlewareStack.addRelativeTo(
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
    return this.#taken === undefined ? output : Object.assign(output, this.#taken);
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
    const scanned = this.#scan?.(bytes, base64Decoder);
    if (scanned !== undefined) {
      this.#taken = scanned;
      response.body = emptyBody;
      return;
    }
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
