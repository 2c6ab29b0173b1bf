import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AwsClient } from "../../../src/session/aws/client.js";
import { Connection } from "../../../src/session/connection.js";

export interface Sent {
  /** Such as "Query". */
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into requests of every shape.
  readonly input: any;
  readonly signal: AbortSignal | undefined;
}

/** A client whose answers a function gives, and what was sent to it. */
export function stubClient(answer: (sent: Sent, nth: number) => unknown = () => ({})) {
  const sent: Sent[] = [];
  const client = new DynamoDBClient({ region: "us-east-1" });
  Object.assign(client, {
    send: async (
      command: { readonly constructor: { readonly name: string }; readonly input: unknown },
      options: { readonly abortSignal?: AbortSignal } = {},
    ) => {
      const one: Sent = {
        operation: command.constructor.name.replace(/Command$/, ""),
        input: command.input,
        signal: options.abortSignal,
      };
      sent.push(one);
      return answer(one, sent.length);
    },
  });
  return { client, sent };
}

export function stubConnection(answer?: (sent: Sent, nth: number) => unknown) {
  const { client, sent } = stubClient(answer);
  // Pauses between resends are for real tables.
  const aws = new AwsClient(client, { sleep: async () => undefined });
  return { connection: new Connection(aws), sent };
}

/** What is settled from outside. */
export function deferred<T = void>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** Until everything that can go on by itself has. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

export function sdkError(name: string, facts: object = {}): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 }, ...facts });
}
