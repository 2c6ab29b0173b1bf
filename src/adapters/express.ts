import type { NextFunction, Request, RequestHandler, Response } from "express";
import { InvalidState } from "../model/errors.js";
import type { Engine } from "../session/engine.js";
import { assertHandler } from "./assert-handler.js";
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
 * are committed; a stream, until they are committed at its first byte. A throw, `next(error)`, or a
 * status of 500 or above discards them. A conflict is answered with a 409. A handler that isn't wrapped
 * may read only: its success with changes becomes an `InvalidState` that names it. Of a router that is
 * wrapped as a whole, keep the error handlers outside.
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
  return (handler) => {
    assertHandler(handler, usage);
    return (request, response, next) => {
      let handled = requests.get(request);
      if (handled === undefined) {
        handled = new HandledRequest(engine, options, request as Request, response as Response);
        requests.set(request, handled);
      }
      return handled.run((passOn) => handler(request, response, passOn), next);
    };
  };
}

const usage =
  "app.get(path, sessions(engine)(handler)), or, for handlers that only read, " +
  "app.use(sessions(engine)((request, response, next) => next()))";

/** Express's own defaults, for a handler that is wrapped before its route is known. */
type ParamsOf<H> = H extends RequestHandler<infer P> ? P : never;
type QueryOf<H> = H extends RequestHandler<never, never, never, infer Q> ? Q : never;

/** A request on its way through the wrapped handlers. */
class HandledRequest {
  readonly #scope: RequestScope;
  readonly #signal: AbortSignal;
  readonly #request: Request;
  readonly #response: Response;
  readonly #held: HeldResponse | undefined;
  /** The handlers that are at work, or whose error isn't dealt with yet. */
  readonly #running = new Set<Promise<void>>();
  /** Where the handlers that have the request would pass an error on to; empty once all passed it on. */
  readonly #holders: NextFunction[] = [];
  /** Where the last of them passed the request on to. */
  #passedOn: NextFunction | undefined;

  constructor(engine: Engine, options: RequestOptions, request: Request, response: Response) {
    const { signal, ended } = followResponse(response);
    this.#scope = new RequestScope(engine, options, signal);
    this.#signal = signal;
    this.#request = request;
    this.#response = response;
    if (this.#scope.commits) {
      this.#held = new HeldResponse(response, {
        open: () => this.#open(),
        // Such as a timeout's answer, which is sent while the handler is at work: nothing is committed.
        finished: () => (response.statusCode >= 500 ? Promise.resolve() : this.#finished()),
      });
    }
    void ended.then(() => this.#finished()).then(() => this.#scope.end());
  }

  async run(handle: (passOn: NextFunction) => unknown, next: NextFunction): Promise<void> {
    this.#holders.push(next);
    this.#held?.expectListeners();
    const passOn = (error?: unknown) => {
      if (isFailure(error)) return void this.#fail(error, next);
      // Who has answered already keeps the request: what comes after only looks on.
      if (!this.#response.headersSent) this.#release(next);
      this.#passedOn = next;
      next(error);
    };
    // Known before the handler begins: it may answer at once, and throw after.
    let finish = () => {};
    const running = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#running.add(running);
    try {
      await this.#scope.run(() => handle(passOn as NextFunction));
    } catch (error) {
      await this.#fail(error, next);
    } finally {
      this.#running.delete(running);
      finish();
    }
  }

  /** Resolves when none of the handlers is at work. */
  async #finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Commits for the handlers that have the request. */
  async #open(): Promise<void> {
    const next = this.#holders.at(-1) ?? this.#passedOn;
    if (next === undefined) return;
    try {
      if (this.#holders.length > 0) await this.#scope.settle(this.#response.statusCode);
      else await this.#openForOthers();
    } catch (error) {
      await this.#fail(error, next);
      throw error;
    }
  }

  /**
   * A handler that isn't wrapped has answered, or an error handler for it: which one, nobody can tell.
   * So that its changes can't be committed; and mustn't be lost behind a success either.
   */
  async #openForOthers(): Promise<void> {
    const { statusCode } = this.#response;
    if (statusCode < 400 && this.#scope.hasChanges) throw unwrapped(this.#request);
    await this.#scope.settle(statusCode < 400 ? statusCode : 500);
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

function unwrapped({ method, baseUrl, path, route }: Request): InvalidState {
  const { path: pattern = path } = (route ?? {}) as { readonly path?: unknown };
  const name = `${method} ${baseUrl}${String(pattern)}`;
  return new InvalidState(
    `Can't commit the changes of ${name}: it was answered by a handler that isn't wrapped, of which nobody learns ` +
      "whether it succeeds. Wrap the handler itself as well, or its router.",
    { operation: "commit", state: "unwrapped" },
  );
}

/** Express passes some words on as errors that are none. */
function isFailure(error: unknown): boolean {
  return error !== undefined && error !== null && error !== "route" && error !== "router";
}
