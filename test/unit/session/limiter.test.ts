import { describe, expect, it } from "vitest";
import { Limiter } from "../../../src/session/limiter.js";

/** A task that ends when it is told to. */
function task(name: string, log: string[]) {
  let end = () => {};
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<string>((resolve, reject) => {
    end = () => resolve(name);
    fail = reject;
  });
  return {
    run: () => {
      log.push(name);
      return ended;
    },
    end: () => end(),
    fail: (error: Error) => fail(error),
  };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a limiter", () => {
  it("runs 16 tasks at once unless it is told otherwise", () => {
    expect(new Limiter().max).toBe(16);
  });

  it("lets the others wait in the order in which they came", async () => {
    const limiter = new Limiter(2);
    const log: string[] = [];
    const tasks = ["a", "b", "c", "d"].map((name) => task(name, log));
    const results = tasks.map(({ run }) => limiter.run(run));
    expect(log).toEqual(["a", "b"]);
    expect([limiter.running, limiter.waiting]).toEqual([2, 2]);
    tasks[1]?.end();
    await turn();
    expect(log).toEqual(["a", "b", "c"]);
    for (const { end } of tasks) end();
    expect(await Promise.all(results)).toEqual(["a", "b", "c", "d"]);
    expect([limiter.running, limiter.waiting]).toEqual([0, 0]);
  });

  it("lets no newcomer overtake one that waits", async () => {
    const limiter = new Limiter(1);
    const log: string[] = [];
    const [first, second, third] = ["first", "second", "third"].map((name) => task(name, log));
    const results = [first, second].map((each) => limiter.run(each?.run ?? expect.fail));
    first?.end();
    await results[0];
    results.push(limiter.run(third?.run ?? expect.fail));
    await turn();
    expect(log).toEqual(["first", "second"]);
    second?.end();
    third?.end();
    await Promise.all(results);
    expect(log).toEqual(["first", "second", "third"]);
  });

  it("gives a place back when its task fails, at once or later", async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(() => Promise.reject(new Error("later")))).rejects.toThrow("later");
    const throwing = () => {
      throw new Error("at once");
    };
    await expect(limiter.run(throwing)).rejects.toThrow("at once");
    expect(await limiter.run(async () => "fine")).toBe("fine");
    expect(limiter.running).toBe(0);
  });

  it("doesn't run a task whose signal gives up while it waits", async () => {
    const limiter = new Limiter(1);
    const log: string[] = [];
    const [busy, given, next] = ["busy", "given up", "next"].map((name) => task(name, log));
    const controller = new AbortController();
    const first = limiter.run(busy?.run ?? expect.fail);
    const second = limiter.run(given?.run ?? expect.fail, controller.signal);
    const third = limiter.run(next?.run ?? expect.fail);
    controller.abort("enough");
    await expect(second).rejects.toBe("enough");
    expect(limiter.waiting).toBe(1);
    busy?.end();
    next?.end();
    await Promise.all([first, third]);
    expect(log).toEqual(["busy", "next"]);
  });

  it("doesn't run a task whose signal gave up before", async () => {
    const limiter = new Limiter(1);
    const refused = limiter.run(() => expect.fail("it ran"), AbortSignal.abort("before"));
    await expect(refused).rejects.toBe("before");
    expect(limiter.running).toBe(0);
  });
});
