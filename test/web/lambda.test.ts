import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Session, SessionClosed } from "dynalchemy";
import { currentSession } from "dynalchemy/context";
import { sessions, sqsSessions } from "dynalchemy/lambda";
import { describe, expect, it, vi } from "vitest";
import { hold } from "../support/faults.js";
import { User } from "../support/models.js";
import { type Bed, makeBed, makeFaultBed } from "../support/test-bed.js";
import { thrownBy } from "./apps.js";

const context = { getRemainingTimeInMillis: () => 60_000 };
const http = { requestContext: { http: { method: "POST" } } };
const onSuccess = { flush: "onSuccess" } as const;

const message = (messageId: string, group?: string) => ({
  messageId,
  body: messageId,
  eventSourceARN: `arn:aws:sqs:eu-west-1:1:queue${group === undefined ? "" : ".fifo"}`,
  attributes: { MessageGroupId: group },
});

describe("sessions of Lambda", () => {
  it("opens one for each invocation, commits before the answer, and closes it", async () => {
    const bed = await makeBed([User]);
    const seen: unknown[] = [];
    const handler = sessions(
      bed.engine,
      onSuccess,
    )(async (event: { id: string }) => {
      const session = currentSession();
      seen.push(session);
      session.add(new User({ id: event.id }));
      return { statusCode: 200 };
    });
    expect(await handler({ id: "a" })).toEqual({ statusCode: 200 });
    expect(await bed.stored(User, { id: "a" })).toBeDefined();
    await handler({ id: "b" });
    expect(new Set(seen).size).toBe(2);
    for (const session of seen) {
      const late = thrownBy(() => (session as ReturnType<typeof currentSession>).add([]));
      expect(late).toBeInstanceOf(SessionClosed);
      expect(late).toMatchObject({ reason: "its invocation's scope has ended" });
    }
  });

  it("discards on a throw", async () => {
    const bed = await makeBed([User]);
    const handler = sessions(
      bed.engine,
      onSuccess,
    )(async () => {
      currentSession().add(new User({ id: "a" }));
      throw new Error("no");
    });
    await expect(handler()).rejects.toThrow("no");
    expect(await bed.stored(User, { id: "a" })).toBeUndefined();
  });

  it("answers a conflict of an HTTP event with 409, and throws that of any other", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a" }));
    const add = async (_event: object) => {
      currentSession().add(new User({ id: "a" }));
      return { statusCode: 200 };
    };
    const response = await sessions(bed.engine, onSuccess)(add)(http);
    expect(response).toMatchObject({ statusCode: 409 });
    expect((response as unknown as { body: string }).body).toContain("CONSTRAINT_VIOLATION");
    const conflict = { code: "CONSTRAINT_VIOLATION" };
    await expect(sessions(bed.engine, onSuccess)(add)({})).rejects.toMatchObject(conflict);
    const thrown = sessions(bed.engine, { ...onSuccess, answerConflicts: false })(add)(http);
    await expect(thrown).rejects.toMatchObject(conflict);
  });

  it("gives up requests before the invocation's deadline", async () => {
    const bed = await makeFaultBed([User]);
    const held = hold();
    bed.proxy.inject({ operation: "GetItem", fault: held.fault });
    const handler = sessions(bed.engine, { marginMs: 40 })(async (..._args: readonly unknown[]) =>
      currentSession().get(User, { id: "a" }),
    );
    const soon = { getRemainingTimeInMillis: () => 50 };
    await expect(handler({}, soon)).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    held.release();
    await bed.proxy.close();
  });

  it.each([
    ["a callback", (soon: object) => [{}, soon, () => undefined]],
    ["a stream", (soon: object) => [{}, new PassThrough(), soon]],
  ])("finds the deadline beside %s", async (_, argsOf) => {
    const bed = await makeFaultBed([User]);
    const held = hold();
    bed.proxy.inject({ operation: "GetItem", fault: held.fault });
    const handler = sessions(bed.engine, { marginMs: 40 })(async (..._args: readonly unknown[]) =>
      currentSession().get(User, { id: "a" }),
    );
    const soon = { getRemainingTimeInMillis: () => 50 };
    await expect(handler(...argsOf(soon))).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    held.release();
    await bed.proxy.close();
  });

  it.each([
    [499, true],
    [500, false],
  ])("takes status %i of an HTTP event for a success: %s", async (statusCode, isSuccess) => {
    const bed = await makeBed([User]);
    const handler = sessions(
      bed.engine,
      onSuccess,
    )(async (_event: object) => {
      currentSession().add(new User({ id: "a" }));
      return { statusCode };
    });
    expect(await handler(http)).toEqual({ statusCode });
    expect((await bed.stored(User, { id: "a" })) !== undefined).toBe(isSuccess);
  });

  it("keeps 200 concurrent invocations apart of which some throw and some conflict", async () => {
    const bed = await makeBed([User]);
    const seen = new Set<Session>();
    const handler = sessions(
      bed.engine,
      onSuccess,
    )(async ({ at }: typeof http & { at: number }) => {
      const session = currentSession();
      seen.add(session);
      session.add(new User({ id: at % 7 === 0 ? `taken-${at}` : `new-${at}` }));
      await new Promise((resolve) => setImmediate(resolve));
      if (at % 5 === 0) throw new Error(`of ${at}`);
      return { statusCode: 200, body: String(currentSession() === session && session.new.size) };
    });
    const all = Array.from({ length: 200 }, (_, at) => at);
    const taken = all.filter((at) => at % 7 === 0).map((at) => `taken-${at}`);
    await bed.engine.save(taken.map((id) => new User({ id, name: "theirs" })));
    const answers = await Promise.all(
      all.map((at) => handler({ ...http, at }).catch((error: unknown) => String(error))),
    );
    const answerTo = (at: number) => {
      if (at % 5 === 0) return `Error: of ${at}`;
      if (at % 7 === 0) return expect.objectContaining({ statusCode: 409 });
      return { statusCode: 200, body: "1" };
    };
    expect(answers).toEqual(all.map(answerTo));
    expect(seen.size).toBe(200);
    expect([...seen].every(({ isClosed }) => isClosed)).toBe(true);
    const stored = await bed.engine.scan(User).all();
    const added = all.filter((at) => at % 5 !== 0 && at % 7 !== 0).map((at) => `new-${at}`);
    expect(stored.map(({ id }) => id).sort()).toEqual([...taken, ...added].sort());
    expect(
      new Set(stored.filter(({ id }) => id.startsWith("taken")).map(({ name }) => name)),
    ).toEqual(new Set(["theirs"]));
  });
});

it("says how it is used where it was taken for a handler, which would take messages for done", async () => {
  const { engine } = await makeBed([User]);
  for (const wrap of [sessions(engine), sqsSessions(engine)]) {
    const handler = wrap as unknown as (event: object) => unknown;
    expect(() => handler({ Records: [] })).toThrow(/export const handler = \w+\(engine\)\(async/);
  }
});

describe("a streamed response of Lambda", () => {
  const ways: [string, (stream: PassThrough) => unknown][] = [
    ["is ended in one go", (stream) => void stream.end("saved")],
    [
      "is written and ended",
      (stream) => {
        stream.write("sav");
        stream.end("ed");
      },
    ],
    ["is piped and awaited", (stream) => pipeline(Readable.from(["sav", "ed"]), stream)],
    [
      "is awaited by its listener",
      async (stream) => {
        stream.end("saved");
        await once(stream, "finish");
      },
    ],
  ];

  const invoke = (bed: Bed, answer: (stream: PassThrough) => unknown) => {
    const stream = new PassThrough();
    const handler = sessions(
      bed.engine,
      onSuccess,
    )(async (_event: object, into: PassThrough, _context: typeof context) => {
      currentSession().add(new User({ id: "a" }));
      await answer(into);
    });
    return { stream, done: handler(http, stream, context) };
  };

  it.each(ways)("leaves after the commit where it %s", async (_, answer) => {
    const bed = await makeFaultBed([User]);
    const held = hold();
    bed.proxy.inject({ operation: "PutItem", fault: held.fault });
    const { stream, done } = invoke(bed, answer);
    await held.arrived;
    expect(stream.readableLength).toBe(0);
    held.release();
    await done;
    let text = "";
    for await (const part of stream) text += String(part);
    expect(text).toBe("saved");
    expect(await bed.stored(User, { id: "a" })).toBeDefined();
    await bed.proxy.close();
  });

  it.each(ways)("gives way to the conflict, which is thrown, where it %s", async (_, answer) => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a" }));
    const { stream, done } = invoke(bed, answer);
    await expect(done).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect([stream.readableLength, stream.writableEnded]).toEqual([0, false]);
    // The runtime may tell of the failure by it.
    stream.end("failed");
    expect(String(stream.read())).toBe("failed");
  });

  /** More than a stream takes at once, written without a look at what `write` says. */
  const heedless: (stream: PassThrough) => unknown = (stream) => {
    for (let at = 0; at < 100; at += 1) stream.write("x".repeat(64_000));
    stream.end();
  };

  it("leaves whole where its handler doesn't wait for a reader that is slow", async () => {
    const bed = await makeBed([User]);
    const { stream, done } = invoke(bed, heedless);
    await done;
    expect(await bed.stored(User, { id: "a" })).toBeDefined();
    let length = 0;
    for await (const part of stream) {
      length += (part as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(length).toBe(6_400_000);
  });

  it("keeps nothing of what its handler wrote without waiting where the commit conflicts", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "a" }));
    const { stream, done } = invoke(bed, heedless);
    await expect(done).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect([stream.readableLength, stream.writableEnded]).toEqual([0, false]);
  });

  it("tells a handler that waits to go on once the commit is done, however full the stream is", async () => {
    const bed = await makeBed([User]);
    const told: boolean[] = [];
    const { stream, done } = invoke(bed, async (into) => {
      for (let at = 0; at < 10; at += 1) {
        const goesOn = into.write("x".repeat(64_000));
        told.push(goesOn);
        if (!goesOn) await once(into, "drain");
      }
      into.end();
    });
    let length = 0;
    for await (const part of stream) length += (part as Buffer).length;
    await done;
    expect([length, told[0]]).toEqual([640_000, false]);
  });

  it("isn't sent where its handler throws after it has ended it", async () => {
    const bed = await makeBed([User]);
    const { stream, done } = invoke(bed, (into) => {
      into.end("saved");
      throw new Error("no");
    });
    await expect(done).rejects.toThrow("no");
    expect(stream.readableLength).toBe(0);
    expect(await bed.stored(User, { id: "a" })).toBeUndefined();
  });
});

describe("sessions of SQS messages", () => {
  it("names the message whose commit conflicts, and no other", async () => {
    const bed = await makeBed([User]);
    await bed.engine.save(new User({ id: "taken" }));
    const told: unknown[] = [];
    const onError = (error: unknown, { messageId }: { messageId: string }) =>
      void told.push([messageId, (error as { code?: string }).code]);
    const handler = sqsSessions(bed.engine, { ...onSuccess, onError })(
      async ({ body }: ReturnType<typeof message>) => {
        currentSession().add(new User({ id: body }));
      },
    );
    const Records = ["a", "taken", "b"].map((id) => message(id));
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "taken" }],
    });
    expect(told).toEqual([["taken", "CONSTRAINT_VIOLATION"]]);
    expect(await bed.stored(User, { id: "b" })).toBeDefined();
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("of the logger");
      },
    ],
    ["rejects", async () => Promise.reject(new Error("of the logger"))],
  ])("keeps what is done where onError %s, and logs both errors", async (_, onError) => {
    const bed = await makeBed([User]);
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const handler = sqsSessions(bed.engine, { ...onSuccess, onError })(
      async ({ body }: ReturnType<typeof message>) => {
        currentSession().add(new User({ id: body }));
        if (body === "b") throw new Error("of the message");
      },
    );
    const Records = ["a", "b", "c"].map((id) => message(id));
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "b" }],
    });
    await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(2));
    const logged = log.mock.calls.map((args) => String(args[1]));
    log.mockRestore();
    expect(logged).toEqual(["Error: of the message", "Error: of the logger"]);
    expect(await bed.stored(User, { id: "c" })).toBeDefined();
  });

  it("works on 200 messages, so many at once as it is told, without a warning", async () => {
    const bed = await makeBed([User]);
    const warnings: string[] = [];
    const onWarning = ({ name }: Error) => void warnings.push(name);
    process.on("warning", onWarning);
    let running = 0;
    let most = 0;
    const wide = { ...onSuccess, concurrency: 200 };
    const handler = sqsSessions(
      bed.engine,
      wide,
    )(async ({ body }: ReturnType<typeof message>) => {
      running += 1;
      most = Math.max(most, running);
      await currentSession().get(User, { id: body });
      currentSession().add(new User({ id: body }));
      running -= 1;
    });
    const Records = Array.from({ length: 200 }, (_, at) => message(String(at)));
    expect(await handler({ Records }, context)).toEqual({ batchItemFailures: [] });
    expect(most).toBe(200);
    most = 0;
    const narrow = sqsSessions(bed.engine, { concurrency: 3 })(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    await narrow({ Records }, context);
    expect(most).toBe(3);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("gives messages up before the deadline: those come again", async () => {
    const bed = await makeFaultBed([User]);
    const held = hold();
    bed.proxy.inject({ operation: "GetItem", fault: held.fault });
    const codes: unknown[] = [];
    const onError = (error: unknown) => void codes.push((error as { code?: string }).code);
    const handler = sqsSessions(bed.engine, { marginMs: 40, onError })(
      async ({ body }: ReturnType<typeof message>) => {
        if (body === "slow") await currentSession().get(User, { id: "a" });
      },
    );
    const Records = [message("slow"), message("quick")];
    expect(await handler({ Records }, { getRemainingTimeInMillis: () => 50 })).toEqual({
      batchItemFailures: [{ itemIdentifier: "slow" }],
    });
    expect(codes).toEqual(["REQUEST_ABORTED"]);
    held.release();
    await bed.proxy.close();
  });

  it("takes FIFO messages without a group for one group", async () => {
    const bed = await makeBed([User]);
    const worked: string[] = [];
    const handler = sqsSessions(bed.engine, { onError: () => {} })(
      async ({ messageId }: ReturnType<typeof message>) => {
        worked.push(messageId);
        await new Promise((resolve) => setImmediate(resolve));
        if (messageId === "b") throw new Error("no");
      },
    );
    const Records = ["a", "b", "c"].map((id) => ({
      ...message(id, "group"),
      attributes: { MessageGroupId: undefined },
    }));
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "c" }],
    });
    expect(worked).toEqual(["a", "b"]);
  });

  it("has one for each message, and names those that failed, in their order", async () => {
    const bed = await makeBed([User]);
    const failures: string[] = [];
    const seen = new Set<unknown>();
    const onError = (error: unknown, { messageId }: { messageId: string }) =>
      void failures.push(`${messageId}: ${String(error)}`);
    const handler = sqsSessions(bed.engine, { ...onSuccess, onError })(
      async ({ body }: ReturnType<typeof message>) => {
        seen.add(currentSession());
        currentSession().add(new User({ id: body }));
        if (body === "b" || body === "d") throw new Error("no");
      },
    );
    const Records = ["a", "b", "c", "d", "e"].map((id) => message(id));
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "d" }],
    });
    expect(failures.sort()).toEqual(["b: Error: no", "d: Error: no"]);
    expect(seen.size).toBe(5);
    const stored = await bed.engine.scan(User).all();
    expect(stored.map(({ id }) => id).sort()).toEqual(["a", "c", "e"]);
  });

  it("keeps the order in each group of a FIFO queue: what follows a failure comes again", async () => {
    const bed = await makeBed([User]);
    const worked: string[] = [];
    const handler = sqsSessions(bed.engine, { onError: () => {} })(
      async ({ messageId }: ReturnType<typeof message>) => {
        worked.push(messageId);
        await new Promise((resolve) => setImmediate(resolve));
        if (messageId === "a2") throw new Error("no");
      },
    );
    const Records = [
      message("a1", "a"),
      message("b1", "b"),
      message("a2", "a"),
      message("a3", "a"),
      message("b2", "b"),
    ];
    expect(await handler({ Records }, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "a2" }, { itemIdentifier: "a3" }],
    });
    expect(worked.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2"]);
    expect(worked.filter((id) => id.startsWith("b"))).toEqual(["b1", "b2"]);
  });
});
