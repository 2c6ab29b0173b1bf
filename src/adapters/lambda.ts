import type { Writable } from "node:stream";
import { Scope } from "../context/scope.js";
import type { Engine } from "../session/engine.js";
import { ConstraintViolation } from "../session/errors.js";
import { assertHandler } from "./assert-handler.js";
import { HeldStream } from "./held-stream.js";
import { deadlineOf, type InvocationOptions } from "./lambda-context.js";
import { RequestScope } from "./request-scope.js";

export type { InvocationOptions, LambdaContext } from "./lambda-context.js";
export { type SqsBatchResponse, type SqsMessage, type SqsOptions, sqsSessions } from "./sqs.js";

/** Options of `sessions`. */
export interface LambdaOptions extends InvocationOptions {
  /**
   * Whether a `ConstraintViolation` that nobody caught is answered with status 409 and its JSON,
   * where the event is an HTTP request. Default `true`; `false` throws it.
   */
  readonly answerConflicts?: boolean;
}

/**
 * A session for each invocation of an AWS Lambda function: wraps its async handler, of any event, in
 * which `currentSession()` finds it. Client and engine are made outside of the handler, where they
 * outlive the invocation; no object does.
 *
 * With `{ flush: "onSuccess" }` the changes are committed when the handler has returned, before its
 * answer leaves; a throw discards them, and so does an answer to an HTTP event with status 500 or above.
 *
 * A handler that streams its response is wrapped before the runtime's decorator gets it. Its stream is
 * held back until the changes are committed: at its first byte, or, where it is ended in one go, when the
 * handler has returned. A conflict is thrown there, since nothing but the stream could tell of it.
 *
 * @example
 * export const handler = sessions(engine, { flush: "onSuccess" })(
 *   async (event: APIGatewayProxyEventV2) => ({ statusCode: 200, body: await like(event) }),
 * );
 */
export function sessions(
  engine: Engine,
  options: LambdaOptions = {},
): <A extends readonly unknown[], R>(
  handler: (...args: A) => R | PromiseLike<R>,
) => (...args: A) => Promise<R> {
  const { answerConflicts = true } = options;
  return <A extends readonly unknown[], R>(handler: (...args: A) => R | PromiseLike<R>) => {
    assertHandler(handler, "export const handler = sessions(engine)(async (event) => …)");
    return async (...args: A): Promise<R> => {
      const scopeOptions = deadlineOf(options, args)();
      const stream = args.find(isWritable);
      if (stream !== undefined) {
        const scope = new RequestScope(engine, scopeOptions, undefined, ended);
        return await streamed(scope, stream, () => handler(...args));
      }
      const scope = new Scope(engine, scopeOptions, ended);
      const isRequest = isHttp(args[0]);
      try {
        return await scope.use(async () => {
          const result = await handler(...args);
          if (isRequest && tellsOfFailure(result)) await scope.fail();
          return result;
        });
      } catch (error) {
        if (!answerConflicts || !isRequest || !(error instanceof ConstraintViolation)) throw error;
        // What the handler of an HTTP event returns is a response: such as this one.
        return conflictResponse(error) as R;
      }
    };
  };
}

const ended = "its invocation's scope has ended";

function isWritable(value: unknown): value is Writable {
  const { write, end, on } = (value ?? {}) as Partial<Writable>;
  return [write, end, on].every((method) => typeof method === "function");
}

/** Runs a handler that writes its answer to a stream, of which nothing leaves before the commit. */
async function streamed<R>(
  scope: RequestScope,
  stream: Writable,
  handle: () => R | PromiseLike<R>,
): Promise<R> {
  if (!scope.commits) return scope.use(handle);
  let refuse = (_: unknown) => {};
  const refusal = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  const held = new HeldStream(stream, {
    open: async () => {
      await scope.succeed().catch((error: unknown) => {
        refuse(error);
        throw error;
      });
    },
    // What was ended in one go leaves below.
    finished: () => new Promise(() => undefined),
  });
  try {
    // A handler that waits for the stream would wait for ever once the commit has failed.
    const result = await scope.use(() => Promise.race([refusal, handle()]));
    held.release();
    return result;
  } catch (error) {
    held.discard();
    throw error;
  }
}

function tellsOfFailure(response: unknown): boolean {
  const { statusCode } = (response ?? {}) as { readonly statusCode?: unknown };
  return typeof statusCode === "number" && statusCode >= 500;
}

/** Whether API Gateway, a function URL or a load balancer has sent the event. */
function isHttp(event: unknown): boolean {
  const { requestContext } = (event ?? {}) as { readonly requestContext?: object };
  if (typeof requestContext !== "object" || requestContext === null) return false;
  return "http" in requestContext || "httpMethod" in requestContext || "elb" in requestContext;
}

function conflictResponse(error: ConstraintViolation) {
  return {
    statusCode: 409,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(error),
    isBase64Encoded: false,
  };
}
