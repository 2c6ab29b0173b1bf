import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";

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

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  get operations(): string[] {
    return this.#requests.map((request) => request.operation);
  }

  clear(): void {
    this.#requests.length = 0;
  }

  /** Notes a request as sent; the result notes how it ended. */
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

/** Records by a middleware, which changes nothing about the requests. */
export function record(client: DynamoDBClient | DynamoDBDocumentClient): Recorder {
  const recorder = new Recorder();
  recorders += 1;
  // The two clients' stacks differ in type alone; the DocumentClient shares its client's stack.
  const { middlewareStack } = client as DynamoDBClient;
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
    { step: "serialize", priority: "low", name: `recorder-${recorders}` },
  );
  return recorder;
}

export interface ExpectedRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Compares the requests recorded so far with the expected ones, exactly, and forgets them.
 * `anyOrder` is for requests that travel side by side.
 */
export function expectRequests(
  recorder: Recorder,
  expected: readonly ExpectedRequest[],
  { anyOrder = false }: { readonly anyOrder?: boolean } = {},
): void {
  const sent = recorder.requests.map(({ operation, input }) => ({ operation, input }));
  recorder.clear();
  if (!anyOrder) {
    expect(sent).toEqual(expected);
    return;
  }
  const byText = (a: ExpectedRequest, b: ExpectedRequest) => (textOf(a) < textOf(b) ? -1 : 1);
  expect([...sent].sort(byText)).toEqual([...expected].sort(byText));
}

/** Text that is equal for equal requests, whatever the order of their properties. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return [...part];
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
