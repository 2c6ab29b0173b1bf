import type { FastifyPluginCallback, FastifyRequest } from "fastify";
import type { Engine } from "../session/engine.js";
import { followResponse } from "./node-response.js";
import { type RequestOptions, RequestScope } from "./request-scope.js";

export type { RequestOptions } from "./request-scope.js";

/**
 * A session for each request, as a plugin of Fastify 5: `currentSession()` finds it in the hooks
 * after this plugin's, in the handlers, and in the streams that they send.
 *
 * With `{ flush: "onSuccess" }` the changes are committed in `onSend`, before the response leaves; a
 * throw anywhere before discards them, and so does a status of 500 or above. A conflict is answered
 * with a 409. A throw after `reply.send()`, or in an `onSend` hook that was added later, comes too late.
 * What answers past Fastify, by `reply.hijack()`, commits by itself.
 *
 * @example app.register(sessions(engine, { flush: "onSuccess" }));
 */
export function sessions(engine: Engine, options: RequestOptions = {}): FastifyPluginCallback {
  const scopes = new WeakMap<FastifyRequest, RequestScope>();
  const errors = new WeakMap<FastifyRequest, unknown>();
  /** The names of the headers that were set before the handler. */
  const headers = new WeakMap<FastifyRequest, ReadonlySet<string>>();

  const plugin: FastifyPluginCallback = (app, _, done) => {
    app.addHook("onRequest", (request, reply, next) => {
      const { signal, ended } = followResponse(reply.raw);
      const scope = new RequestScope(engine, options, signal);
      scopes.set(request, scope);
      void ended.then(() => scope.end());
      scope.run(next);
    });
    // The body's parser may call back from the connection's context, so that the scope is entered anew.
    app.addHook("preValidation", enter);
    app.addHook("preHandler", (request, reply, next) => {
      headers.set(request, new Set(Object.keys(reply.getHeaders())));
      enter(request, reply, next);
    });
    app.addHook("onError", async (request, reply, error) => {
      const scope = scopes.get(request);
      errors.set(request, error);
      await scope?.fail();
      // Told before the app's error handler, which logs a 500 as an error.
      if (scope?.conflictOf(error) !== undefined) reply.code(409);
    });
    // onSend is the last moment at which an error still becomes a status; onResponse is too late.
    app.addHook("onSend", async (request, reply, payload) => {
      const scope = scopes.get(request);
      const conflict = scope?.conflictOf(errors.get(request));
      if (conflict === undefined) {
        await scope?.settle(reply.statusCode);
        return payload;
      }
      // Other plugins' headers, such as those of CORS, belong to a 409 as well; the handler's don't.
      const known = headers.get(request);
      for (const name of Object.keys(reply.getHeaders())) {
        if (known?.has(name) === false) reply.removeHeader(name);
      }
      reply.code(409).header("content-type", "application/json; charset=utf-8");
      return JSON.stringify(conflict);
    });
    done();
  };

  function enter(request: FastifyRequest, _: unknown, next: () => void): void {
    const scope = scopes.get(request);
    if (scope === undefined) next();
    else scope.run(next);
  }

  // As fastify-plugin does: the hooks are the whole app's, not those of a context of the plugin's own.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "dynalchemy",
    [Symbol.for("plugin-meta")]: { name: "dynalchemy", fastify: "5.x" },
  });
}
