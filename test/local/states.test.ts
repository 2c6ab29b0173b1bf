import { InvalidState, type ObjectState, type Session } from "dynalchemy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../src/session/object-states.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { dropAnswer } from "../support/faults.js";
import { Post } from "../support/models.js";
import { makeFaultBed } from "../support/test-bed.js";

/** Every row of the table in src. */
type Operation = keyof typeof rules;

interface Expected {
  /** The state after the operation; default: as before. */
  readonly state?: ObjectState;
  /** Whether the operation is refused. */
  readonly isRefused?: true;
  /** What the operation itself sends. */
  readonly now?: readonly string[];
  /** What the next flush sends; default: what it would without the operation. */
  readonly flush?: readonly string[];
  /** The `views` of the stored item after that flush; null: there is none. Default: as without the operation. */
  readonly views?: number | null;
  /** The state after that flush; default: as without the operation. */
  readonly finally?: ObjectState;
}

/** What a flush does with an object in each state when nothing else was done: semantics §3, "flush ok". */
const flushed: Record<ObjectState, Required<Pick<Expected, "flush" | "views" | "finally">>> = {
  transient: { flush: [], views: null, finally: "transient" },
  pending: { flush: ["PutItem"], views: 1, finally: "persistent" },
  persistent: { flush: [], views: 3, finally: "persistent" },
  "delete-marked": { flush: ["DeleteItem"], views: null, finally: "deleted" },
  deleted: { flush: [], views: null, finally: "deleted" },
  detached: { flush: [], views: 3, finally: "detached" },
  expired: { flush: [], views: 3, finally: "expired" },
  uncertain: { flush: ["GetItem"], views: 5, finally: "persistent" },
};

const refused: Expected = { isRefused: true };
const rests: Expected = {};
const inserted: Expected = {
  state: "pending",
  flush: ["PutItem"],
  views: 1,
  finally: "persistent",
};
const replaced: Expected = { state: "persistent", flush: ["PutItem"], finally: "persistent" };
const deleted: Expected = {
  state: "delete-marked",
  flush: ["DeleteItem"],
  views: null,
  finally: "deleted",
};
const updated: Expected = { flush: ["UpdateItem"], views: 7, finally: "persistent" };
const gone: Expected = { state: "detached", flush: [], finally: "detached" };
const forgotten: Expected = { state: "transient", flush: [], views: null, finally: "transient" };
const read: Expected = { now: ["GetItem"] };
const known: Expected = { state: "persistent", now: ["GetItem"], flush: [], finally: "persistent" };

type Row = Record<ObjectState, Expected>;

const expected: Record<Operation, Row> = {
  add: {
    transient: inserted,
    pending: rests,
    persistent: rests,
    "delete-marked": { state: "persistent", flush: [], views: 3, finally: "persistent" },
    deleted: refused,
    detached: { state: "persistent", finally: "persistent" },
    expired: rests,
    uncertain: rests,
  },
  put: {
    transient: inserted,
    pending: inserted,
    persistent: replaced,
    "delete-marked": { ...replaced, views: 3 },
    deleted: refused,
    detached: replaced,
    expired: refused,
    uncertain: refused,
  },
  upsert: {
    transient: { ...inserted, flush: ["UpdateItem"] },
    pending: { ...inserted, flush: ["UpdateItem"] },
    persistent: refused,
    "delete-marked": refused,
    deleted: refused,
    detached: refused,
    expired: refused,
    uncertain: refused,
  },
  delete: {
    transient: refused,
    pending: forgotten,
    persistent: deleted,
    "delete-marked": deleted,
    deleted: rests,
    detached: deleted,
    expired: deleted,
    uncertain: deleted,
  },
  update: {
    transient: refused,
    pending: { views: 7 },
    persistent: updated,
    "delete-marked": refused,
    deleted: refused,
    detached: { ...updated, state: "persistent" },
    expired: updated,
    uncertain: { ...updated, flush: ["GetItem", "UpdateItem"] },
  },
  refresh: {
    transient: refused,
    pending: refused,
    persistent: known,
    "delete-marked": refused,
    deleted: refused,
    detached: refused,
    expired: known,
    uncertain: known,
  },
  expire: {
    transient: refused,
    pending: refused,
    persistent: { state: "expired", finally: "expired" },
    "delete-marked": refused,
    deleted: refused,
    detached: refused,
    expired: rests,
    uncertain: rests,
  },
  expunge: {
    transient: refused,
    pending: forgotten,
    persistent: gone,
    "delete-marked": { ...gone, views: 3 },
    deleted: rests,
    detached: refused,
    expired: gone,
    uncertain: gone,
  },
  merge: {
    // The object itself stays outside; a copy is written.
    transient: { now: ["GetItem"], flush: ["PutItem"], views: 1 },
    pending: rests,
    persistent: rests,
    "delete-marked": refused,
    deleted: refused,
    detached: read,
    expired: known,
    uncertain: known,
  },
  move: {
    transient: refused,
    pending: refused,
    persistent: { flush: ["GetItem", "TransactWriteItems"], views: null },
    "delete-marked": refused,
    deleted: refused,
    detached: refused,
    expired: refused,
    uncertain: refused,
  },
  edit: {
    transient: rests,
    pending: { views: 7 },
    persistent: updated,
    "delete-marked": rests,
    deleted: rests,
    detached: rests,
    expired: updated,
    uncertain: { ...updated, flush: ["GetItem", "UpdateItem"] },
  },
  get: {
    transient: read,
    pending: rests,
    persistent: rests,
    "delete-marked": rests,
    deleted: read,
    detached: read,
    expired: known,
    uncertain: known,
  },
  // Of an object that was edited, where an edit is written.
  flush: {
    transient: rests,
    pending: { state: "persistent", now: ["PutItem"], flush: [] },
    persistent: { now: ["UpdateItem"], flush: [], views: 7 },
    "delete-marked": { state: "deleted", now: ["DeleteItem"], flush: [] },
    deleted: rests,
    detached: rests,
    expired: {
      state: "persistent",
      now: ["UpdateItem"],
      flush: [],
      views: 7,
      finally: "persistent",
    },
    uncertain: { state: "persistent", now: ["GetItem", "UpdateItem"], flush: [], views: 7 },
  },
  // Edited, or to be added or deleted, while somebody else writes views = 8, or deletes what was
  // expired. What was refused stays to be written, and the next flush meets the same conflict.
  unmet: {
    transient: { views: 8 },
    pending: { now: ["PutItem"], views: 8, finally: "pending" },
    persistent: { now: ["UpdateItem"], flush: ["UpdateItem"], views: 8 },
    "delete-marked": { now: ["DeleteItem"], views: 8, finally: "delete-marked" },
    deleted: { views: 8 },
    detached: { views: 8 },
    expired: { now: ["UpdateItem"], flush: ["UpdateItem"], views: null },
    uncertain: {
      now: ["GetItem", "UpdateItem"],
      flush: ["UpdateItem"],
      state: "persistent",
      views: 8,
    },
  },
  // The same without a rival, while the answers are lost.
  unknown: {
    transient: rests,
    pending: { state: "uncertain", now: ["PutItem"], flush: ["GetItem"] },
    persistent: { state: "uncertain", now: ["UpdateItem"], flush: ["GetItem"], views: 7 },
    "delete-marked": { state: "uncertain", now: ["DeleteItem"], flush: ["GetItem"] },
    deleted: rests,
    detached: rests,
    expired: { ...updated, state: "uncertain", now: ["UpdateItem"], flush: ["GetItem"] },
    uncertain: { now: ["GetItem", "UpdateItem"], views: 7 },
  },
  rollback: {
    transient: rests,
    pending: forgotten,
    persistent: rests,
    "delete-marked": { state: "persistent", flush: [], views: 3, finally: "persistent" },
    deleted: rests,
    detached: rests,
    expired: rests,
    uncertain: { state: "expired", flush: [], finally: "expired" },
  },
  // A closed session flushes nothing.
  close: {
    transient: rests,
    pending: forgotten,
    persistent: gone,
    "delete-marked": { ...gone, views: 3 },
    deleted: rests,
    detached: rests,
    expired: gone,
    uncertain: gone,
  },
};

type Bed = Awaited<ReturnType<typeof makeFaultBed>>;

describeOnLocal("an object that is", () => {
  let bed: Bed;
  let session: Session;
  let count = 0;
  beforeAll(async () => {
    bed = await makeFaultBed([Post]);
  });
  afterAll(() => bed.proxy.close());

  const states = Object.keys(flushed) as ObjectState[];
  for (const state of states) {
    describe(state, () => {
      for (const operation of Object.keys(expected) as Operation[]) {
        const wanted = { ...flushed[state], ...expected[operation][state] };
        it(titleOf(operation, wanted), () => check(operation, state, wanted));
      }
    });
  }

  function titleOf(operation: string, { isRefused, state, now = [], flush = [] }: Expected) {
    const sent = [...now, ...(now.length > 0 ? ["then"] : []), ...flush].join(" ");
    return `${operation}: ${isRefused ? "is refused" : (state ?? "stays")}; sends ${sent || "nothing"}`;
  }

  async function check(operation: Operation, state: ObjectState, wanted: Expected) {
    const { recorder } = bed;
    count += 1;
    const key = { forum: "states", id: count };
    session = bed.engine.session();
    const post = await make(state, key);
    expect(session.state(post)).toBe(state);
    bed.proxy.reset();
    recorder.clear();
    expectRule(operation, state, wanted);

    const act = () => run(operation, post, key, state);
    if (wanted.isRefused) {
      const error = await act().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidState);
      expect(error).toMatchObject({ operation, state });
      expect(String(error)).toContain("Post");
    } else {
      await act();
    }
    expect(recorder.operations).toEqual(wanted.now ?? []);
    expect(session.state(post)).toBe(wanted.state ?? state);

    recorder.clear();
    bed.proxy.reset();
    if (!session.isClosed) {
      await session.flush().catch((error: unknown) => {
        if (operation !== "unmet") throw error;
      });
    }
    expect(recorder.operations).toEqual(wanted.flush);
    const item = await bed.stored(Post, key);
    expect(item ? Number((item["views"] as { N: string }).N) : null).toBe(wanted.views);
    expect(session.state(post)).toBe(wanted.finally);
    await session.close();
  }

  /** The table in src says the same as the one above. */
  function expectRule(operation: Operation, state: ObjectState, wanted: Expected): void {
    const rule = rules[operation][state];
    const after = wanted.state ?? state;
    if (typeof rule === "object") expect(wanted.isRefused).toBe(true);
    else if (rule === "rests") expect({ after, now: wanted.now }).toEqual({ after: state });
    else if (rule !== "acts") expect(after).toBe(rule);
    else if (state !== "uncertain") expect(after).toBe(state);
    if (typeof rule === "string") expect(wanted.isRefused).toBeUndefined();
    if (operation === "edit") expect(rule).toBe(wanted.views === 7 ? "acts" : "rests");
  }

  /** A post in this state; those that were stored have 3 views, new ones 1, and 5 is what was written in vain. */
  async function make(state: ObjectState, key: { forum: string; id: number }): Promise<Post> {
    if (state === "transient" || state === "pending") {
      const post = new Post({ ...key, views: 1 });
      if (state === "pending") session.add(post);
      return post;
    }
    await bed.store(Post, {
      forum: { S: key.forum },
      id: { N: String(key.id) },
      views: { N: "3" },
    });
    const post = await session.require(Post, key);
    if (state === "delete-marked") session.delete(post);
    if (state === "deleted") {
      session.delete(post);
      await session.flush();
    }
    if (state === "detached") session.expunge(post);
    if (state === "expired") session.expire(post);
    if (state === "uncertain") {
      post.views = 5;
      loseAnswers();
      await expect(session.flush()).rejects.toMatchObject({ uncertain: [post] });
    }
    return post;
  }

  function loseAnswers(): void {
    const operation = ["PutItem", "UpdateItem", "DeleteItem"];
    bed.proxy.inject({ operation, fault: dropAnswer(), times: 4 });
  }

  async function run(
    operation: Operation,
    post: Post,
    key: { forum: string; id: number },
    state: ObjectState,
  ): Promise<void> {
    const isEditable = ["persistent", "expired", "uncertain"].includes(state);
    switch (operation) {
      case "update":
        return session.update(post, { views: 7 });
      case "move":
        return session.move(post, { ...key, forum: "elsewhere" });
      case "refresh":
        return session.refresh(post);
      case "merge": {
        const merged = await session.merge(post);
        const isTracked = !["transient", "detached"].includes(state);
        expect(merged === post).toBe(isTracked);
        expect(merged.views).toBe(state === "transient" || state === "pending" ? 1 : post.views);
        return;
      }
      case "edit":
        post.views = 7;
        expect(session.dirty.has(post)).toBe(state in { persistent: 1, expired: 1 });
        return;
      case "get": {
        const found = await session.get(Post, key);
        if (["pending", "persistent", "expired", "uncertain"].includes(state)) {
          expect(found).toBe(post);
        } else if (state === "detached") {
          expect(found).not.toBe(post);
          expect(found?.views).toBe(3);
        } else {
          expect(found).toBeUndefined();
        }
        return;
      }
      case "flush":
        if (isEditable) post.views = 7;
        await session.flush();
        return;
      case "unmet": {
        if (isEditable) post.views = 7;
        const { forum, id } = key;
        // Nothing is known of an expired one but that it exists.
        if (state === "expired") await bed.remove(Post, key);
        else {
          await bed.store(Post, { forum: { S: forum }, id: { N: String(id) }, views: { N: "8" } });
        }
        const isSent = isEditable || state in { pending: 1, "delete-marked": 1 };
        const flushing = session.flush();
        if (isSent) await expect(flushing).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
        else await flushing;
        return;
      }
      case "unknown": {
        if (isEditable) post.views = 7;
        loseAnswers();
        const isSent = isEditable || state in { pending: 1, "delete-marked": 1 };
        const flushing = session.flush();
        if (isSent) await expect(flushing).rejects.toMatchObject({ uncertain: [post] });
        else await flushing;
        return;
      }
      case "rollback": {
        if (state === "persistent") post.views = 7;
        await session.rollback();
        if (state === "persistent") expect(post.views).toBe(3);
        if (state === "pending") expect(post.views).toBe(1);
        return;
      }
      case "close":
        return session.close();
      default:
        return session[operation](post);
    }
  }
});
