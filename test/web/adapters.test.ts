import { request } from "node:http";
import { ConstraintViolation, type Session, SessionClosed } from "dynalchemy";
import { currentSession } from "dynalchemy/context";
import { afterEach, describe, expect, it } from "vitest";
import { engineHas } from "../support/engine-facts.js";
import { hold, refuse } from "../support/faults.js";
import { Post, User } from "../support/models.js";
import { type Bed, makeBed, makeFaultBed } from "../support/test-bed.js";
import { type App, adapters, type Route, Status, thrownBy } from "./apps.js";

const json = (body: unknown) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** Dynalite takes its time for so many requests at once. */
const slow = 300_000;

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("It never came to pass");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.each(Object.entries(adapters))("sessions of %s", (_, serve) => {
  const apps: App[] = [];
  const start = async (...args: Parameters<typeof serve>) => {
    const app = await serve(...args);
    apps.push(app);
    return app.url;
  };
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  const onSuccess = { flush: "onSuccess" } as const;
  const user = async (bed: Bed, id: string) =>
    (await bed.engine.query(User).key({ id }).consistent().one()).name;

  it("gives each of 200 concurrent requests its own session, objects and events", {
    timeout: slow,
  }, async () => {
    const bed = await makeBed([User]);
    const seen = new Map<string, { session: Session; shared: User; loads: object[] }>();
    await bed.engine.save(new User({ id: "shared", name: "of all" }));
    const url = await start(bed.engine, onSuccess, async ({ name, body }) => {
      const session = currentSession();
      const loads: object[] = [];
      session.events.on("load", ({ entity }) => void loads.push(entity));
      const shared = await session.require(User, { id: "shared" });
      await new Promise((resolve) => setImmediate(resolve));
      const own = new User({ id: name, name: (body as { text: string }).text });
      currentSession().add(own);
      seen.set(name, { session, shared, loads });
      return { same: currentSession() === session, tracks: session.has(own) };
    });
    const names = Array.from({ length: 200 }, (_, at) => `user-${at}`);
    const answers = await Promise.all(
      names.map(async (name) => {
        const response = await fetch(`${url}/${name}`, json({ text: `I am ${name}` }));
        // The response has left, so that the write is there.
        return [response.status, await response.json(), await user(bed, name)];
      }),
    );
    expect(answers).toEqual(
      names.map((name) => [200, { same: true, tracks: true }, `I am ${name}`]),
    );
    const all = [...seen.values()];
    expect(new Set(all.map(({ session }) => session)).size).toBe(200);
    expect(new Set(all.map(({ shared }) => shared)).size).toBe(200);
    for (const { shared, loads } of all) expect(loads).toEqual([shared]);
    await until(() => all.every(({ session }) => session.isClosed));
  });

  it("keeps 200 requests apart of which some throw and some conflict", async () => {
    const bed = await makeBed([User]);
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      const session = currentSession();
      const at = Number(name);
      const found = await session.require(User, { id: name });
      session.add(new User({ id: `new-${name}` }));
      found.name = "mine";
      if (at % 7 === 0) {
        await bed.store(User, { id: { S: name }, name: { S: "theirs" }, admin: { BOOL: false } });
      }
      await new Promise((resolve) => setImmediate(resolve));
      if (at % 5 === 0) throw new Error(`of ${name}`);
      return { name: found.name, size: session.new.size + session.dirty.size };
    });
    const ids = Array.from({ length: 200 }, (_, at) => String(at));
    await bed.engine.save(ids.map((id) => new User({ id, name: "first" })));
    const answers = await Promise.all(
      ids.map(async (name) => {
        const response = await fetch(`${url}/${name}`, json({}));
        const body: unknown = await response.json();
        return [response.status, response.status === 409 ? {} : body];
      }),
    );
    const names = new Map((await bed.engine.scan(User).all()).map(({ id, name }) => [id, name]));
    const expected = ids.map((name) => {
      const isConflict = Number(name) % 7 === 0;
      if (Number(name) % 5 === 0) {
        return [500, { thrown: `Error: of ${name}` }, isConflict ? "theirs" : "first"];
      }
      return isConflict ? [409, {}, "theirs"] : [200, { name: "mine", size: 2 }, "mine"];
    });
    expect(answers.map((answer, at) => [...answer, names.get(String(at))])).toEqual(expected);
    for (const id of ids) {
      if (Number(id) % 5 === 0) expect(names.has(`new-${id}`)).toBe(false);
      else if (Number(id) % 7 !== 0) expect(names.has(`new-${id}`)).toBe(true);
    }
  });

  it("sends the response only after the commit", async () => {
    const bed = await makeFaultBed([User]);
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      currentSession().add(new User({ id: name, name: "held" }));
      return { ok: true };
    });
    const held = hold();
    bed.proxy.inject({ operation: "PutItem", fault: held.fault });
    let isAnswered = false;
    const response = fetch(`${url}/late`, json({})).finally(() => {
      isAnswered = true;
    });
    await held.arrived;
    // As many turns as a response would need, were it on its way.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isAnswered).toBe(false);
    held.release();
    expect((await response).status).toBe(200);
    expect(await user(bed, "late")).toBe("held");
    await bed.proxy.close();
  });

  it("discards on a throw, and answers by the app's error handler", async () => {
    const bed = await makeBed([User]);
    const abandoned: unknown[] = [];
    bed.engine.events.on("abandoned", (event) => void abandoned.push(event));
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      currentSession().add(new User({ id: name }));
      throw new Error("no");
    });
    const response = await fetch(`${url}/thrown`, json({}));
    expect([response.status, await response.json()]).toEqual([500, { thrown: "Error: no" }]);
    expect(await bed.stored(User, { id: "thrown" })).toBeUndefined();
    expect(abandoned).toEqual([]);
  });

  it.each([
    [200, true],
    [303, true],
    [404, true],
    [422, true],
    [500, false],
    [503, false],
  ])("takes status %i, set without a throw, for a success: %s", async (status, isSuccess) => {
    const bed = await makeBed([User]);
    let session: Session | undefined;
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      session = currentSession();
      session.add(new User({ id: name }));
      return new Status(status);
    });
    const response = await fetch(`${url}/a`, { ...json({}), redirect: "manual" });
    expect([response.status, await response.json()]).toEqual([status, { code: status }]);
    expect((await bed.stored(User, { id: "a" })) !== undefined).toBe(isSuccess);
    await until(() => session?.isClosed === true);
  });

  it("leaves the commit to the handler by default, of whatever status", async () => {
    const bed = await makeBed([User]);
    const url = await start(bed.engine, {}, async ({ name }) => {
      currentSession().add(new User({ id: name }));
      await currentSession().commit();
      return new Status(500);
    });
    expect((await fetch(`${url}/a`, json({}))).status).toBe(500);
    expect(await bed.stored(User, { id: "a" })).toBeDefined();
  });

  it("leaves the commit to the handler by default", async () => {
    const bed = await makeBed([User]);
    const url = await start(bed.engine, {}, async ({ name }) => {
      currentSession().add(new User({ id: `${name}-written` }));
      await currentSession().commit();
      currentSession().add(new User({ id: `${name}-left` }));
      return {};
    });
    expect((await fetch(`${url}/manual`, json({}))).status).toBe(200);
    expect(await bed.stored(User, { id: "manual-written" })).toBeDefined();
    expect(await bed.stored(User, { id: "manual-left" })).toBeUndefined();
  });

  const conflicting =
    (bed: Bed, commits: boolean): Route =>
    async ({ name }) => {
      const found = await currentSession().require(User, { id: name });
      await bed.store(User, { id: { S: name }, name: { S: "theirs" }, admin: { BOOL: false } });
      found.name = "mine";
      if (commits) await currentSession().commit();
      return { ok: true };
    };

  it.each([
    ["the commit", onSuccess, false],
    ["the handler", {}, true],
  ] as const)("answers a conflict of %s with 409 and its JSON", async (_, options, commits) => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a", name: "first" }));
    const url = await start(bed.engine, options, conflicting(bed, commits));
    const response = await fetch(`${url}/a`, json({}));
    expect(response.status).toBe(409);
    expect(response.headers.get("content-type")).toContain("application/json");
    // What the handler set for its own answer isn't told.
    if (!commits) expect(response.headers.get("x-handler")).toBeNull();
    const diff = { name: { mine: "mine", theirs: "theirs" } };
    expect(await response.json()).toMatchObject({
      code: "CONSTRAINT_VIOLATION",
      failures: [{ key: { id: "a" }, ...(engineHas("currentItem") && { diff }) }],
    });
    expect(await user(bed, "a")).toBe("theirs");
  });

  it("leaves conflicts to the app where it says so", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a", name: "first" }));
    const options = { ...onSuccess, answerConflicts: false };
    const url = await start(bed.engine, options, conflicting(bed, false));
    const response = await fetch(`${url}/a`, json({}));
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      thrown: expect.stringContaining(ConstraintViolation.name),
    });
  });

  it("leaves a commit that fails otherwise to the app, and sends nothing of the success", async () => {
    const bed = await makeFaultBed([User]);
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      currentSession().add(new User({ id: name }));
      return { ok: true };
    });
    bed.proxy.inject({ operation: "PutItem", fault: refuse("AccessDeniedException", "not yours") });
    const response = await fetch(`${url}/refused`, json({}));
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ thrown: expect.stringContaining("FlushError") });
    expect(await bed.stored(User, { id: "refused" })).toBeUndefined();
    await bed.proxy.close();
  });

  it("keeps the session through a chunked body and a multipart form", async () => {
    const bed = await makeBed([User]);
    const url = await start(bed.engine, onSuccess, async ({ name, body }) => {
      currentSession().add(new User({ id: name, name: (body as { text: string }).text }));
      return {};
    });
    const text = "x".repeat(100_000);
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${url}/chunked`, {
        method: "POST",
        headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
      });
      sent.on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", reject);
      const body = JSON.stringify({ text });
      sent.write(body.slice(0, 50_000), () => setImmediate(() => sent.end(body.slice(50_000))));
    });
    expect(status).toBe(200);
    expect(await user(bed, "chunked")).toBe(text);

    const form = new FormData();
    form.set("text", "of a form");
    const response = await fetch(`${url}/form/multipart`, { method: "POST", body: form });
    expect(response.status).toBe(200);
    expect(await user(bed, "multipart")).toBe("of a form");
  });

  it("commits before a stream's first byte; the stream reads on, writes throw, and then all ends", async () => {
    const bed = await makeBed([Post, User]);
    await bed.engine.save(
      Array.from({ length: 50 }, (_, id) => new Post({ forum: "a", id, content: `Post ${id};` })),
    );
    let session: Session | undefined;
    const late: unknown[] = [];
    const abandoned: unknown[] = [];
    bed.engine.events.on("abandoned", ({ entities }) => void abandoned.push(...entities));
    const url = await start(bed.engine, onSuccess, ({ name }) => {
      session = currentSession();
      session.add(new User({ id: name }));
      return stream(session);
    });
    async function* stream(own: Session) {
      yield "begin;";
      for await (const post of own.query(Post).key({ forum: "a" })) {
        if (post.id === 20) {
          late.push(thrownBy(() => own.add(new User({ id: "late" }))));
          // A change in place is no call that could throw: its commit does.
          post.content = "changed;";
          late.push(await own.commit().catch((error: unknown) => error));
        }
        yield post.content ?? "";
      }
    }
    const response = await fetch(`${url}/streamed`, json({}));
    expect(await bed.stored(User, { id: "streamed" })).toBeDefined();
    expect((await response.text()).split(";")).toHaveLength(52);
    expect(late).toEqual([expect.any(SessionClosed), expect.any(SessionClosed)]);
    const reason = "the request's changes were committed, and its response is on its way";
    for (const error of late) expect(error).toMatchObject({ reason });
    const kept = await bed.engine.session().require(Post, { forum: "a", id: 20 });
    expect(kept.content).toBe("Post 20;");
    await until(() => session?.isClosed === true);
    expect(await bed.stored(User, { id: "late" })).toBeUndefined();
    expect(abandoned).toEqual([expect.objectContaining({ id: 20, content: "changed;" })]);
  });

  it("writes or refuses what is added while it commits, at whatever moment", async () => {
    const bed = await makeBed([User]);
    const refused: string[] = [];
    const url = await start(bed.engine, onSuccess, async ({ name }) => {
      const session = currentSession();
      const addLater = async () => {
        for (let turn = 0; turn < Number(name); turn += 1) await undefined;
        if (thrownBy(() => session.add(new User({ id: name })))) refused.push(name);
      };
      void addLater();
      return {};
    });
    const names = Array.from({ length: 60 }, (_, at) => String(at));
    for (const name of names) await (await fetch(`${url}/${name}`, json({}))).text();
    const stored = (await bed.engine.scan(User).all()).map(({ id }) => id);
    expect([...stored, ...refused].sort()).toEqual(names.sort());
    expect(stored).not.toEqual([]);
    expect(refused).not.toEqual([]);
  });

  it("answers a conflict before a stream's first byte with 409", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "taken" }));
    let session: Session | undefined;
    const url = await start(bed.engine, onSuccess, ({ name }) => {
      session = currentSession();
      session.add(new User({ id: name }));
      return (async function* () {
        for (let at = 0; at < 50; at += 1) yield "x".repeat(10_000);
      })();
    });
    const response = await fetch(`${url}/taken`, json({}));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    await until(() => session?.isClosed === true);
  });

  it("tells late work that its request has ended", async () => {
    const bed = await makeBed([User]);
    let session: Session | undefined;
    let later: Promise<unknown> | undefined;
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const url = await start(bed.engine, {}, async () => {
      session = currentSession();
      later = gate.then(() => thrownBy(() => currentSession()));
      return {};
    });
    await (await fetch(`${url}/a`, json({}))).json();
    await until(() => session?.isClosed === true);
    go();
    const closed = { code: "SESSION_CLOSED", reason: "the request's scope has ended" };
    expect(await later).toMatchObject(closed);
    expect(thrownBy(() => session?.add(new User({ id: "late" })))).toMatchObject(closed);
  });

  it("gives up its requests when the client goes away, and writes nothing more", async () => {
    const bed = await makeFaultBed([User]);
    await bed.engine.save(new User({ id: "a" }));
    let failure: unknown;
    let session: Session | undefined;
    const url = await start(bed.engine, onSuccess, async () => {
      session = currentSession();
      session.add(new User({ id: "never" }));
      try {
        await session.require(User, { id: "a" });
      } catch (error) {
        failure = error;
        throw error;
      }
      return {};
    });
    const held = hold();
    bed.proxy.inject({ operation: "GetItem", fault: held.fault });
    const client = new AbortController();
    const gone = fetch(`${url}/a`, { ...json({}), signal: client.signal }).catch(() => "gone");
    await held.arrived;
    client.abort();
    expect(await gone).toBe("gone");
    await until(() => failure !== undefined);
    expect(failure).toMatchObject({ code: "REQUEST_ABORTED" });
    await until(() => session?.isClosed === true);
    held.release();
    expect(await bed.stored(User, { id: "never" })).toBeUndefined();
    await bed.proxy.close();
  });
});
