import type { Context, MiddlewareHandler } from "hono";
import type { Engine } from "../session/engine.js";
import { type RequestOptions, RequestScope } from "./request-scope.js";

export type { RequestOptions } from "./request-scope.js";

/**
 * A session for each request, as a middleware of Hono 4: `currentSession()` finds it in the handlers
 * and middlewares after this one.
 *
 * With `{ flush: "onSuccess" }` the changes are committed when the handlers have returned, before the
 * response leaves; a throw, or a status of 500 or above, discards them. A conflict is answered with a
 * 409. A streamed body goes on reading by the session, and the session is closed at the body's end.
 *
 * @example app.use(sessions(engine, { flush: "onSuccess" }));
 */
export function sessions(engine: Engine, options: RequestOptions = {}): MiddlewareHandler {
  return async (c, next) => {
    const scope = new RequestScope(engine, options, c.req.raw.signal);
    let isStreaming = false;
    try {
      // Other middlewares' headers, such as those of CORS, belong to a 409 as well; the handler's don't.
      const headers = new Headers(c.res.headers);
      try {
        await scope.run(next);
        // next() doesn't throw: Hono has answered by its error handler, and tells what was thrown.
        if (c.error !== undefined) throw new Handled(c.error);
        await scope.settle(c.res.status);
      } catch (thrown) {
        await scope.fail();
        const isHandled = thrown instanceof Handled;
        const conflict = scope.conflictOf(isHandled ? thrown.error : thrown);
        if (conflict !== undefined) await answer(c, JSON.stringify(conflict), headers);
        else if (!isHandled) throw thrown;
      }
      isStreaming = endWithBody(c, () => scope.end());
    } finally {
      if (!isStreaming) await scope.end();
    }
  };
}

/** An error that Hono's error handler has answered already. */
class Handled {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

async function answer(c: Context, body: string, headers: Headers): Promise<void> {
  await c.res.body?.cancel();
  headers.set("content-type", "application/json");
  // Hono adds the headers of the response that is replaced, unless it is taken away before.
  c.res = undefined;
  c.res = new Response(body, { status: 409, headers });
}

/** Calls `end` when the body has been sent or was cancelled; false where there is none to wait for. */
function endWithBody(c: Context, end: () => Promise<void>): boolean {
  // Of a HEAD request, Hono drops the body without a word.
  if (c.req.raw.method === "HEAD" || c.res.body === null) return false;
  // Sent already, by a middleware that didn't wait for this one, such as a timeout.
  if (c.res.body.locked) return false;
  const reader = c.res.body.getReader();
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        await end();
        controller.close();
      } catch (error) {
        await end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      await end();
      await reader.cancel(reason);
    },
  };
  // A body that was ready is one part. To look for a second one finds its end, also if nobody reads.
  const body = new ReadableStream(source, { highWaterMark: 2 });
  const { status, statusText, headers } = c.res;
  c.res = undefined;
  c.res = new Response(body, { status, statusText, headers });
  return true;
}
