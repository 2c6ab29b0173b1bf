import { describe, expect, it, vi } from "vitest";
import { Announcer, makeEmitter, type SessionEvents } from "../../../src/session/events.js";

type BeforeFlush = SessionEvents["beforeFlush"];

const facts = {} as Omit<BeforeFlush, "waitUntil">;
const later = () => new Promise((resolve) => setTimeout(resolve, 5));

function pair() {
  const session = makeEmitter();
  const engine = makeEmitter();
  return { session, engine, announcer: new Announcer([session, engine]) };
}

describe("an announcement", () => {
  it("reaches the session's listeners, then the engine's, in the order of registration", async () => {
    const { session, engine, announcer } = pair();
    const heard: string[] = [];
    engine.on("beforeFlush", () => void heard.push("engine"));
    session.on("beforeFlush", () => void heard.push("first"));
    session.on("beforeFlush", () => void heard.push("second"));
    session.on("*", (name) => void heard.push(`any: ${name}`));
    await announcer.announce("beforeFlush", facts);
    expect(heard).toEqual(["first", "second", "any: beforeFlush", "engine"]);
  });

  it("waits for what its listeners asked for, and for what that asks for in turn", async () => {
    const { session, announcer } = pair();
    const done: string[] = [];
    session.on("beforeFlush", ({ waitUntil }) => {
      waitUntil(
        later().then(() => {
          done.push("outer");
          waitUntil(later().then(() => done.push("inner")));
        }),
      );
    });
    session.on("beforeFlush", async () => {
      await later();
      done.push("returned");
    });
    await announcer.announce("beforeFlush", facts);
    expect(done.sort()).toEqual(["inner", "outer", "returned"]);
  });

  it("throws the first error once all listeners were told and have ended", async () => {
    const { session, engine, announcer } = pair();
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const done = vi.fn();
    session.on("beforeFlush", () => {
      throw new Error("first");
    });
    session.on("beforeFlush", ({ waitUntil }) => waitUntil(Promise.reject(new Error("second"))));
    engine.on("beforeFlush", ({ waitUntil }) => waitUntil(later().then(done)));
    await expect(announcer.announce("beforeFlush", facts)).rejects.toThrow("first");
    expect(done).toHaveBeenCalledOnce();
    expect(log.mock.calls.map(([error]) => (error as Error).message)).toEqual(["second"]);
    log.mockRestore();
  });

  it("is heard by nobody once the listener is taken off", () => {
    const { session, announcer } = pair();
    const listener = () => {};
    session.on("beforeFlush", listener);
    expect([announcer.hears("beforeFlush"), announcer.hears("load")]).toEqual([true, false]);
    session.off("beforeFlush", listener);
    expect(announcer.hears("beforeFlush")).toBe(false);
  });
});

describe("telling", () => {
  it("returns what listeners threw, and tells the others all the same", () => {
    const { session, engine, announcer } = pair();
    const mistake = new Error("no");
    const heard = vi.fn();
    session.on("rollback", () => {
      throw mistake;
    });
    engine.on("rollback", heard);
    expect(announcer.tell("rollback", {} as SessionEvents["rollback"])).toEqual([mistake]);
    expect(heard).toHaveBeenCalledOnce();
  });
});
