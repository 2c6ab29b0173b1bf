import { SessionClosed } from "dynalchemy";
import { currentSession } from "dynalchemy/context";
import { sessions, sqsSessions } from "dynalchemy/lambda";
import { describe, expect, it } from "vitest";
import { hold } from "../support/faults.js";
import { User } from "../support/models.js";
import { makeBed, makeFaultBed } from "../support/test-bed.js";
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
    const handler = sessions(bed.engine, { marginMs: 40 })(
      async (_event: object, _context: typeof context) => currentSession().get(User, { id: "a" }),
    );
    const soon = { getRemainingTimeInMillis: () => 50 };
    await expect(handler({}, soon)).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    held.release();
    await bed.proxy.close();
  });
});

describe("sessions of SQS messages", () => {
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
