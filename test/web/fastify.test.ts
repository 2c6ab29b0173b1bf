import { currentSession } from "dynalchemy/context";
import { sessions } from "dynalchemy/fastify";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function ask(routes: (app: FastifyInstance) => void, path = "/") {
  const bed = await makeBed([User]);
  const app = Fastify({ forceCloseConnections: true });
  apps.push(app);
  app.register(sessions(bed.engine, { flush: "onSuccess" }));
  routes(app);
  const response = await fetch((await app.listen({ port: 0, host: "127.0.0.1" })) + path);
  await response.text();
  return { status: response.status, isStored: (await bed.stored(User, { id: "a" })) !== undefined };
}

const add = () => void currentSession().add(new User({ id: "a" }));

describe("where Fastify's commit stands", () => {
  it("is at reply.send(): a throw after it comes too late", async () => {
    const answer = await ask((app) => {
      app.get("/", async (_, reply) => {
        add();
        reply.send({});
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error("late");
      });
    });
    expect(answer).toEqual({ status: 200, isStored: true });
  });

  it("is before the onSend hooks that come later, whose throw comes too late", async () => {
    const answer = await ask((app) => {
      app.register(async (inner) => {
        inner.addHook("onSend", async () => {
          throw new Error("late");
        });
        inner.get("/", async () => {
          add();
          return {};
        });
      });
    });
    expect(answer).toEqual({ status: 500, isStored: true });
  });

  it.each<[string, (app: FastifyInstance) => void]>([
    [
      "preHandler",
      (app) =>
        void app.addHook("preHandler", async () => {
          add();
          throw new Error("no");
        }),
    ],
    [
      "preSerialization",
      (app) =>
        void app.addHook("preSerialization", async () => {
          throw new Error("no");
        }),
    ],
  ])("is after %s, whose throw discards", async (_, hook) => {
    const answer = await ask((app) => {
      app.register(async (inner) => {
        hook(inner);
        inner.get("/", async () => {
          add();
          return {};
        });
      });
    });
    expect(answer).toEqual({ status: 500, isStored: false });
  });

  it("discards what sends an error", async () => {
    const answer = await ask((app) => {
      app.get("/", async (_, reply) => {
        add();
        return reply.send(new Error("no"));
      });
    });
    expect(answer).toEqual({ status: 500, isStored: false });
  });
});
