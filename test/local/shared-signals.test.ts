import { RequestAborted } from "dynalchemy";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hold } from "../support/faults.js";
import { Post } from "../support/models.js";
import { type FaultBed, makeFaultBed } from "../support/test-bed.js";

let bed: FaultBed;
const count = 40;
const warnings: Error[] = [];
const listen = (warning: Error) => {
  if (warning.name === "MaxListenersExceededWarning") warnings.push(warning);
};

beforeAll(async () => {
  bed = await makeFaultBed([Post]);
  await bed.engine.save(Array.from({ length: count }, (_, id) => new Post({ forum: "a", id })));
  process.on("warning", listen);
});

afterAll(async () => {
  process.off("warning", listen);
  bed.engine.client.destroy();
  await bed.proxy.close();
});

beforeEach(() => {
  bed.proxy.reset();
  warnings.length = 0;
});

afterEach(() => bed.proxy.reset());

const ids = Array.from({ length: count }, (_, id) => id);

const ways: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
  "a parallel scan": (signal) => bed.engine.scan(Post).parallel(16).all({ signal }),
  "many queries": (signal) =>
    Promise.all(ids.map((id) => bed.engine.query(Post).key({ forum: "a", id }).all({ signal }))),
  "many loads": async (signal) => {
    await using session = bed.engine.session();
    await Promise.all(ids.map((id) => session.get(Post, { forum: "a", id }, { signal })));
  },
  "a flush of many writes": async (signal) => {
    await using session = bed.engine.session();
    const posts = await session.query(Post).key({ forum: "a" }).all();
    for (const post of posts) post.views += 1;
    await session.commit({ signal });
  },
};

describe.each(Object.entries(ways))("one signal for %s", (_, run) => {
  it("makes Node warn of no leak", async () => {
    await run(new AbortController().signal);
    // Warnings come in a later turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(warnings).toEqual([]);
  });

  it("ends them all", async () => {
    const held = hold();
    bed.proxy.inject({
      fault: held.fault,
      times: count,
      when: (body) => !("KeyConditionExpression" in body) || JSON.stringify(body).includes('"N"'),
    });
    const stop = new AbortController();
    const running = run(stop.signal);
    running.catch(() => undefined);
    await held.arrived;
    stop.abort();
    await expect(running).rejects.toSatisfy(
      (error: Error & { failures?: { cause: unknown }[] }) =>
        error instanceof RequestAborted ||
        (error.failures?.every(({ cause }) => cause instanceof RequestAborted) ?? false),
    );
    held.release();
  });
});
