import { BatchWriteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { type FlushError, plain, type Session } from "dynalchemy";
import { describe, expect, it, vi } from "vitest";
import { makeClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import {
  dropAnswer,
  type Fault,
  garbageBody,
  hold,
  internalError,
  resetBefore,
  throttle,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
  truncatedBody,
} from "../support/faults.js";
import { Account, Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

/** One write of a flush, alone. */
interface Step {
  readonly title: string;
  readonly operation: string;
  /** Whether sending it twice would count twice, so that it is sent again only if it surely didn't land. */
  readonly counts?: true;
  /** Whether the flush itself sends it again, with a stricter guard, where the SDK has given up. */
  readonly isResent?: true;
  /** Whether the next flush asks again under the token, instead of reading. */
  readonly asksAgain?: true;
  readonly options?: { readonly transaction?: true; readonly exactlyOnce?: true };
  /** Whether it only asks, so that there is nothing to find out and it is asked again. */
  readonly onlyAsks?: true;
  readonly atomic?: false;
  /** Makes the work that the flush is to write, on items whose hash key is `place`; returns its objects. */
  work(session: Session, place: string): Promise<object[]>;
}

const stored = {
  views: { N: "3" },
  c: { S: "Hello" },
  tags: { SS: ["a", "b"] },
  unknown: { S: "u" },
};
const meta = { M: { author: { S: "ann" }, refs: { L: ["a", "b", "c", "d"].map((S) => ({ S })) } } };

const load = (session: Session, place: string, id = 1) =>
  session.require(Post, { forum: place, id });

const steps: readonly Step[] = [
  {
    title: "an add",
    operation: "PutItem",
    async work(session, place) {
      const post = new Post({ forum: place, id: 9, views: 1 });
      session.add(post);
      return [post];
    },
  },
  {
    title: "a put",
    operation: "PutItem",
    async work(session, place) {
      const post = new Post({ forum: place, id: 1, views: 1 });
      session.put(post);
      return [post];
    },
  },
  {
    title: "a set",
    operation: "UpdateItem",
    async work(session, place) {
      const post = await load(session, place);
      post.views = 4;
      post.content = undefined;
      if (post.meta) post.meta.author = "bob";
      return [post];
    },
  },
  {
    title: "a push onto a list",
    operation: "UpdateItem",
    isResent: true,
    async work(session, place) {
      const post = await load(session, place);
      post.meta?.refs.push("e", "f");
      return [post];
    },
  },
  {
    title: "a removal from a list",
    operation: "UpdateItem",
    isResent: true,
    async work(session, place) {
      const post = await load(session, place);
      post.meta?.refs.splice(1, 1);
      return [post];
    },
  },
  {
    title: "an unguarded push onto a list",
    operation: "UpdateItem",
    counts: true,
    atomic: false,
    async work(session, place) {
      const post = await load(session, place);
      post.meta?.refs.push("e");
      return [post];
    },
  },
  {
    title: "an unguarded removal from a list",
    operation: "UpdateItem",
    atomic: false,
    async work(session, place) {
      const post = await load(session, place);
      post.meta?.refs.splice(0, 1);
      return [post];
    },
  },
  {
    title: "a plus",
    operation: "UpdateItem",
    counts: true,
    async work(session, place) {
      const post = await load(session, place);
      session.update(post, { views: Post.views.plus(5) });
      return [post];
    },
  },
  {
    title: "members added to a set",
    operation: "UpdateItem",
    async work(session, place) {
      const post = await load(session, place);
      session.update(post, { tags: Post.tags.with("b", "c") });
      return [post];
    },
  },
  {
    title: "members taken out of a set",
    operation: "UpdateItem",
    async work(session, place) {
      const post = await load(session, place);
      session.update(post, { tags: Post.tags.without("a", "x") });
      return [post];
    },
  },
  {
    title: "an edit of a set",
    operation: "UpdateItem",
    async work(session, place) {
      const post = await load(session, place);
      post.tags?.delete("a");
      return [post];
    },
  },
  {
    title: "a blind update of a ref",
    operation: "UpdateItem",
    async work(session, place) {
      const ref = Post.ref({ forum: place, id: 1 });
      session.add(ref);
      ref.views = 4;
      ref.content = undefined;
      return [ref];
    },
  },
  {
    title: "an append",
    operation: "UpdateItem",
    counts: true,
    async work(session, place) {
      const post = await load(session, place);
      session.update(post, { meta: Post.meta.at("refs").append("z") as never, views: 4 });
      return [post];
    },
  },
  {
    title: "a version",
    operation: "UpdateItem",
    async work(session, place) {
      const account = await session.require(Account, { id: place });
      account.balance = 7;
      return [account];
    },
  },
  {
    title: "an upsert",
    operation: "UpdateItem",
    async work(session, place) {
      const post = new Post({ forum: place, id: 1, content: "new" });
      session.upsert(post);
      return [post];
    },
  },
  {
    title: "an upsert that counts versions",
    operation: "UpdateItem",
    counts: true,
    async work(session, place) {
      const account = new Account({ id: place, owner: "bob" });
      session.upsert(account);
      return [account];
    },
  },
  {
    title: "a delete",
    operation: "DeleteItem",
    async work(session, place) {
      const post = await load(session, place);
      session.delete(post);
      return [post];
    },
  },
  {
    title: "a delete and an add of the same key",
    operation: "PutItem",
    async work(session, place) {
      session.delete(await load(session, place));
      const post = new Post({ forum: place, id: 1, views: 1 });
      session.add(post);
      return [post];
    },
  },
  {
    title: "a delete and an add of the same key with a version",
    operation: "PutItem",
    async work(session, place) {
      session.delete(await session.require(Account, { id: place }));
      const account = new Account({ id: place, balance: 1 });
      session.add(account);
      return [account];
    },
  },
  {
    title: "a batch",
    operation: "BatchWriteItem",
    async work(session, place) {
      const puts = [2, 3].map((id) => new Post({ forum: place, id, views: id }));
      const ref = Post.ref({ forum: place, id: 1 });
      session.put(puts);
      session.delete(ref);
      return [...puts, ref];
    },
  },
  {
    title: "a transaction",
    operation: "TransactWriteItems",
    options: { transaction: true },
    async work(session, place) {
      const added = new Post({ forum: place, id: 9 });
      const edited = await load(session, place);
      const removed = await load(session, place, 2);
      session.add(added);
      edited.views = 4;
      session.delete(removed);
      session.check(Account, { id: place }, Account.balance.eq(0));
      return [added, edited, removed];
    },
  },
  {
    title: "a check alone",
    operation: "TransactWriteItems",
    onlyAsks: true,
    async work(session, place) {
      session.check(Account, { id: place }, Account.balance.eq(0));
      return [];
    },
  },
  {
    title: "upserts in a transaction",
    operation: "TransactWriteItems",
    options: { transaction: true },
    async work(session, place) {
      const posts = [1, 9].map((id) => new Post({ forum: place, id, content: "new" }));
      session.upsert(posts);
      return posts;
    },
  },
  {
    title: "an upsert that counts versions in a transaction",
    operation: "TransactWriteItems",
    options: { transaction: true },
    asksAgain: true,
    async work(session, place) {
      const account = new Account({ id: place, owner: "bob" });
      const post = new Post({ forum: place, id: 1, content: "new" });
      session.upsert([account, post]);
      return [account, post];
    },
  },
  {
    title: "a plus that counts exactly once",
    operation: "TransactWriteItems",
    options: { exactlyOnce: true },
    asksAgain: true,
    async work(session, place) {
      const post = await load(session, place);
      session.update(post, { views: Post.views.plus(5) });
      return [post];
    },
  },
  {
    title: "a move",
    operation: "TransactWriteItems",
    async work(session, place) {
      const post = await load(session, place);
      post.views = 4;
      session.move(post, { forum: place, id: 9 });
      return [post];
    },
  },
];

interface Trouble {
  readonly title: string;
  /** `lost`: nobody can tell whether it landed; `refused`: it surely didn't. */
  readonly kind: "lost" | "refused";
  readonly fault: () => Fault;
  /** For which operations; default: all. */
  readonly suits?: (operation: string) => boolean;
  /** Whether the SDK gives up at once. */
  readonly isFinal?: true;
}

const isTransaction = (operation: string) => operation === "TransactWriteItems";

const troubles: readonly Trouble[] = [
  { title: "the answer is dropped", kind: "lost", fault: dropAnswer },
  { title: "the connection is reset before", kind: "lost", fault: resetBefore },
  { title: "500 comes before it lands", kind: "lost", fault: () => internalError() },
  {
    title: "500 comes after it landed",
    kind: "lost",
    fault: () => internalError({ landed: true }),
  },
  { title: "the answer is truncated", kind: "lost", fault: truncatedBody },
  { title: "the answer is garbage", kind: "lost", fault: () => garbageBody(), isFinal: true },
  { title: "a gateway answers 502", kind: "lost", fault: () => garbageBody("<html>", 502) },
  { title: "it is throttled", kind: "refused", fault: () => throttle() },
  { title: "it is limited", kind: "refused", fault: () => throttle("ThrottlingException") },
  {
    title: "a transaction holds the item",
    kind: "refused",
    fault: transactionConflict,
    suits: (operation) => !isTransaction(operation) && operation !== "BatchWriteItem",
  },
  {
    title: "it meets another transaction",
    kind: "refused",
    fault: () => transactionCancelled(),
    suits: isTransaction,
  },
  {
    title: "it is still in progress",
    kind: "lost",
    fault: transactionInProgress,
    suits: isTransaction,
  },
];

type Outcome = "acknowledged" | "uncertain" | "failed";

describeOnLocal("when", () => {
  const direct = makeClient();
  let bed: FaultBed;
  let places = 0;
  useFaultBed([Post, Account], (made) => {
    bed = made;
  });

  for (const step of steps) {
    describe(`${step.title} (${step.operation})`, () => {
      for (const trouble of troubles) {
        if (trouble.suits && !trouble.suits(step.operation)) continue;
        const { title, kind } = trouble;
        const once = onceOutcome(step, trouble);
        it(`${title} once: ${once}`, () => check(step, trouble.fault(), 1, once));
        const always = kind === "lost" ? "uncertain" : "failed";
        it(`${title} each time: ${always}`, () => check(step, trouble.fault(), 1000, always));
      }

      it("it is given up after it landed: uncertain", async () => {
        const held = hold({ landed: true });
        await check(step, held.fault, 1, "uncertain", { giveUpAt: held.arrived });
        held.release();
      });

      it("it is given up and lands late: uncertain", async () => {
        const held = hold();
        await check(step, held.fault, 1, "uncertain", {
          giveUpAt: held.arrived,
          async afterwards() {
            held.release();
            await arrivalOf(step);
          },
        });
      });

      if (!step.counts) {
        it("it is given up, sent again, and the first one lands after that: the same", async () => {
          const held = hold();
          const { session, place } = await prepare(step);
          bed.proxy.inject({ operation: step.operation, fault: held.fault });
          const given = new AbortController();
          void held.arrived.then(() => given.abort());
          await outcomeOf(session.flush({ ...step.options, signal: given.signal }));
          await session.flush(step.options);
          const after = await tableAt(place);
          expect(after).toEqual(await wanted(step));
          held.release();
          await arrivalOf(step);
          expect(await tableAt(place)).toEqual(after);
          await session.close();
        });
      }
    });
  }

  function onceOutcome(step: Step, { kind, isFinal }: Trouble): Outcome {
    const isTold = isTransaction(step.operation);
    if (kind === "refused" || isTold) return "acknowledged";
    return step.counts || (isFinal && !step.isResent) ? "uncertain" : "acknowledged";
  }

  /** What the table holds where nothing goes wrong. */
  const golden = new Map<Step, Promise<Table>>();
  function wanted(step: Step): Promise<Table> {
    const known = golden.get(step);
    if (known !== undefined) return known;
    const run = (async () => {
      const { session, place } = await prepare(step);
      await session.flush(step.options);
      await session.close();
      return tableAt(place);
    })();
    golden.set(step, run);
    return run;
  }

  async function prepare(step: Step) {
    places += 1;
    const place = `place${places}`;
    const posts = ["1", "2"].map((N) => ({ forum: { S: place }, id: { N }, ...stored, meta }));
    const account = { id: { S: place }, balance: { N: "0" }, version: { N: "1" } };
    await direct.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [bed.tableName(Post)]: posts.map((Item) => ({ PutRequest: { Item } })),
          [bed.tableName(Account)]: [{ PutRequest: { Item: account } }],
        },
      }),
    );
    const session = bed.engine.session(step.atomic === false ? { atomic: false } : {});
    const objects = await step.work(session, place);
    bed.proxy.reset();
    bed.recorder.clear();
    return { session, place, objects };
  }

  /** Waits until the request that was held is carried out. */
  async function arrivalOf({ operation }: Step): Promise<void> {
    const first = bed.proxy.log.find((request) => request.operation === operation);
    await vi.waitFor(() =>
      expect(first?.outcome).toContainEqual(expect.stringMatching("forwarded")),
    );
  }

  interface GivingUp {
    readonly giveUpAt?: Promise<void>;
    readonly afterwards?: () => Promise<void>;
  }

  async function check(
    step: Step,
    fault: Fault,
    times: number,
    outcome: Outcome,
    { giveUpAt, afterwards }: GivingUp = {},
  ): Promise<void> {
    const after = await wanted(step);
    const { session, place, objects } = await prepare(step);
    const before = await tableAt(place);
    const states = () => objects.map((object) => session.state(object));
    const statesBefore = states();
    bed.proxy.inject({ operation: step.operation, fault, times });
    const given = new AbortController();
    void giveUpAt?.then(() => given.abort());

    expect(await outcomeOf(session.flush({ ...step.options, signal: given.signal }))).toBe(outcome);
    await afterwards?.();

    const table = await tableAt(place);
    const hasLanded = JSON.stringify(table) === JSON.stringify(after);
    if (!hasLanded) expect(table).toEqual(before);
    if (outcome === "acknowledged") expect(table).toEqual(after);
    if (outcome === "failed") {
      expect(table).toEqual(before);
      expect(states()).toEqual(statesBefore);
    }
    if (outcome === "uncertain") expect(states()).toEqual(objects.map(() => "uncertain"));

    bed.proxy.reset();
    bed.recorder.clear();
    if (step.counts && outcome === "uncertain") {
      // No read tells: it says so until the object is read anew.
      expect(await outcomeOf(session.flush(step.options))).toBe("uncertain");
      expect(bed.recorder.operations).toEqual(["GetItem"]);
      expect(await tableAt(place)).toEqual(table);
      await session.refresh(objects);
      expect(await session.commit(step.options)).toEqual({ written: [], requests: 0 });
      await expectTruth(session, objects);
      return session.close();
    }
    const again = await session.flush(step.options);
    const sent = bed.recorder.operations.filter((operation) => operation === step.operation);
    const read = bed.recorder.operations.filter((operation) => /Get/.test(operation));
    const asksAgain = step.onlyAsks || (step.asksAgain && outcome === "uncertain");
    expect(sent).toHaveLength(outcome === "acknowledged" || (hasLanded && !asksAgain) ? 0 : 1);
    expect(read).toHaveLength(outcome === "uncertain" && !asksAgain ? 1 : 0);
    expect(again.requests).toBe(sent.length + read.length);
    expect(await tableAt(place)).toEqual(after);

    bed.recorder.clear();
    expect(await session.commit(step.options)).toEqual({ written: [], requests: 0 });
    expect([session.new.size, session.dirty.size, session.deleted.size]).toEqual([0, 0, 0]);
    await expectTruth(session, objects);
    await session.close();
  }

  /** What the session believes of each object is what the table holds. */
  async function expectTruth(session: Session, objects: readonly object[]): Promise<void> {
    await using fresh = bed.engine.session({ consistent: true });
    for (const object of objects) {
      const model = object instanceof Post ? Post : Account;
      const key =
        object instanceof Post
          ? { forum: object.forum, id: object.id }
          : { id: (object as Account).id };
      const found = await fresh.get(model as typeof Post, key as never);
      if (found === undefined) {
        expect(session.state(object)).toBe("deleted");
      } else {
        expect(session.state(object)).toBe("persistent");
        expect(plain(found)).toMatchObject(plain(object));
        expect(session.changes(object)).toEqual([]);
      }
    }
  }

  async function outcomeOf(flush: Promise<unknown>): Promise<Outcome> {
    try {
      await flush;
      return "acknowledged";
    } catch (error) {
      const { code, failures } = error as FlushError;
      expect(code).toBe("FLUSH_ERROR");
      return failures.some(({ isUncertain }) => isUncertain) ? "uncertain" : "failed";
    }
  }

  type Table = readonly Readonly<Record<string, unknown>>[];

  /** All items of one place, without the name of the place. */
  async function tableAt(place: string): Promise<Table> {
    const { Items: posts = [] } = await direct.send(
      new QueryCommand({
        TableName: bed.tableName(Post),
        KeyConditionExpression: "forum = :place",
        ExpressionAttributeValues: { ":place": { S: place } },
        ConsistentRead: true,
      }),
    );
    const account = await bed.stored(Account, { id: place });
    return [...posts, account ?? {}].map((item) =>
      Object.fromEntries(
        Object.entries(item)
          .filter(
            ([name, value]) => name !== "forum" && (name !== "id" || "N" in (value as object)),
          )
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    );
  }
});
