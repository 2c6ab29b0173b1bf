import { Agent, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { crc32 } from "../session/aws/crc32.js";

/** A request's or an answer's body: DynamoDB's JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What the engine answered. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const agent = new Agent({ keepAlive: true });

/** One request that arrived at the proxy, and the ways to answer it: what a `Fault` is given. */
export class Exchange {
  /** Such as "PutItem". */
  readonly operation: string;
  readonly body: JsonObject;
  /** What became of it so far, in order, such as ["forwarded: 200", "dropped"]. */
  readonly outcome: string[] = [];
  readonly #engine: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #raw: Buffer;
  #isAnswered = false;

  constructor(engine: string, request: IncomingMessage, raw: Buffer, response: ServerResponse) {
    this.#engine = engine;
    this.#request = request;
    this.#response = response;
    this.#raw = raw;
    this.operation = String(request.headers["x-amz-target"] ?? "").replace(/^.*\./, "");
    this.body = raw.length > 0 ? (JSON.parse(raw.toString()) as JsonObject) : {};
  }

  /** Whether an answer was given, a cut connection included. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Sends the request to the engine, or another body in its place. The client sees nothing. */
  async forward(body?: JsonObject): Promise<Answer> {
    const payload = body ? Buffer.from(JSON.stringify(body)) : this.#raw;
    const answer = await new Promise<Answer>((resolve, reject) => {
      const { host: _, "content-length": __, ...headers } = this.#request.headers;
      const outgoing = send(
        new URL(this.#request.url ?? "/", this.#engine),
        {
          method: this.#request.method ?? "POST",
          headers: { ...headers, "content-length": payload.length },
          agent,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }),
          );
        },
      );
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
    this.outcome.push(`forwarded: ${answer.status}`);
    return answer;
  }

  /** Forwards the request and answers with what the engine says. */
  async pass(): Promise<void> {
    const answer = await this.forward();
    this.answer(answer.status, answer.body);
  }

  /** Answers in the engine's place. */
  answer(status: number, body: Buffer | JsonObject): void {
    this.#isAnswered = true;
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    this.#response.writeHead(status, headersOf(bytes));
    this.#response.end(bytes);
  }

  /** Answers with an error of DynamoDB's. */
  fail(status: number, name: string, message: string, facts: JsonObject = {}): void {
    const namespace = name === "ThrottlingException" ? "com.amazon.coral.service" : dynamodb;
    this.outcome.push(`answered: ${name}`);
    this.answer(status, { __type: `${namespace}#${name}`, message, Message: message, ...facts });
  }

  /** Announces the whole body, sends the first part of it, and cuts the connection. */
  truncate(status: number, body: Buffer, bytes: number): void {
    this.#isAnswered = true;
    this.outcome.push("truncated");
    this.#response.writeHead(status, headersOf(body));
    this.#response.write(body.subarray(0, bytes), () => this.#response.destroy());
  }

  /** Cuts the connection with no answer. */
  cut(outcome: string): void {
    this.#isAnswered = true;
    this.outcome.push(outcome);
    this.#request.socket.destroy();
    this.#response.destroy();
  }
}

const dynamodb = "com.amazonaws.dynamodb.v20120810";

function headersOf(body: Buffer) {
  return {
    "content-type": "application/x-amz-json-1.0",
    "content-length": body.length,
    "x-amz-crc32": crc32(body),
    "x-amzn-requestid": "PROXY",
  };
}
