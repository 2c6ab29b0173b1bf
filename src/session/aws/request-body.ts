import type { Entry } from "./middleware-order.js";
import type { OpenClient, Opening } from "./open-client.js";
import { type Input, itemOperations, type Operation, type SdkCommand } from "./operations.js";

interface Request {
  body?: unknown;
  clone?(): Request;
}

interface Args {
  readonly input: unknown;
  readonly request?: Request;
}

interface Context {
  readonly endpointV2?: object;
}

type Handler = (args: Args) => Promise<unknown>;
type Middleware = (next: Handler, context: Context) => Handler;

/** As much of a command's stack as is used here. */
interface WithStack {
  readonly middlewareStack: { add(middleware: Middleware, options: object): void };
}

/** A request of which only the body is missing, and the endpoint that it goes to. */
interface Blank {
  readonly endpoint: object;
  readonly request: Request;
}

/** By operation, for each client: most have one endpoint, and the SDK keeps the object that it resolved it to. */
const blanks = new WeakMap<object, Map<Operation, Blank>>();

/**
 * Writes a request's body in one pass, where the SDK would walk it by its schema, attribute by
 * attribute: an eighth of what a batch of puts costs, by the bench. The SDK's serializer is asked for
 * the rest of it, once for each operation, since it copies its whole configuration each time: a tenth
 * of a get. The command holds the whole input, for whoever stubs `send`.
 */
export class RequestBody {
  readonly #client: OpenClient;
  readonly #operation: Operation;
  readonly #input: object;
  readonly #serializer: Entry;

  private constructor(client: OpenClient, operation: Operation, input: object, serializer: Entry) {
    this.#serializer = serializer;
    this.#client = client;
    this.#operation = operation;
    this.#input = input;
  }

  /** `undefined`: the SDK writes the body. */
  static of(
    client: unknown,
    operation: Operation,
    input: object,
    opening: Opening,
  ): RequestBody | undefined {
    if (opening.access !== "items" || !itemOperations.has(operation)) return undefined;
    // The SDK makes a token where there is none, and would put it into its own body.
    const { ClientRequestToken: token } = input as Input<"TransactWriteItems">;
    if (operation === "TransactWriteItems" && token === undefined) return undefined;
    const open = client as OpenClient;
    if (open.config.base64Encoder === undefined) return undefined;
    return new RequestBody(open, operation, input, opening.serializer);
  }

  watch(command: SdkCommand): void {
    const { middleware, ...place } = this.#serializer;
    const { middlewareStack } = command as unknown as WithStack;
    middlewareStack.add(this.#inPlaceOf(middleware as unknown as Middleware), {
      ...place,
      override: true,
    });
  }

  #inPlaceOf(sdk: Middleware): Middleware {
    return (next, context) => async (args) => {
      const request = this.#copy(context) ?? (await this.#ask(sdk, context));
      request.body = this.#text();
      return next(Object.assign({}, args, { request }));
    };
  }

  #copy({ endpointV2 }: Context): Request | undefined {
    const blank = blanks.get(this.#client)?.get(this.#operation);
    return blank?.endpoint === endpointV2 ? blank?.request.clone?.() : undefined;
  }

  /** The SDK's request without a body, kept as the blank of those to come. */
  async #ask(sdk: Middleware, context: Context): Promise<Request> {
    const asked = sdk(async ({ request }) => request, context)({ input: {} });
    const request = (await asked) as Request;
    const blank = request.clone?.();
    const { endpointV2: endpoint } = context;
    if (blank !== undefined && endpoint !== undefined) {
      const own = blanks.get(this.#client) ?? new Map<Operation, Blank>();
      blanks.set(this.#client, own.set(this.#operation, { endpoint, request: blank }));
    }
    return request;
  }

  #text(): string {
    if (!hasBytes(this.#input)) return JSON.stringify(this.#input);
    const encode = this.#client.config.base64Encoder as (bytes: Uint8Array) => string;
    return JSON.stringify(this.#input, function (this: Record<string, unknown>, name, value) {
      // Asked of the holder: a Buffer's own toJSON has spoken before.
      const held = this[name];
      return held instanceof Uint8Array ? encode(held) : value;
    });
  }
}

/**
 * Whether there is a binary value or a set of them. Looked for where they can be, by name, and lists by
 * place: to ask each object whether it is an array of bytes takes three times as long.
 */
function hasBytes(value: object): boolean {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const element: unknown = value[at];
      if (typeof element === "object" && element !== null && hasBytes(element)) return true;
    }
    return false;
  }
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== "object" || member === null) continue;
    if (name === "B" && member instanceof Uint8Array) return true;
    if (name === "BS" && (member as readonly unknown[])[0] instanceof Uint8Array) return true;
    if (hasBytes(member)) return true;
  }
  return false;
}
