import { type ServerType, serve } from "@hono/node-server";
import { type Session, SessionClosed } from "dynalchemy";
import { currentSession } from "dynalchemy/context";
import { sessions } from "dynalchemy/hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { timeout } from "hono/timeout";
import { describe, expect, it, vi } from "vitest";
import { User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";
import { thrownBy } from "./apps.js";

const patiently = { timeout: 10_000 };
const text = "x".repeat(100_000);

describe("the session's end in Hono", () => {
  it.each<[string, (c: import("hono").Context) => Response]>([
    ["JSON", (c) => c.json({})],
    ["a text", (c) => c.text(text)],
    ["a Response of its own", () => new Response(text)],
    ["bytes", (c) => c.body(new Uint8Array(100_000).buffer)],
    ["no body", (c) => c.body(null, 204)],
    ["a redirect", (c) => c.redirect("/")],
  ])("comes at once with %s, also where nobody reads it", async (_, answer) => {
    const bed = await makeBed([User]);
    let session: Session | undefined;
    const app = new Hono();
    app.use(sessions(bed.engine));
    app.get("/", (c) => {
      session = currentSession();
      return answer(c);
    });
    const response = await app.request("/");
    await vi.waitFor(() => expect(session?.isClosed).toBe(true), patiently);
    const whole = await (await response.blob()).text();
    expect([0, 2, 100_000]).toContain(whole.length);
  });

  it("waits for a stream's, and comes with its cancelling", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a", name: "Ann" }));
    const seen: Session[] = [];
    const app = new Hono();
    app.use(sessions(bed.engine));
    app.get("/", (c) =>
      stream(c, async (out) => {
        seen.push(currentSession());
        for (let at = 0; at < 20; at += 1) {
          await out.write((await currentSession().require(User, { id: "a" })).name ?? "");
        }
      }),
    );
    expect(await (await app.request("/")).text()).toBe("Ann".repeat(20));
    const left = await app.request("/");
    const reader = left.body?.getReader();
    await reader?.read();
    expect(seen[1]?.isClosed).toBe(false);
    await reader?.cancel();
    await vi.waitFor(
      () => expect(seen.map(({ isClosed }) => isClosed)).toEqual([true, true]),
      patiently,
    );
    expect(thrownBy(() => seen[0]?.add(new User({ id: "b" })))).toBeInstanceOf(SessionClosed);
  });

  it("comes after a timeout that has answered before, which discards", async () => {
    const bed = await makeBed([User]);
    const errors: unknown[] = [];
    let session: Session | undefined;
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const app = new Hono();
    app.onError((error, c) => {
      if (!(error instanceof HTTPException)) errors.push(error);
      return c.text(error.message, 504);
    });
    app.use(timeout(50));
    app.use(sessions(bed.engine, { flush: "onSuccess" }));
    app.get("/", async (c) => {
      session = currentSession();
      session.add(new User({ id: "a" }));
      await answered;
      return c.json({});
    });
    const { server, url } = await listen(app);
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([504, "Gateway Timeout"]);
    answer();
    await vi.waitFor(() => expect(session?.isClosed).toBe(true), patiently);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toEqual([]);
    expect(await bed.stored(User, { id: "a" })).toBeUndefined();
    server.close();
  });

  it.each<[string, (url: string) => Promise<unknown>]>([
    ["was read", async (url) => (await fetch(url)).arrayBuffer()],
    [
      "is left by its client half-way",
      async (url) => {
        const response = await fetch(url);
        const reader = response.body?.getReader();
        await reader?.read();
        await reader?.cancel();
      },
    ],
    ["is left by its client at once", async (url) => (await fetch(url)).body?.cancel()],
    ["is replaced by a middleware, which cancels it", (url) => fetch(`${url}?replaced`)],
  ])("comes where a large Blob %s", async (_, ask) => {
    const bed = await makeBed([User]);
    const seen: Session[] = [];
    const app = new Hono();
    app.use(async (c, next) => {
      await next();
      if (c.req.query("replaced") === undefined) return;
      await c.res.body?.cancel();
      c.res = new Response("replaced");
    });
    app.use(sessions(bed.engine));
    app.get("/", () => {
      seen.push(currentSession());
      return new Response(new Blob(Array.from({ length: 200 }, () => new Uint8Array(100_000))));
    });
    const { server, url } = await listen(app);
    await ask(url);
    await vi.waitFor(() => expect(seen.map(({ isClosed }) => isClosed)).toEqual([true]), patiently);
    server.close();
  });
});

/** The app on a port of its own, by the server that Hono has for Node. */
function listen(app: Hono) {
  return new Promise<{ server: ServerType; url: string }>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({ server, url: `http://127.0.0.1:${port}/` }),
    );
  });
}
