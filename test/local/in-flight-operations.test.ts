import { type FlushError, InvalidState, type ObjectState, plain, type Session } from "dynalchemy";
import { describe, expect, it } from "vitest";
import type { ObjectOperation } from "../../src/session/object-states.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { dropAnswer, type Fault, hold, resetBefore } from "../support/faults.js";
import { Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

/** The write of the object that is under way: `views` 1 is inserted, 3 becomes 4, 3 is deleted. */
const writes = ["insert", "update", "delete"] as const;
type Write = (typeof writes)[number];

/** What becomes of its answer: it comes late; it is lost; it is lost, and the write never landed. */
const answers = ["told", "lost", "never"] as const;
type Answer = (typeof answers)[number];

interface Facts {
  /** The object's state while the write is under way, after the operation was called. */
  readonly during: ObjectState;
  /** Its state once the flush, and what waited for it, is over. */
  readonly after: ObjectState;
  /** The stored `views` by then; null: there is no item. */
  readonly table: number | null;
  /** The object's `views` by then; null: reading it throws. */
  readonly holds: number | null;
  /** What the next flush sends. */
  readonly sends: readonly string[];
  /** What the table holds after that. */
  readonly views: number | null;
  readonly finally: ObjectState;
}

interface Expected extends Partial<Facts> {
  /** Whether the operation is refused; then all is as without it. */
  readonly isRefused?: true;
  /** What `get` and `merge` find. Default: the object. */
  readonly finds?: "nothing";
  /** The code with which the next flush fails. */
  readonly error?: string;
  /** The `views` under the key to which the object moves. */
  readonly elsewhere?: number;
}

/** What happens if nothing is done beside the flush. */
const baseline: Record<Write, Record<Answer, Facts>> = {
  insert: {
    told: {
      during: "pending",
      after: "persistent",
      table: 1,
      holds: 1,
      sends: [],
      views: 1,
      finally: "persistent",
    },
    lost: {
      during: "pending",
      after: "uncertain",
      table: 1,
      holds: 1,
      sends: ["GetItem"],
      views: 1,
      finally: "persistent",
    },
    never: {
      during: "pending",
      after: "uncertain",
      table: null,
      holds: 1,
      sends: ["GetItem", "PutItem"],
      views: 1,
      finally: "persistent",
    },
  },
  update: {
    told: {
      during: "persistent",
      after: "persistent",
      table: 4,
      holds: 4,
      sends: [],
      views: 4,
      finally: "persistent",
    },
    lost: {
      during: "persistent",
      after: "uncertain",
      table: 4,
      holds: 4,
      sends: ["GetItem"],
      views: 4,
      finally: "persistent",
    },
    never: {
      during: "persistent",
      after: "uncertain",
      table: 3,
      holds: 4,
      sends: ["GetItem", "UpdateItem"],
      views: 4,
      finally: "persistent",
    },
  },
  delete: {
    told: {
      during: "delete-marked",
      after: "deleted",
      table: null,
      holds: 3,
      sends: [],
      views: null,
      finally: "deleted",
    },
    lost: {
      during: "delete-marked",
      after: "uncertain",
      table: null,
      holds: 3,
      sends: ["GetItem"],
      views: null,
      finally: "deleted",
    },
    never: {
      during: "delete-marked",
      after: "uncertain",
      table: 3,
      holds: 3,
      sends: ["GetItem", "DeleteItem"],
      views: null,
      finally: "deleted",
    },
  },
};

/** How the operation makes it otherwise, whatever the answer, or by answer. */
type Cell = Expected & Partial<Record<Answer, Expected>>;

const rests: Cell = {};
const refused: Cell = { isRefused: true };

/** A further write, after the one under way; where that is in doubt, after finding out. */
const further = (operation: string, facts: Expected): Cell => ({
  ...facts,
  told: { sends: [operation] },
  lost: { sends: ["GetItem", operation] },
  never: { sends: ["GetItem", operation] },
});

const known: Expected = { after: "persistent", sends: [], finally: "persistent" };
const dropped: Expected = { after: "expired", holds: null, sends: [], finally: "expired" };
const edited = further("UpdateItem", { holds: 7, views: 7 });
/** The insert that never landed takes the new value along. */
const editedInsert: Cell = { ...edited, never: { sends: ["GetItem", "PutItem"] } };
const deletedAfter: Cell = {
  ...further("DeleteItem", { during: "delete-marked", views: null, finally: "deleted" }),
  told: { after: "delete-marked", sends: ["DeleteItem"] },
};

const expected: Record<ObjectOperation, Record<Write, Cell>> = {
  add: {
    insert: rests,
    update: rests,
    // It is to be there after all: what is gone by then is written anew.
    delete: {
      during: "persistent",
      views: 3,
      finally: "persistent",
      told: { after: "pending", sends: ["PutItem"] },
      lost: { sends: ["GetItem", "PutItem"] },
      never: { sends: ["GetItem"] },
    },
  },
  put: {
    insert: further("PutItem", {}),
    update: further("PutItem", {}),
    delete: {
      ...further("PutItem", { during: "persistent", views: 3, finally: "persistent" }),
      told: { after: "pending", sends: ["PutItem"] },
    },
  },
  upsert: { insert: further("UpdateItem", {}), update: refused, delete: refused },
  delete: {
    insert: {
      ...deletedAfter,
      // There is nothing to delete.
      never: { sends: ["GetItem"], finally: "transient" },
    },
    update: deletedAfter,
    delete: rests,
  },
  edit: { insert: editedInsert, update: edited, delete: { holds: 7 } },
  update: {
    insert: refused,
    update: {
      lost: { sends: ["GetItem", "UpdateItem"], views: 14 },
      told: { sends: ["UpdateItem"], views: 14 },
      // The edit, which was to be written first, wasn't: one column can't be edited and computed.
      never: { sends: ["GetItem"], views: 3, error: "INVALID_EXPRESSION" },
    },
    delete: refused,
  },
  move: {
    insert: refused,
    update: {
      views: null,
      elsewhere: 4,
      told: { sends: ["GetItem", "TransactWriteItems"] },
      // One read finds out about the write, one finds what goes along.
      lost: { sends: ["GetItem", "GetItem", "TransactWriteItems"] },
      never: { sends: ["GetItem", "GetItem", "TransactWriteItems"] },
    },
    delete: refused,
  },
  get: { insert: rests, update: rests, delete: { finds: "nothing" } },
  // The second flush comes after the first, and does what was left to do.
  flush: {
    insert: { ...known, never: { table: 1 } },
    update: { ...known, never: { table: 4 } },
    delete: { after: "deleted", sends: [], never: { table: null } },
  },
  // It comes after the flush, so that what was written stays; what isn't known is to be read.
  rollback: {
    insert: { lost: dropped, never: { ...dropped, views: null } },
    update: { lost: dropped, never: { ...dropped, views: 3 } },
    delete: { lost: dropped, never: { ...dropped, views: 3 } },
  },
  refresh: {
    insert: refused,
    update: { ...known, never: { holds: 3, views: 3 } },
    delete: refused,
  },
  expire: {
    insert: refused,
    update: {
      during: "expired",
      holds: null,
      finally: "expired",
      told: { after: "expired" },
      // The edit was dropped: it isn't sent again.
      never: { sends: ["GetItem"], views: 3 },
    },
    delete: refused,
  },
  expunge: {
    insert: {
      during: "transient",
      after: "transient",
      sends: [],
      finally: "transient",
      told: { after: "detached", finally: "detached" },
      never: { views: null },
    },
    update: {
      during: "detached",
      after: "detached",
      sends: [],
      finally: "detached",
      never: { views: 3 },
    },
    delete: {
      during: "detached",
      after: "detached",
      sends: [],
      finally: "detached",
      told: { after: "deleted", finally: "deleted" },
      never: { views: 3 },
    },
  },
  merge: { insert: editedInsert, update: edited, delete: refused },
  close: {
    insert: {
      after: "transient",
      sends: [],
      finally: "transient",
      told: { after: "detached", finally: "detached" },
      never: { views: null },
    },
    update: { after: "detached", sends: [], finally: "detached", never: { views: 3 } },
    delete: {
      after: "detached",
      sends: [],
      finally: "detached",
      told: { after: "deleted", finally: "deleted" },
      never: { views: 3 },
    },
  },
};

const operationOf = { insert: "PutItem", update: "UpdateItem", delete: "DeleteItem" };

describeOnLocal("while an object's", () => {
  let bed: FaultBed;
  let places = 0;
  useFaultBed([Post], (made) => {
    bed = made;
  });

  for (const write of writes) {
    describe(`${write} is under way and its answer is`, () => {
      for (const answer of answers) {
        describe(answer === "never" ? "lost, and it never landed:" : `${answer}:`, () => {
          for (const operation of Object.keys(expected) as ObjectOperation[]) {
            const cell = expected[operation][write];
            const facts = { ...baseline[write][answer], ...cell, ...cell[answer] };
            it(titleOf(operation, facts), () => check(operation, write, answer, facts));
          }
        });
      }
    });
  }

  function titleOf(
    operation: ObjectOperation,
    { isRefused, after, sends, finally: last }: Cell & Facts,
  ) {
    const end = `${after}; then sends ${sends.join(" ") || "nothing"}: ${last}`;
    return `${operation} ${isRefused ? "is refused" : "is fine"}: ${end}`;
  }

  async function check(
    operation: ObjectOperation,
    write: Write,
    answer: Answer,
    wanted: Expected & Facts,
  ): Promise<void> {
    places += 1;
    const key = { forum: `place${places}`, id: 1 };
    const session = bed.engine.session();
    const post = await prepare(session, key, write);
    bed.proxy.reset();
    const held = holdAnswer(operationOf[write], answer);
    const flushing = outcomeOf(session.flush());
    await held.arrived;

    const acting = act(session, post, key, operation).then(
      (found) => ({ found }),
      (error: unknown) => ({ error }),
    );
    // What doesn't wait for the flush has happened by then.
    await new Promise((resolve) => setImmediate(resolve));
    expect(session.state(post), "during the flush").toBe(wanted.during);

    held.release();
    expect(await flushing).toBe(answer === "told" ? "written" : "uncertain");
    const acted = await acting;
    if (wanted.isRefused) {
      expect(acted).toEqual({ error: expect.any(InvalidState) });
    } else {
      expect(acted).not.toHaveProperty("error");
      if (operation === "get" || operation === "merge") {
        expect((acted as { found: unknown }).found).toBe(
          wanted.finds === "nothing" ? undefined : post,
        );
      }
    }
    expect(session.state(post), "after the flush").toBe(wanted.after);
    expect(await viewsOf(key), "the table after the flush").toBe(wanted.table);
    expect(heldBy(post), "the object after the flush").toBe(wanted.holds);

    bed.proxy.reset();
    bed.recorder.clear();
    if (!session.isClosed) {
      const code = await session.flush().then(
        () => undefined,
        (error: FlushError) => error.code,
      );
      expect(code, "the next flush").toBe(wanted.error);
    }
    expect(bed.recorder.operations).toEqual(wanted.sends);
    expect(await viewsOf(key), "the table in the end").toBe(wanted.views);
    expect(await viewsOf({ ...key, id: 2 })).toBe(wanted.elsewhere ?? null);
    if (wanted.elsewhere !== undefined) {
      expect(await bed.stored(Post, { ...key, id: 2 })).toMatchObject({ unknown: { S: "u" } });
    }
    expect(session.state(post), "in the end").toBe(wanted.finally);
    if (wanted.finally === "persistent" && wanted.error === undefined) {
      await expectTruth(session, post);
    }
    await session.close();
  }

  async function prepare(session: Session, key: { forum: string; id: number }, write: Write) {
    if (write === "insert") {
      const post = new Post({ ...key, views: 1 });
      session.add(post);
      return post;
    }
    const item = { forum: { S: key.forum }, id: { N: "1" }, views: { N: "3" } };
    await bed.store(Post, { ...item, unknown: { S: "u" } });
    const post = await session.require(Post, key);
    if (write === "update") post.views = 4;
    else session.delete(post);
    return post;
  }

  /** Holds the answer of the write, which is lost once it is released, as are those of all resends. */
  function holdAnswer(operation: string, answer: Answer) {
    const held = hold({ landed: answer !== "never" });
    const cut: Fault = async (exchange) => {
      const silent = {
        operation: exchange.operation,
        body: exchange.body,
        outcome: exchange.outcome,
        forward: () => exchange.forward(),
        answer: () => undefined,
      };
      await held.fault(silent as unknown as Parameters<Fault>[0]);
      exchange.cut("dropped");
    };
    if (answer === "told") {
      bed.proxy.inject({ operation, fault: held.fault });
    } else {
      bed.proxy.inject({ operation, fault: cut });
      const fault = answer === "lost" ? dropAnswer() : resetBefore();
      bed.proxy.inject({ operation, fault, times: 3 });
    }
    return held;
  }

  async function act(
    session: Session,
    post: Post,
    key: { forum: string; id: number },
    operation: ObjectOperation,
  ): Promise<unknown> {
    switch (operation) {
      case "edit":
        post.views = 7;
        return undefined;
      case "update":
        return session.update(post, { views: Post.views.plus(10) });
      case "move":
        return session.move(post, { ...key, id: 2 });
      case "get":
        return session.get(Post, key);
      case "merge":
        return session.merge(new Post({ ...key, views: 7 }));
      case "flush":
      case "rollback":
      case "close":
        return session[operation]();
      default:
        return session[operation](post);
    }
  }

  async function outcomeOf(flush: Promise<unknown>): Promise<string> {
    try {
      await flush;
      return "written";
    } catch (error) {
      const { code, uncertain } = error as FlushError;
      return uncertain.length === 1 ? "uncertain" : code;
    }
  }

  async function viewsOf(key: object): Promise<number | null> {
    const item = await bed.stored(Post, key);
    return item === undefined ? null : Number((item["views"] as { N: string }).N);
  }

  function heldBy(post: Post): number | null {
    try {
      return post.views;
    } catch {
      return null;
    }
  }

  /** Nothing is left to write, and the object holds what the table holds. */
  async function expectTruth(session: Session, post: Post): Promise<void> {
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
    await using fresh = bed.engine.session({ consistent: true });
    const found = await fresh.require(Post, { forum: post.forum, id: post.id });
    expect(plain(found)).toEqual(plain(post));
  }
});
