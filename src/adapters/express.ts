import type { NextFunction, RequestHandler, Response } from "express";
import type { Engine } from "../session/engine.js";
import { HeldResponse } from "./held-response.js";
import { followResponse } from "./node-response.js";
import { isGivenUp, type RequestOptions, RequestScope } from "./request-scope.js";

export type { RequestOptions } from "./request-scope.js";

/**
 * A session for each request, for Express 5: wraps a handler, a middleware or a router, inside of
 * which `currentSession()` finds it. Where several are wrapped, a request has one session for all.
 *
 * Handlers are wrapped since a middleware can't know how they end: in Express 5 `await next()`
 * returns before the handler has finished, and what it throws goes elsewhere. With
 * `{ flush: "onSuccess" }` the response is held back until the handler has finished and the changes
 * are committed; a stream, until they are committed at its first byte. A throw, or `next(error)`,
 * discards them. A conflict is answered with a 409. Of a router that is wrapped as a whole, keep the
 * error handlers outside.
 *
 * @example
 * const inSession = sessions(engine, { flush: "onSuccess" });
 * app.post("/posts/:id/likes", inSession(async (req, res) => {
 *   const post = await currentSession().require(Post, { id: req.params.id });
 *   currentSession().update(post, { likes: Post.likes.plus(1) });
 *   res.json({ ok: true });
 * }));
 */
export function sessions(
  engine: Engine,
  options: RequestOptions = {},
): <
  P = ParamsOf<RequestHandler>,
  A = unknown,
  B = unknown,
  Q = QueryOf<RequestHandler>,
  L extends Record<string, unknown> = Record<string, unknown>,
>(
  handler: RequestHandler<P, A, B, Q, L>,
) => RequestHandler<P, A, B, Q, L> {
  const requests = new WeakMap<object, HandledRequest>();
  return (handler) => (request, response, next) => {
    let handled = requests.get(request);
    if (handled === undefined) {
      handled = new HandledRequest(engine, options, response as Response);
      requests.set(request, handled);
    }
    return handled.run((passOn) => handler(request, response, passOn), next);
  };
}

/** Express's own defaults, for a handler that is wrapped before its route is known. */
type ParamsOf<H> = H extends RequestHandler<infer P> ? P : never;
type QueryOf<H> = H extends RequestHandler<never, never, never, infer Q> ? Q : never;

/** A request on its way through the wrapped handlers. */
class HandledRequest {
  readonly #scope: RequestScope;
  readonly #signal: AbortSignal;
  readonly #response: Response;
  readonly #held: HeldResponse | undefined;
  /** The handlers that haven't settled yet. */
  readonly #running = new Set<Promise<unknown>>();
  /** Where the handlers that have the request would pass an error on to; empty once all passed it on. */
  readonly #holders: NextFunction[] = [];

  constructor(engine: Engine, options: RequestOptions, response: Response) {
    const { signal, ended } = followResponse(response);
    this.#scope = new RequestScope(engine, options, signal);
    this.#signal = signal;
    this.#response = response;
    if (this.#scope.commits) this.#held = new HeldResponse(response, this);
    void ended.then(() => this.finished()).then(() => this.#scope.end());
  }

  async run(handle: (passOn: NextFunction) => unknown, next: NextFunction): Promise<void> {
    this.#holders.push(next);
    const passOn = (error?: unknown) => {
      if (isFailure(error)) return void this.#fail(error, next);
      this.#release(next);
      next(error);
    };
    try {
      const running = Promise.resolve(this.#scope.run(() => handle(passOn as NextFunction)));
      this.#running.add(running);
      await running.finally(() => this.#running.delete(running));
    } catch (error) {
      await this.#fail(error, next);
    }
  }

  /** Resolves when none of the handlers is at work. */
  async finished(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Commits for the handlers that have the request; what others answer commits nothing. */
  async open(): Promise<void> {
    const next = this.#holders.at(-1);
    if (next === undefined) return;
    try {
      await this.#scope.succeed();
    } catch (error) {
      await this.#fail(error, next);
      throw error;
    }
  }

  async #fail(error: unknown, next: NextFunction): Promise<void> {
    this.#held?.discard();
    this.#release(next);
    await this.#scope.fail();
    const conflict = this.#scope.conflictOf(error);
    if (conflict !== undefined && !this.#response.headersSent) {
      this.#response.status(409).json(conflict);
    } else if (!this.#signal.aborted || !isGivenUp(error)) {
      next(error);
    }
  }

  #release(next: NextFunction): void {
    const at = this.#holders.indexOf(next);
    if (at >= 0) this.#holders.splice(at, 1);
  }
}

/** Express passes some words on as errors that are none. */
function isFailure(error: unknown): boolean {
  return error !== undefined && error !== null && error !== "route" && error !== "router";
}
