import type { ServerResponse } from "node:http";
import { type Gate, HeldStream } from "./held-stream.js";

/** Holds a response of Node's back, with its head. */
export class HeldResponse extends HeldStream<ServerResponse> {
  readonly #statusCode: number;
  readonly #methods: Pick<ServerResponse, "writeHead" | "flushHeaders">;
  readonly #headers: ReturnType<ServerResponse["getHeaders"]>;

  constructor(response: ServerResponse, gate: Gate) {
    super(response, gate);
    this.#statusCode = response.statusCode;
    this.#headers = { ...response.getHeaders() };
    const { writeHead, flushHeaders } = response;
    this.#methods = { writeHead, flushHeaders };
    const prototype: object = Object.getPrototypeOf(response);
    // What asks for it wants to know whether there is an answer already: Express's own 404 does.
    Object.defineProperty(response, "headersSent", {
      configurable: true,
      get: () => (this.isFree ? Reflect.get(prototype, "headersSent", response) : this.holdsAny),
    });
    Object.assign(response, {
      writeHead: (...args: Parameters<typeof writeHead>) => {
        if (this.isDiscarded) return response;
        if (this.isFree) return writeHead.apply(response, args);
        this.keep(() => writeHead.apply(response, args));
        // The gate asks for it.
        response.statusCode = args[0];
        return response;
      },
      flushHeaders: () => {
        if (this.isDiscarded) return;
        if (this.isFree) return flushHeaders.call(response);
        this.keep(() => flushHeaders.call(response));
        this.open();
      },
    });
  }

  /** Forgets the status and the headers as well that were set for what is held. */
  override discard(): void {
    if (this.isFree) return;
    super.discard();
    const response = this.stream;
    Object.assign(response, this.#methods);
    if (response.headersSent) return;
    response.statusCode = this.#statusCode;
    for (const name of response.getHeaderNames()) {
      if (!Object.hasOwn(this.#headers, name)) response.removeHeader(name);
    }
    for (const [name, value] of Object.entries(this.#headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }
}
