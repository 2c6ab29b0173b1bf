import { type Session, SessionClosed } from "dynalchemy";
import { currentSession, NoCurrentSession, withSession } from "dynalchemy/context";
import { describe, expect, it } from "vitest";
import { User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";
import { thrownBy } from "./apps.js";

describe("withSession", () => {
  it("is the only place where there is a current session; elsewhere adapters are named", async () => {
    const bed = await makeBed([User]);
    const error = thrownBy(() => currentSession());
    expect(error).toBeInstanceOf(NoCurrentSession);
    expect(String(error)).toContain("dynalchemy/express");
    const found = await withSession(bed.engine, async (session) => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentSession() === session;
    });
    expect(found).toBe(true);
    expect(thrownBy(() => currentSession())).toBeInstanceOf(NoCurrentSession);
  });

  it("nests: the innermost session counts, and the outer one comes back", async () => {
    const bed = await makeBed([User]);
    await withSession(bed.engine, async (outer) => {
      await withSession(bed.engine, (inner) => {
        expect(inner).not.toBe(outer);
        expect(currentSession()).toBe(inner);
      });
      expect(currentSession()).toBe(outer);
      expect(outer.isClosed).toBe(false);
    });
  });

  it("commits on success where it is told to, and discards on a throw", async () => {
    const bed = await makeBed([User]);
    const add = (id: string) => () => currentSession().add(new User({ id }));
    await withSession(bed.engine, add("committed"), { flush: "onSuccess" });
    await withSession(bed.engine, add("left"));
    const failing = withSession(
      bed.engine,
      () => {
        add("thrown")();
        throw new Error("no");
      },
      { flush: "onSuccess" },
    );
    await expect(failing).rejects.toThrow("no");
    const ids = (await bed.engine.scan(User).all()).map(({ id }) => id);
    expect(ids).toEqual(["committed"]);
  });

  it("writes or refuses what is added without being waited for, at whatever moment", async () => {
    const bed = await makeBed([User]);
    const refused: string[] = [];
    const names = Array.from({ length: 40 }, (_, at) => String(at));
    for (const name of names) {
      const addLater = async (session: Session) => {
        for (let turn = 0; turn < Number(name); turn += 1) await undefined;
        if (thrownBy(() => session.add(new User({ id: name })))) refused.push(name);
      };
      await withSession(bed.engine, (session) => void addLater(session), { flush: "onSuccess" });
    }
    const stored = (await bed.engine.scan(User).all()).map(({ id }) => id);
    expect([...stored, ...refused].sort()).toEqual(names.sort());
    expect(stored).not.toEqual([]);
    expect(refused).not.toEqual([]);
  });

  it("takes the session's options, and commits nothing of a readonly one", async () => {
    const bed = await makeBed([User]);
    const options = { readonly: true, flush: "onSuccess" } as const;
    expect(await withSession(bed.engine, () => 1, options)).toBe(1);
    const write = withSession(bed.engine, (session) => session.add(new User({ id: "a" })), options);
    await expect(write).rejects.toMatchObject({ code: "INVALID_STATE" });
  });

  it("tells what comes after its end why it is too late", async () => {
    const bed = await makeBed([User]);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { session, later } = await withSession(bed.engine, (session) => ({
      session,
      later: gate.then(() => thrownBy(() => currentSession())),
    }));
    go();
    const reason = "the scope of its withSession() has ended";
    expect(await later).toMatchObject({ code: "SESSION_CLOSED", reason });
    const late = thrownBy(() => session.add(new User({ id: "a" })));
    expect(late).toBeInstanceOf(SessionClosed);
    expect(String(late)).toContain(reason);
    await expect(session.get(User, { id: "a" })).rejects.toMatchObject({ reason });
  });
});
