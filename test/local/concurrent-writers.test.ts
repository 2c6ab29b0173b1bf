import { type FlushError, RequestFailed, type Session } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import {
  dropAnswer,
  type Fault,
  internalError,
  resetBefore,
  throttle,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
  truncatedBody,
} from "../support/faults.js";
import { Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

const anywhere: readonly (() => Fault)[] = [
  dropAnswer,
  resetBefore,
  truncatedBody,
  () => internalError(),
  () => internalError({ landed: true }),
  () => throttle(),
];
const ofTransactions = [...anywhere, () => transactionCancelled(), transactionInProgress];
const ofSingles = [...anywhere, transactionConflict];

describeOnLocal("one counter and many writers:", () => {
  let bed: FaultBed;
  let counters = 0;
  useFaultBed([Post], (made) => {
    bed = made;
  });

  async function counter() {
    bed.proxy.reset();
    counters += 1;
    const key = { forum: `counter${counters}`, id: 1 };
    await bed.store(Post, { forum: { S: key.forum }, id: { N: "1" }, views: { N: "0" } });
    return key;
  }

  const total = async (key: object) => {
    const views = (await bed.stored(Post, key))?.["views"];
    return views !== undefined && "N" in views ? Number(views.N) : undefined;
  };

  /** Three of ten requests meet a fault, always the same ones. */
  function disturb(operation: string, faults: readonly (() => Fault)[]): void {
    let state = counters;
    const roll = (sides: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * sides);
    };
    bed.proxy.inject({
      operation,
      times: Number.POSITIVE_INFINITY,
      fault: async (exchange) => {
        if (roll(10) < 3) await faults[roll(faults.length)]?.()(exchange);
      },
    });
  }

  const writers = Array.from({ length: 12 }, (_, at) => at);
  /** A read may lose all its attempts to faults, and can be asked for again. */
  const load = async (session: Session, key: { forum: string; id: number }): Promise<Post> => {
    for (let left = 5; ; left--) {
      try {
        return await session.require(Post, key);
      } catch (error) {
        if (!(error instanceof RequestFailed && error.isRetryable && left > 0)) throw error;
      }
    }
  };

  for (const withFaults of [false, true]) {
    const when = withFaults ? "while requests get lost" : "in peace";

    it(`each reads, adds one and commits by engine.transaction, ${when}: the total is exact`, async () => {
      const key = await counter();
      if (withFaults) {
        disturb("TransactWriteItems", ofTransactions);
        disturb("UpdateItem", ofSingles);
        disturb("GetItem", anywhere.slice(0, 4));
      }
      const increment = () =>
        bed.engine.transaction(
          async (session) => {
            // A second write, so that it is a transaction indeed.
            session.put(new Post({ forum: key.forum, id: 2 }));
            (await load(session, key)).views += 1;
          },
          { attempts: 500 },
        );
      const done = await Promise.allSettled(writers.map(increment));
      expect(done.filter(({ status }) => status === "rejected")).toEqual([]);
      expect(await total(key)).toBe(writers.length);
    });

    it(`each gives a plus to engine.transaction, ${when}: the total is exact`, async () => {
      const key = await counter();
      if (withFaults) disturb("TransactWriteItems", ofTransactions);
      const increment = () =>
        bed.engine.transaction(
          async (session) => {
            session.put(new Post({ forum: key.forum, id: 2 }));
            session.update(await load(session, key), { views: Post.views.plus(1) });
          },
          { attempts: 500 },
        );
      await Promise.all(writers.map(increment));
      expect(await total(key)).toBe(writers.length);
    });

    it(`each commits plus(1) until it is written, exactly once, ${when}: the total is exact`, async () => {
      const key = await counter();
      if (withFaults) disturb("TransactWriteItems", ofTransactions);
      const increment = async () => {
        await using session = bed.engine.session({ exactlyOnce: true });
        session.update(await load(session, key), { views: Post.views.plus(1) });
        await session.commit();
      };
      await Promise.all(writers.map(increment));
      expect(await total(key)).toBe(writers.length);
    });
  }

  it("each commits plus(1) by single updates, in peace: the total is exact, without a conflict", async () => {
    const key = await counter();
    const increment = async () => {
      await using session = bed.engine.session();
      const post = await load(session, key);
      for (let round = 0; round < 3; round++) {
        session.update(post, { views: Post.views.plus(1) });
        await session.commit();
      }
    };
    await Promise.all(writers.map(increment));
    expect(await total(key)).toBe(writers.length * 3);
  });

  it("each commits plus(1) by single updates while requests get lost: no more than once, and once where it is said", async () => {
    const key = await counter();
    disturb("UpdateItem", ofSingles);
    const increment = async () => {
      await using session = bed.engine.session();
      session.update(await load(session, key), { views: Post.views.plus(1) });
      return session.commit().then(
        () => "written" as const,
        (error: FlushError) => {
          expect(error.code).toBe("FLUSH_ERROR");
          return error.uncertain.length > 0 ? ("uncertain" as const) : ("failed" as const);
        },
      );
    };
    const told = await Promise.all(writers.map(increment));
    const count = (what: string) => told.filter((each) => each === what).length;
    expect(count("uncertain")).toBeGreaterThan(0);
    expect(await total(key)).toBeGreaterThanOrEqual(count("written"));
    expect(await total(key)).toBeLessThanOrEqual(count("written") + count("uncertain"));
  });
});
