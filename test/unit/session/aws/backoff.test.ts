import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff, backoffMs, sleep } from "../../../../src/session/aws/backoff.js";
import { RequestAborted } from "../../../../src/session/aws/request-errors.js";

describe("backoffMs", () => {
  it("doubles its limit with each attempt, up to the cap", () => {
    const longest = Array.from({ length: 10 }, (_, at) => backoffMs(at + 1, { random: () => 1 }));
    expect(longest).toEqual([25, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it("spreads over the whole of the limit", () => {
    expect(backoffMs(3, { random: () => 0 })).toBe(0);
    expect(backoffMs(3, { random: () => 0.5 })).toBe(50);
  });

  it("stays finite however many attempts there were", () => {
    expect(backoffMs(5000, { random: () => 1 })).toBe(5000);
  });
});

describe("backoff", () => {
  it("pauses for as long as the attempt asks", async () => {
    const pauses: number[] = [];
    const pacing = { random: () => 1, sleep: async (ms: number) => void pauses.push(ms) };
    for (const attempt of [1, 2, 3]) await backoff(attempt, undefined, pacing);
    expect(pauses).toEqual([25, 50, 100]);
  });

  it("rejects at once when the signal has given up", async () => {
    const reason = new Error("enough");
    const error = await backoff(9, AbortSignal.abort(reason)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestAborted);
    expect(error).toMatchObject({ cause: reason, attempts: 0, isOutcomeUnknown: false });
  });
});

describe("sleep", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("ends when the signal gives up, and leaves no timer", async () => {
    const controller = new AbortController();
    const slept = sleep(60_000, controller.signal).catch((reason: unknown) => reason);
    controller.abort("stop");
    expect(await slept).toBe("stop");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, "removeEventListener");
    const slept = sleep(5, signal);
    await vi.advanceTimersByTimeAsync(5);
    await slept;
    expect(remove).toHaveBeenCalledOnce();
  });
});
