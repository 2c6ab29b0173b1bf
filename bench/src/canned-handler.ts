import { Readable } from "node:stream";
import type { Answers } from "./answers.js";

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Response {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** What a socket gives at once. */
const chunkLength = 65_536;

/**
 * Stands in for the network: answers are there at once, as a stream in chunks, so that what is
 * measured is the client's own work. It keeps the bodies of the last requests if it is told to.
 */
export class CannedHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  readonly #answers: Pick<Answers, "answer">;
  /** Where bodies of requests are kept; `undefined`: they aren't. */
  record: string[] | undefined;

  constructor(answers: Pick<Answers, "answer">) {
    this.#answers = answers;
  }

  async handle(request: Request): Promise<{ response: Response }> {
    const text = () => textOf(request.body);
    this.record?.push(text());
    const { body, headers } = this.#answers.answer(request.headers["x-amz-target"] ?? "", text);
    return { response: { statusCode: 200, headers: { ...headers }, body: streamOf(body) } };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array);
}

function streamOf(body: Buffer): Readable {
  let at = 0;
  return new Readable({
    highWaterMark: chunkLength,
    read() {
      this.push(at < body.length ? body.subarray(at, at + chunkLength) : null);
      at += chunkLength;
    },
  });
}
