import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { currentSession } from "dynalchemy/context";
import { sessions } from "dynalchemy/express";
import express from "express";
import multer from "multer";
import { afterEach, describe, expect, it } from "vitest";
import { User } from "../support/models.js";
import { type Bed, makeBed } from "../support/test-bed.js";
import { thrownBy } from "./apps.js";

const servers: { close(): unknown; closeAllConnections(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const nap = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const add = (id: string) => void currentSession().add(new User({ id }));

type InSession = ReturnType<typeof sessions>;

async function serve(routes: (app: express.Express, inSession: InSession) => void) {
  const bed = await makeBed([User]);
  const app = express();
  routes(app, sessions(bed.engine, { flush: "onSuccess" }));
  app.use(((error, _request, response, next) => {
    if (response.headersSent) next(error);
    else response.status(500).json({ thrown: String(error) });
  }) as express.ErrorRequestHandler);
  const server = app.listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, { redirect: "manual", ...init });
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
  return { bed, ask };
}

const has = async (bed: Bed, id: string) => (await bed.stored(User, { id })) !== undefined;

describe("what Express's handlers do after they answered", () => {
  it.each<[string, express.RequestHandler]>([
    [
      "throws at once",
      (_, response) => {
        add("a");
        response.json({});
        throw new Error("no");
      },
    ],
    [
      "is async and throws at once",
      async (_, response) => {
        add("a");
        response.json({});
        throw new Error("no");
      },
    ],
    [
      "answers, and throws after an await",
      async (_, response) => {
        add("a");
        response.json({});
        await nap(50);
        throw new Error("no");
      },
    ],
    [
      "awaits, answers, and throws at once",
      async (_, response) => {
        await nap(1);
        add("a");
        response.json({});
        throw new Error("no");
      },
    ],
    [
      "awaits, answers, and throws after an await",
      async (_, response) => {
        await nap(1);
        add("a");
        response.json({});
        await nap(50);
        throw new Error("no");
      },
    ],
    [
      "passes an error to next at once",
      (_, response, next) => {
        add("a");
        response.json({});
        next(new Error("no"));
      },
    ],
    [
      "passes an error to next after an await",
      async (_, response, next) => {
        add("a");
        response.json({});
        await nap(50);
        next(new Error("no"));
      },
    ],
  ])("discards the changes of one that %s", async (_, handler) => {
    const { bed, ask } = await serve((app, inSession) => app.get("/", inSession(handler)));
    expect(await ask("/")).toMatchObject({ status: 500, body: '{"thrown":"Error: no"}' });
    expect(await has(bed, "a")).toBe(false);
  });

  it("commits what one changes after its answer, until it has finished", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.get(
        "/",
        inSession(async (_, response) => {
          response.json({});
          await nap(20);
          add("a");
        }),
      );
    });
    expect((await ask("/")).status).toBe(200);
    expect(await has(bed, "a")).toBe(true);
  });

  it.each<[string, express.RequestHandler]>([
    [
      "passes the request on",
      (_, response, next) => {
        add("a");
        response.json({});
        next();
      },
    ],
    [
      "awaits, answers, and passes the request on",
      async (_, response, next) => {
        await nap(1);
        add("a");
        response.json({});
        next();
      },
    ],
    [
      "asks whether there is an answer",
      (_, response) => {
        add("a");
        response.json({});
        if (!response.headersSent) response.status(404).json({ none: true });
      },
    ],
    [
      "ends once more",
      (_, response) => {
        add("a");
        response.json({}).end();
      },
    ],
  ])("commits for one that %s", async (_, handler) => {
    const seen: boolean[] = [];
    const { bed, ask } = await serve((app, inSession) => {
      app.get("/", inSession(handler));
      app.use((_request, response, next) => {
        seen.push(response.headersSent);
        next();
      });
    });
    expect(await ask("/")).toMatchObject({ status: 200, body: "{}" });
    expect(await has(bed, "a")).toBe(true);
    expect(seen.every(Boolean)).toBe(true);
  });

  it("discards for one that a timeout has answered for, which it needn't wait for", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const late: unknown[] = [];
    const { bed, ask } = await serve((app, inSession) => {
      app.use((_, response, next) => {
        setTimeout(() => response.status(503).json({ slow: true }), 30);
        next();
      });
      app.get(
        "/",
        inSession(async () => {
          add("a");
          await gate;
          late.push(thrownBy(() => add("b")));
        }),
      );
    });
    expect(await ask("/")).toMatchObject({ status: 503, body: '{"slow":true}' });
    go();
    await nap(20);
    expect(late).toEqual([expect.objectContaining({ code: "SESSION_CLOSED" })]);
    expect([await has(bed, "a"), await has(bed, "b")]).toEqual([false, false]);
  });

  it("discards for one that answers twice", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.get(
        "/",
        inSession((_, response) => {
          add("a");
          response.json({});
          response.json({ twice: true });
        }),
      );
    });
    const { status, body } = await ask("/");
    expect([status, body]).toEqual([500, expect.stringContaining("ended already")]);
    expect(await has(bed, "a")).toBe(false);
  });

  it("isn't misled by middlewares that wait for the response's end", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.use(inSession((_request, _response, next) => next()));
      app.use((_, response, next) => {
        response.on("finish", () => undefined).on("close", () => undefined);
        next();
      });
      app.get(
        "/",
        inSession(async (_, response) => {
          add("a");
          response.json({});
          await nap(20);
          throw new Error("no");
        }),
      );
    });
    expect((await ask("/")).status).toBe(500);
    expect(await has(bed, "a")).toBe(false);
  });
});

describe("handlers of Express that aren't wrapped", () => {
  const passOn: express.RequestHandler = (_request, _response, next) => next();

  it("fail by name where their changes would be lost, instead of a success", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.use(inSession(passOn));
      app.get("/posts/:id", async (_, response) => {
        add("a");
        response.json({});
      });
      app.get("/streamed", async (_, response) => {
        add("b");
        await pipeline(Readable.from(["x"]), response).catch(() => undefined);
      });
    });
    const { status, body } = await ask("/posts/7?secret=1");
    expect(status).toBe(500);
    expect(body).toContain("InvalidState");
    expect(body).toContain("GET /posts/:id");
    expect(body).not.toContain("secret");
    expect((await ask("/streamed")).status).toBe(500);
    expect([await has(bed, "a"), await has(bed, "b")]).toEqual([false, false]);
  });

  it("fail likewise for what a wrapped middleware has left to them", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.get(
        "/",
        inSession((_request, _response, next) => {
          add("a");
          next();
        }),
        (_, response) => void response.json({}),
      );
    });
    const { status, body } = await ask("/");
    expect([status, body]).toEqual([500, expect.stringContaining("GET /")]);
    expect(await has(bed, "a")).toBe(false);
  });

  it("may read, and throw; errors and what isn't found are answered as they are", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      app.use(
        inSession((request, _, next) => {
          if (request.path !== "/read") add("a");
          next();
        }),
      );
      app.get("/read", async (_, response) => {
        response.json(await currentSession().get(User, { id: "a" }));
      });
      app.get("/throw", () => {
        throw new Error("no");
      });
    });
    expect((await ask("/read")).status).toBe(200);
    expect(await ask("/throw")).toMatchObject({ status: 500, body: '{"thrown":"Error: no"}' });
    expect((await ask("/none")).status).toBe(404);
    expect(await has(bed, "a")).toBe(false);
  });
});

it("says how it is installed where it was taken for a middleware", async () => {
  const { ask } = await serve((app, inSession) => {
    app.use(inSession as unknown as express.RequestHandler);
  });
  const { status, body } = await ask("/");
  expect([status, body]).toEqual([500, expect.stringContaining("sessions(engine)(handler)")]);
});

describe("Express's ways of answering", () => {
  it("commit in whatever order parsers, middlewares, routers and routes stand", async () => {
    const { bed, ask } = await serve((app, inSession) => {
      const parsed = (request: express.Request) => (request.body as { id: string }).id;
      const answer = inSession((request, response) => {
        add(parsed(request));
        response.json({});
      });
      app.post("/before", express.json(), answer);
      app.post("/inside", inSession(express.json()), answer);
      app.post(
        "/after",
        inSession((_request, _response, next) => {
          add("of the middleware");
          next();
        }),
        express.json(),
        answer,
      );
      app.post("/form", inSession(multer().none()), answer);
      app.get(
        "/route",
        inSession((_request, _response, next) => {
          add("first");
          next("route");
        }),
        (_, response) => void response.json({}),
      );
      app.get(
        "/route",
        inSession((_, response) => {
          add("second");
          response.json({});
        }),
      );
      const router = express.Router();
      router.get("/ok", (_, response) => {
        add("routed");
        response.json({});
      });
      router.get("/throws", async () => {
        add("thrown");
        await nap(1);
        throw new Error("no");
      });
      app.use("/router", inSession(router));
      app.get(
        "/callback",
        inSession((_, response) => {
          setTimeout(() => {
            add("of a callback");
            response.json({});
          }, 5);
        }),
      );
      app.get(
        "/callback-error",
        inSession((_request, _response, next) => {
          add("failed");
          setTimeout(() => next(new Error("no")), 5);
        }),
      );
    });
    const post = (id: string) => ({
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id }),
    });
    const form = new FormData();
    form.set("id", "form");
    const replies = [
      await ask("/before", post("before")),
      await ask("/inside", post("inside")),
      await ask("/after", post("after")),
      await ask("/form", { method: "POST", body: form }),
      await ask("/route"),
      await ask("/router/ok"),
      await ask("/callback"),
      await ask("/router/throws"),
      await ask("/callback-error"),
      await ask("/router/none"),
    ];
    expect(replies.map(({ status }) => status)).toEqual([
      ...replies.slice(0, 7).map(() => 200),
      500,
      500,
      404,
    ]);
    const stored = (await bed.engine.scan(User).all()).map(({ id }) => id);
    expect(stored.sort()).toEqual(
      [
        ...["before", "inside", "after", "form", "of the middleware"],
        ...["first", "second", "routed", "of a callback"],
      ].sort(),
    );
  });

  /** As express-session does: the end of the answer leaves once something is saved, and that once only. */
  const saving: express.RequestHandler = (_, response, next) => {
    const { write, end } = response;
    let isEnded = false;
    response.end = ((chunk: string) => {
      if (isEnded) return response;
      isEnded = true;
      const part = String(chunk);
      write.call(response, part.slice(0, -1), "utf8");
      setTimeout(() => end.call(response, part.slice(-1), "utf8"), 20);
      return response;
    }) as typeof end;
    next();
  };
  const installed: [string, (app: express.Express, inSession: InSession) => void][] = [
    ["before", (app) => void app.use(saving)],
    [
      "between",
      (app, inSession) => {
        app.use(inSession((_request, _response, next) => next()));
        app.use(saving);
      },
    ],
    ["wrapped", (app, inSession) => void app.use(inSession(saving))],
  ];

  it.each(installed)("take a middleware that ends answers by itself, %s", async (_, install) => {
    const { bed, ask } = await serve((app, inSession) => {
      install(app, inSession);
      app.get(
        "/:id",
        inSession((request, response) => {
          add(String(request.params["id"]));
          response.json({ ok: true });
        }),
      );
    });
    expect(await ask("/a")).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(await has(bed, "a")).toBe(true);
    const { status, body } = await ask("/a");
    expect([status, JSON.parse(body)]).toEqual([
      409,
      expect.objectContaining({ code: "CONSTRAINT_VIOLATION" }),
    ]);
  });

  const file = fileURLToPath(import.meta.url);
  const ways: [string, number, express.RequestHandler][] = [
    ["redirect", 302, (_, response) => response.redirect("/elsewhere")],
    ["204", 204, (_, response) => void response.sendStatus(204)],
    ["sendFile", 200, (_, response) => response.sendFile(file)],
    ["writeHead", 201, (_, response) => void response.writeHead(201, { "x-a": "b" }).end("text")],
    ["pipe", 200, (_, response) => void Readable.from(["x", "y"]).pipe(response)],
    ["pipeline", 200, (_, response) => pipeline(Readable.from(["x", "y"]), response)],
    ["422", 422, (_, response) => void response.status(422).json({})],
  ];

  it.each(ways)("commit before %s, of GET and of HEAD", async (_, status, answer) => {
    const { bed, ask } = await serve((app, inSession) => {
      app.get(
        "/",
        inSession((request, response, next) => {
          add(request.method);
          return answer(request, response, next);
        }),
      );
    });
    for (const method of ["GET", "HEAD"]) {
      expect((await ask("/", { method })).status).toBe(status);
      expect(await has(bed, method)).toBe(true);
    }
  });

  it.each(ways)("give way to a 409 on a conflict before %s", async (_, __, answer) => {
    const { bed, ask } = await serve((app, inSession) => {
      app.get(
        "/",
        inSession((request, response, next) => {
          add("taken");
          return answer(request, response, next);
        }),
      );
    });
    await bed.engine.save(new User({ id: "taken" }));
    const { status, body, headers } = await ask("/");
    expect(status).toBe(409);
    expect(JSON.parse(body)).toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect([headers.get("x-a"), headers.get("location")]).toEqual([null, null]);
    expect((await ask("/", { method: "HEAD" })).status).toBe(409);
  });
});
