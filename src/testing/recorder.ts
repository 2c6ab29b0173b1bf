import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Client } from "../session/aws/client.js";
import { recorderName } from "../session/aws/open-client.js";
import { Engine } from "../session/engine.js";

/** A request that a client has sent. */
export interface RecordedRequest {
  /** Such as "UpdateItem". */
  readonly operation: string;
  /** What the request held when it was sent, in wire form with any client. */
  readonly input: Readonly<Record<string, unknown>>;
  /** How often it was sent, resends by the SDK included; 0 while the answer is awaited. */
  readonly attempts: number;
  /** The name of the error that it ended with. */
  readonly error?: string;
}

/** Each request that a client sends from now on, in the order of sending. */
export class Recorder {
  readonly #requests: RecordedRequest[] = [];
  readonly #end: () => void;

  /** Ends with `end`. @internal */
  constructor(end: () => void) {
    this.#end = end;
  }

  /** In the order of sending. */
  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** The operations alone, such as ["GetItem", "UpdateItem"]. */
  get operations(): string[] {
    return this.#requests.map((request) => request.operation);
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.#requests.length = 0;
  }

  /** Records no more; what was recorded stays. Twice is no error. */
  stop(): void {
    this.#end();
  }

  /** As `stop`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** Notes a request as sent; the result notes how it ended. @internal */
  begin(operation: string, input: unknown): (attempts: number, error?: string) => void {
    const requests = this.#requests;
    const request = {
      operation,
      input: structuredClone(input) as RecordedRequest["input"],
      attempts: 0,
    };
    requests.push(request);
    return (attempts, error) => {
      Object.assign(request, { attempts, ...(error === undefined ? {} : { error }) });
    };
  }
}

interface Answered {
  readonly $metadata?: { readonly attempts?: number };
}

let recorders = 0;

/**
 * Records the requests of a client, or of an engine's, by a middleware that changes nothing about
 * them, until it is stopped. It sees what leaves the SDK: a stub that replaces `send` is not recorded.
 *
 * @example
 * using recorder = record(engine);
 * await session.commit();
 * expectRequests(recorder, [{ operation: "PutItem", input: { TableName: "Post", Item: { … } } }]);
 */
export function record(target: Client | Engine): Recorder {
  const client = target instanceof Engine ? target.client : target;
  recorders += 1;
  const name = `${recorderName}${recorders}`;
  // The two clients' stacks differ in type alone; the DocumentClient shares its client's stack.
  const { middlewareStack } = client as DynamoDBClient;
  const recorder = new Recorder(() => void middlewareStack.remove(name));
  middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context["commandName"]).replace(/Command$/, "");
      const end = recorder.begin(operation, args.input);
      try {
        const result = await next(args);
        end((result.output as Answered).$metadata?.attempts ?? 1);
        return result;
      } catch (error) {
        const metadata = (error as Answered | undefined)?.$metadata;
        end(metadata?.attempts ?? 1, error instanceof Error ? error.name : String(error));
        throw error;
      }
    },
    // After the serializer: a document command is in wire form by then, and nothing was sent yet.
    { step: "serialize", priority: "low", name },
  );
  return recorder;
}
