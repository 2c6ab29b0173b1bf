import type { ServerResponse } from "node:http";

type Call = () => unknown;

/** What a response that is held back asks of its keeper. */
export interface Gate {
  /** Must settle before the first byte leaves. A rejection is the keeper's to handle: nothing leaves. */
  open(): Promise<void>;
  /** Resolves when the handler has finished: until then a throw may still replace the response. */
  finished(): Promise<void>;
}

/**
 * Holds a response of Node's back: what is written is kept until the gate is open, and passes
 * unchanged from then on. A response that is ended in one go waits for its handler to finish as well,
 * unless the handler itself waits for the response, as `pipeline(stream, response)` does.
 */
export class HeldResponse {
  readonly #response: ServerResponse;
  readonly #gate: Gate;
  readonly #calls: Call[] = [];
  readonly #listeners: number;
  readonly #statusCode: number;
  readonly #headers: ReturnType<ServerResponse["getHeaders"]>;
  #isOpening = false;
  #isFree = false;
  #isEnded = false;
  #refused = false;

  constructor(response: ServerResponse, gate: Gate) {
    this.#response = response;
    this.#gate = gate;
    this.#listeners = this.#waiting;
    this.#statusCode = response.statusCode;
    this.#headers = { ...response.getHeaders() };
    this.#hold();
  }

  /** Forgets what is held, with the status and headers that were set for it, and holds nothing more. */
  discard(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    this.#calls.length = 0;
    const response = this.#response;
    if (response.headersSent) return;
    response.statusCode = this.#statusCode;
    for (const name of response.getHeaderNames()) {
      if (!Object.hasOwn(this.#headers, name)) response.removeHeader(name);
    }
    for (const [name, value] of Object.entries(this.#headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
  }

  /** Who waits for the response: Node's own listeners, and those of middlewares, are counted at the start. */
  get #waiting(): number {
    return this.#response.listenerCount("finish") + this.#response.listenerCount("close");
  }

  #hold(): void {
    const response = this.#response;
    const { writeHead, flushHeaders, write, end } = response;
    const keep = (call: Call) => {
      if (this.#isEnded) throw new Error("The response was ended already");
      this.#calls.push(call);
    };
    Object.assign(response, {
      writeHead: (...args: Parameters<typeof writeHead>) => {
        if (this.#isFree) return writeHead.apply(response, args);
        keep(() => writeHead.apply(response, args));
        return response;
      },
      flushHeaders: () => {
        if (this.#isFree) return flushHeaders.call(response);
        keep(() => flushHeaders.call(response));
        this.#open();
      },
      write: (...args: Parameters<typeof write>) => {
        if (this.#isFree) return write.apply(response, args);
        keep(() => {
          // The writer was told to wait, and waits for this.
          if (write.apply(response, args)) this.#refused = true;
        });
        this.#open();
        return false;
      },
      end: (...args: Parameters<typeof end>) => {
        if (this.#isFree) return end.apply(response, args);
        keep(() => end.apply(response, args));
        this.#isEnded = true;
        this.#openAtEnd(args.some((arg: unknown) => typeof arg === "function"));
        return response;
      },
    });
  }

  #openAtEnd(isAwaited: boolean): void {
    if (isAwaited || this.#waiting > this.#listeners) {
      this.#open();
      return;
    }
    const onListener = (name: string | symbol) => {
      if (name === "finish" || name === "close") open();
    };
    const open = () => {
      this.#response.off("newListener", onListener);
      this.#open();
    };
    this.#response.on("newListener", onListener);
    void this.#gate.finished().then(open);
  }

  #open(): void {
    if (this.#isOpening || this.#isFree) return;
    this.#isOpening = true;
    this.#gate.open().then(
      () => this.#release(),
      () => undefined,
    );
  }

  #release(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    for (const call of this.#calls.splice(0)) call();
    if (this.#refused && !this.#isEnded && !this.#response.writableNeedDrain) {
      this.#response.emit("drain");
    }
  }
}
