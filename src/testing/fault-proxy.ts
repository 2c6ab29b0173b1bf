import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Exchange, type JsonObject } from "./exchange.js";
import type { Fault } from "./faults.js";

/** Which requests meet a fault. */
export interface Rule {
  /** Which operations, such as "PutItem"; default: all. */
  readonly operation?: string | readonly string[];
  /** Which bodies; default: all. Called once for each request of the operation. */
  readonly when?: (body: JsonObject, operation: string) => boolean;
  /** The first matching request that meets the fault, counted from 1; default 1. */
  readonly nth?: number;
  /** How many matching requests in a row meet it; default 1. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A rule at work. */
export interface Injection {
  /** Matching requests so far, those that met the fault or not. */
  readonly seen: number;
  /** How many requests met the fault. */
  readonly met: number;
  /** Lets later requests pass. */
  remove(): void;
}

/** A request that came by. */
export interface LoggedRequest {
  readonly operation: string;
  readonly body: JsonObject;
  /** What became of it, in order, such as ["forwarded: 200", "dropped"]. */
  readonly outcome: readonly string[];
}

interface Active {
  readonly rule: Rule;
  seen: number;
  met: number;
}

/**
 * Stands between clients and an engine, and breaks chosen requests in chosen ways: an answer is lost
 * after the write has landed, a request is throttled, a batch is carried out in part. A request that
 * no rule matches passes unchanged. The first of several matching rules decides.
 *
 * @example
 * await using proxy = await FaultProxy.start(local.endpoint);
 * const client = new DynamoDBClient({ ...local.clientConfig, endpoint: proxy.endpoint });
 * proxy.inject({ operation: "UpdateItem", fault: dropAnswer() });
 */
export class FaultProxy {
  readonly #engine: string;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => request.socket.destroy());
  });
  readonly #rules: Active[] = [];
  readonly #log: LoggedRequest[] = [];

  private constructor(engine: string) {
    this.#engine = engine;
  }

  /** Starts in front of the engine at this address. Must be closed. */
  static async start(engine: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(engine);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** The address for clients. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All that arrived, in order of arrival; resends of the SDK are entries of their own. */
  get log(): readonly LoggedRequest[] {
    return this.#log;
  }

  /** The operations of `log`, such as ["PutItem", "Query"]. */
  get operations(): string[] {
    return this.#log.map((request) => request.operation);
  }

  /** Adds a rule, after those that are there. */
  inject(rule: Rule): Injection {
    const active: Active = { rule, seen: 0, met: 0 };
    this.#rules.push(active);
    return {
      get seen() {
        return active.seen;
      },
      get met() {
        return active.met;
      },
      remove: () => {
        const at = this.#rules.indexOf(active);
        if (at >= 0) this.#rules.splice(at, 1);
      },
    };
  }

  /** Removes all rules and empties the log. */
  reset(): void {
    this.#rules.length = 0;
    this.#log.length = 0;
  }

  /** Stops, and cuts what is still connected. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const exchange = new Exchange(this.#engine, request, Buffer.concat(chunks), response);
    this.#log.push(exchange);
    const fault = this.#faultOf(exchange);
    if (fault) await fault(exchange);
    if (!exchange.isAnswered) await exchange.pass();
  }

  #faultOf({ operation, body }: Exchange): Fault | undefined {
    for (const active of this.#rules) {
      const { rule } = active;
      const operations = typeof rule.operation === "string" ? [rule.operation] : rule.operation;
      if (operations && !operations.includes(operation)) continue;
      if (rule.when && !rule.when(body, operation)) continue;
      active.seen += 1;
      const first = rule.nth ?? 1;
      if (active.seen < first || active.seen >= first + (rule.times ?? 1)) continue;
      active.met += 1;
      return rule.fault;
    }
    return undefined;
  }
}
