import { RequestAborted, SessionClosed } from "dynalchemy";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hold } from "../support/faults.js";
import { Post } from "../support/models.js";
import { makeFaultBed } from "../support/test-bed.js";

let bed: Awaited<ReturnType<typeof makeFaultBed>>;

beforeAll(async () => {
  bed = await makeFaultBed([Post]);
  await bed.engine.save(Array.from({ length: 40 }, (_, id) => new Post({ forum: "a", id })));
});

afterAll(async () => {
  bed.engine.client.destroy();
  await bed.proxy.close();
});

beforeEach(() => bed.proxy.reset());

const pagesOfTen = () => bed.engine.query(Post).key({ forum: "a" }).pageSize(10);

/** Until a request of the engine has ended, and how. */
const nextError = () =>
  new Promise<unknown>((resolve) => {
    const listen = (event: { readonly error: unknown }) => {
      if (event.error === undefined) return;
      bed.engine.events.off("request", listen);
      resolve(event.error);
    };
    bed.engine.events.on("request", listen);
  });

describe("leaving a loop", () => {
  it("gives up the request under way, and sends none after it", async () => {
    const held = hold();
    bed.proxy.inject({ operation: "Query", nth: 2, fault: held.fault });
    const error = nextError();
    let seen = 0;
    for await (const _ of pagesOfTen()) {
      seen += 1;
      if (seen < 5) continue;
      await held.arrived;
      break;
    }
    // The answer is still held: the request ended because it was given up.
    expect(await error).toBeInstanceOf(RequestAborted);
    held.release();
    expect(await bed.engine.query(Post).key({ forum: "a" }).count()).toBe(40);
    expect(bed.proxy.operations).toEqual(["Query", "Query", "Query"]);
  });

  it("sends nothing if it was never entered", async () => {
    await pagesOfTen().items().return();
    expect(bed.proxy.operations).toEqual([]);
  });
});

describe("reading ahead", () => {
  it("fetches one page while another is worked on, and no more", async () => {
    const fetched: number[] = [];
    let seen = 0;
    for await (const _ of pagesOfTen()) {
      seen += 1;
      if (seen % 10 !== 1) continue;
      // Whatever was to be sent by itself has been, once another request has come back.
      await bed.engine.query(Post).key({ forum: "other" }).count();
      fetched.push(bed.proxy.log.filter(({ body }) => body["Limit"] === 10).length);
    }
    expect(fetched).toEqual([2, 3, 4, 5].map((n) => Math.min(n, fetched[3] ?? 0)));
    expect(fetched[3]).toBeLessThanOrEqual(5);
  });
});

describe("a signal", () => {
  const waysToRead = {
    all: (signal: AbortSignal) => pagesOfTen().all({ signal }),
    first: (signal: AbortSignal) => pagesOfTen().first({ signal }),
    one: (signal: AbortSignal) => pagesOfTen().one({ signal }),
    count: (signal: AbortSignal) => pagesOfTen().count({ signal }),
    page: (signal: AbortSignal) => pagesOfTen().limit(40).page({ signal }),
    run: (signal: AbortSignal) => pagesOfTen().run({ signal }),
    items: async (signal: AbortSignal) => {
      for await (const _ of pagesOfTen().items({ signal }));
    },
    pages: async (signal: AbortSignal) => {
      for await (const _ of pagesOfTen().pages({ signal }));
    },
    parallel: (signal: AbortSignal) => bed.engine.scan(Post).parallel(3).all({ signal }),
  };

  it.each(Object.entries(waysToRead))("ends %s, whose answer is still held", async (_, read) => {
    const held = hold();
    bed.proxy.inject({ fault: held.fault });
    const stop = new AbortController();
    const reading = read(stop.signal);
    reading.catch(() => undefined);
    await held.arrived;
    stop.abort();
    await expect(reading).rejects.toBeInstanceOf(RequestAborted);
    held.release();
  });

  it.each(Object.entries(waysToRead))(
    "that was given before lets %s send nothing",
    async (_, read) => {
      await expect(read(AbortSignal.abort())).rejects.toBeInstanceOf(RequestAborted);
      expect(bed.proxy.operations).toEqual([]);
    },
  );
});

it("closing the session ends its loops at the next object", async () => {
  const session = bed.engine.session();
  let seen = 0;
  const loop = async () => {
    for await (const _ of session.query(Post).key({ forum: "a" }).pageSize(10)) {
      seen += 1;
      if (seen === 3) await session.close();
    }
  };
  await expect(loop()).rejects.toBeInstanceOf(SessionClosed);
  expect(seen).toBe(3);
});
