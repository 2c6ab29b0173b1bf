import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import multipart from "@fastify/multipart";
import { serve } from "@hono/node-server";
import type { Engine, Session } from "dynalchemy";
import { sessions as expressSessions, type RequestOptions } from "dynalchemy/express";
import { sessions as fastifySessions } from "dynalchemy/fastify";
import { sessions as honoSessions } from "dynalchemy/hono";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import multer from "multer";

/** A status that a route answers with, without a throw. */
export class Status {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** What a route is given, and gives back: JSON, a status, or the parts of a stream. */
export interface Call {
  readonly name: string;
  readonly body: unknown;
}
export type Route = (call: Call) => Promise<unknown> | AsyncIterable<string>;

export interface App {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `POST /:name` by one route, and `POST /form/:name` with a multipart field `text`. */
export type Serve = (engine: Engine, options: RequestOptions, route: Route) => Promise<App>;

const isStream = (value: unknown): value is AsyncIterable<string> =>
  typeof (value as Partial<AsyncIterable<string>> | undefined)?.[Symbol.asyncIterator] ===
  "function";

export const adapters: Record<"express" | "fastify" | "hono", Serve> = {
  async express(engine, options, route) {
    const app = express();
    const inSession = expressSessions(engine, options);
    const answer = inSession(async (request, response) => {
      const body = (request.body as { text?: unknown } | undefined) ?? {};
      const result = route({ name: String(request.params["name"]), body });
      if (isStream(result)) await pipeline(Readable.from(result), response);
      else {
        const body = await result;
        if (body instanceof Status) response.status(body.code);
        response.set("x-handler", "yes").json(body);
      }
    });
    app.use(express.json({ limit: "1mb" }));
    app.post("/form/:name", multer().none(), answer);
    app.post("/:name", answer);
    app.use(((error, _request, response, next) => {
      if (response.headersSent) next(error);
      else response.status(500).json({ thrown: String(error) });
    }) as express.ErrorRequestHandler);
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => closed(server),
    };
  },

  async fastify(engine, options, route) {
    const app = Fastify({ bodyLimit: 1_000_000, forceCloseConnections: true });
    app.register(fastifySessions(engine, options));
    app.register(multipart, { attachFieldsToBody: "keyValues" });
    app.setErrorHandler((error, _request, reply) => {
      reply.code(500).send({ thrown: String(error) });
    });
    app.post<{ Params: { name: string } }>("/:name", async (request, reply) => {
      const result = route({ name: request.params.name, body: request.body });
      if (isStream(result)) return reply.send(Readable.from(result));
      const body = await result;
      if (body instanceof Status) reply.code(body.code);
      return reply.header("x-handler", "yes").send(body);
    });
    app.post<{ Params: { name: string } }>("/form/:name", async (request) =>
      route({ name: request.params.name, body: request.body }),
    );
    return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
  },

  async hono(engine, options, route) {
    const app = new Hono();
    app.use(honoSessions(engine, options));
    app.onError((error, c) => c.json({ thrown: String(error) }, 500));
    app.post("/form/:name", async (c) =>
      c.json((await route({ name: c.req.param("name"), body: await c.req.parseBody() })) as object),
    );
    app.post("/:name", async (c) => {
      const text = await c.req.text();
      const body: unknown = text === "" ? {} : JSON.parse(text);
      const result = route({ name: c.req.param("name"), body });
      if (isStream(result)) return new Response(streamOf(result));
      c.header("x-handler", "yes");
      const answer = await result;
      if (answer instanceof Status) c.status(answer.code as 200);
      return c.json(answer as object);
    });
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => closed(server as never),
    };
  },
};

function closed(server: { close(done: () => void): unknown; closeAllConnections(): void }) {
  return new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function streamOf(parts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
  });
}

/** What a session tells, when it is asked from outside of its request. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

export type { Session };
