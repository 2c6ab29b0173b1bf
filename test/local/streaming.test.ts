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
  beforeAll(async () => {
    const more = [40, 41, 42, 43, 44].map((id) => new Post({ forum: "b", id }));
    const rest = Array.from({ length: 40 }, (_, id) => new Post({ forum: "b", id }));
    await bed.engine.save([...rest, ...more]);
  });

  beforeEach(() => bed.recorder.clear());

  const inTens = () => bed.engine.query(Post).key({ forum: "b" }).pageSize(10);

  const isProbe = ({ input }: (typeof bed.recorder.requests)[number]) =>
    JSON.stringify(input["ExpressionAttributeValues"])?.includes("nowhere");

  const answered = async () => {
    while (bed.recorder.requests.some(({ attempts }) => attempts === 0)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };

  /** The requests that were sent, once all that goes by itself has gone, and was answered. */
  const sentRequests = async () => {
    await answered();
    // What an answer lets go is under way before this has come back.
    await bed.engine.query(Post).key({ forum: "nowhere" }).count();
    await answered();
    return bed.recorder.requests.filter((request) => !isProbe(request));
  };
  const sent = async () => (await sentRequests()).length;

  it("fetches one page while another is worked on, and no more, at each item", async () => {
    const fetched: number[] = [];
    for await (const { id } of inTens())
      if (id % 10 < 2 || id % 10 === 9) fetched.push(await sent());
    // Five pages, of which the last is half full.
    expect(fetched).toEqual([2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5]);
  });

  it("does so for whole pages", async () => {
    const fetched: number[] = [];
    for await (const { items } of inTens().pages()) fetched.push(items.length, await sent());
    expect(fetched).toEqual([10, 2, 10, 3, 10, 4, 10, 5, 5, 5]);
  });

  it("fetches nothing before it is asked to, and nothing after the page that has all that is wanted", async () => {
    const rows = inTens().items();
    expect(await sent()).toBe(0);
    await rows.next();
    expect(await sent()).toBe(2);
    await rows.return();
    bed.recorder.clear();
    for await (const _ of inTens().limit(10)) expect(await sent()).toBe(1);
    bed.recorder.clear();
    for await (const { id } of inTens().limit(15)) if (id % 10 < 2) expect(await sent()).toBe(2);
  });

  it("reads of each segment of a parallel scan one page ahead at most", async () => {
    const scan = bed.engine.scan(Post).parallel(3).pageSize(5);
    let taken = 0;
    for await (const _ of scan.pages()) {
      taken += 1;
      const { length } = await sentRequests();
      // Each segment has one page on its way or waiting, beside those that were taken.
      expect(length).toBeLessThanOrEqual(taken + 3);
    }
    expect(taken).toBeGreaterThan(3);
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
