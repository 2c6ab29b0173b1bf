import { Scope } from "../context/scope.js";
import type { Engine } from "../session/engine.js";
import { ConstraintViolation } from "../session/errors.js";
import { type InvocationOptions, withDeadline } from "./lambda-context.js";

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
 * answer leaves; a throw discards them.
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
  return <A extends readonly unknown[], R>(handler: (...args: A) => R | PromiseLike<R>) =>
    async (...args: A): Promise<R> => {
      // The context is the second argument, and the third one of a handler that streams its response.
      const scopeOptions = withDeadline(options, args.at(-1));
      const scope = new Scope(engine, scopeOptions, "its invocation's scope has ended");
      try {
        return await scope.use(() => handler(...args));
      } catch (error) {
        const isConflict = answerConflicts && error instanceof ConstraintViolation;
        if (!isConflict || !isHttp(args[0])) throw error;
        // What the handler of an HTTP event returns is a response: such as this one.
        return conflictResponse(error) as R;
      }
    };
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
