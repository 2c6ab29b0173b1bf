import { ConstraintViolation, type Guard, InvalidValue, model, type Session, t } from "dynalchemy";
import { expect, it } from "vitest";
import { z } from "zod";
import { describeOnLocal } from "../support/engine-facts.js";
import { Account, Post } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = {
  forum: { S: "a" },
  id: { N: "1" },
  views: { N: "3" },
  c: { S: "Hello" },
  meta: { M: { author: { S: "ann" }, refs: { L: [{ S: "r0" }, { S: "r1" }] } } },
};
const isThere = "attribute_exists(forum)";
const loadedAll = [
  "attribute_not_exists(user)",
  "attribute_not_exists(date)",
  "views = 3",
  'content = "Hello"',
  "attribute_not_exists(tags)",
  'meta = {author: "ann", refs: ["r0", "r1"]}',
].join(" and ");

async function withPost() {
  const bed = await makeBed([Post]);
  await bed.store(Post, item);
  return bed;
}

const conditionOf = (session: Session) => session.plan().requests[0]?.entries[0]?.condition;

describeOnLocal("what guards a write", () => {
  it("is the object's own wish, else its model's, else the session's", async () => {
    const columns = { id: t.string().hashKey(), a: t.integer(), b: t.integer().optional() };
    const wide = { changed: "a = 1", loaded: "a = 1 and attribute_not_exists(b)" } as const;
    const expected = (guard: Guard) =>
      ["attribute_exists(id)", ...(guard === false ? [] : [wide[guard]])].join(" and ");
    const guards = ["changed", "loaded", false] as const;
    for (const ofModel of [undefined, ...guards]) {
      class Thing extends model(
        "Thing",
        columns,
        ofModel === undefined ? {} : { atomic: ofModel },
      ) {}
      const { engine, store } = await makeBed([Thing]);
      await store(Thing, { id: { S: "x" }, a: { N: "1" } });
      for (const atomic of guards) {
        await using session = engine.session({ atomic });
        const thing = await session.require(Thing, { id: "x" });
        thing.a = 2;
        expect(conditionOf(session)).toBe(expected(ofModel ?? atomic));
        for (const own of guards) {
          session.update(thing, {}, { atomic: own });
          expect(conditionOf(session)).toBe(expected(own));
        }
      }
    }
  });

  it("of a deletion is all that was loaded, or nothing", async () => {
    const { engine } = await withPost();
    for (const [atomic, condition] of [
      ["changed", `${isThere} and ${loadedAll}`],
      ["loaded", `${isThere} and ${loadedAll}`],
      [false, undefined],
    ] as const) {
      await using session = engine.session({ atomic });
      session.delete(await session.require(Post, key));
      expect(conditionOf(session)).toBe(condition);
    }
  });

  it("leaves out what was never loaded, and demands the absence of what was absent", async () => {
    const { engine } = await withPost();
    await using session = engine.session({ atomic: "loaded" });
    const ref = Post.ref(key);
    session.add(ref);
    ref.views = 9;
    expect(conditionOf(session)).toBe(isThere);
    await using other = engine.session();
    const post = await other.require(Post, key);
    post.user = "ann";
    expect(conditionOf(other)).toBe(`${isThere} and attribute_not_exists(user)`);
  });

  it("is joined by AND with the caller's own, and those with one another", async () => {
    const { engine, store, stored } = await withPost();
    await using session = engine.session();
    const post = await session.require(Post, key);
    post.content = "Mine";
    session.update(post, {}, { condition: Post.views.lt(10) });
    session.update(post, {}, { condition: Post.views.gt(1).or(Post.content.exists()) });
    expect(conditionOf(session)).toBe(
      `${isThere} and content = "Hello" and views < 10 and (views > 1 or attribute_exists(content))`,
    );
    await store(Post, { ...item, views: { N: "11" } });
    await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
    await store(Post, { ...item, views: { N: "9" } });
    await session.commit();
    expect(await stored(Post, key)).toMatchObject({ c: { S: "Mine" } });
    post.content = "Again";
    expect(conditionOf(session)).toBe(`${isThere} and content = "Mine"`);
  });

  it("is the version where there is one", async () => {
    const { engine } = await makeBed([Account]);
    await engine.save(new Account({ id: "a" }));
    for (const atomic of ["changed", "loaded", false] as const) {
      await using session = engine.session({ atomic });
      const account = await session.require(Account, { id: "a" });
      account.balance = 5;
      const version = atomic === false ? "" : " and version = 1";
      expect(conditionOf(session)).toBe(`attribute_exists(id)${version}`);
      expect(session.plan().requests[0]?.entries[0]?.changes).toContain(
        atomic === false ? "add 1 to version" : "set version = 2",
      );
    }
  });

  it("is the loaded version for a put, unless nothing is to be guarded", async () => {
    const { engine, stored } = await makeBed([Account]);
    await engine.save(new Account({ id: "a" }));
    await using rival = engine.session();
    const theirs = await rival.require(Account, { id: "a" });
    await using session = engine.session();
    const mine = await session.require(Account, { id: "a" });
    session.put(mine);
    expect(conditionOf(session)).toBe("version = 1");
    theirs.balance = 7;
    await rival.commit();
    await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
    expect(await stored(Account, { id: "a" })).toMatchObject({ balance: { N: "7" } });
    await using careless = engine.session({ atomic: false });
    careless.put(await careless.require(Account, { id: "a" }));
    expect(conditionOf(careless)).toBeUndefined();
  });

  it("never finds a version again that was there before", async () => {
    const { engine, stored } = await makeBed([Account]);
    await engine.save(new Account({ id: "a" }));
    await using late = engine.session();
    const old = await late.require(Account, { id: "a" });
    old.balance = 9;
    await using blind = engine.session({ atomic: false });
    const careless = await blind.require(Account, { id: "a" });

    await using session = engine.session();
    session.delete(await session.require(Account, { id: "a" }));
    const successor = new Account({ id: "a", owner: "ann" });
    session.add(successor);
    await session.commit();
    expect(successor.version).toBe(2);
    await expect(late.commit()).rejects.toBeInstanceOf(ConstraintViolation);

    careless.balance = 1;
    await blind.commit();
    expect(careless.version).toBe(3);
    expect(await stored(Account, { id: "a" })).toMatchObject({ version: { N: "3" } });
  });
});

describeOnLocal("what guards a change within a document", () => {
  const cases: readonly (readonly [string, (post: Post) => unknown, string])[] = [
    [
      "a member",
      ({ meta }) => meta && Object.assign(meta, { author: "bob" }),
      'meta.author = "ann"',
    ],
    [
      "a new member, with its parent's type",
      ({ meta }) => meta && Object.assign(meta, { more: { note: "n" } }),
      'attribute_not_exists(meta.more) and attribute_type(meta, "M")',
    ],
    [
      "a push, with the list's length",
      ({ meta }) => meta?.refs.push("r2"),
      'attribute_type(meta.refs, "L") and size(meta.refs) = 2',
    ],
    [
      "a removal, with the whole list",
      ({ meta }) => meta?.refs.splice(0, 1),
      'meta.refs = ["r0", "r1"]',
    ],
    ["an element", ({ meta }) => meta?.refs.splice(1, 1, "x"), 'meta.refs[1] = "r1"'],
  ];
  for (const [title, change, condition] of cases) {
    it(`is ${title}`, async () => {
      const { engine } = await withPost();
      await using session = engine.session();
      change(await session.require(Post, key));
      expect(conditionOf(session)).toBe(`${isThere} and ${condition}`);
    });
  }

  it("makes a conflict, and no mistake of ours, of a parent that others took away", async () => {
    const { meta: _, ...bare } = item;
    const rivals = [bare, { ...item, meta: { S: "a text now" } }];
    for (const rival of rivals) {
      for (const [, change] of cases) {
        const { engine, store } = await withPost();
        await using session = engine.session();
        change(await session.require(Post, key));
        await store(Post, rival);
        await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
      }
    }
  });

  it("lets others change its neighbours", async () => {
    const { engine, stored } = await withPost();
    await using one = engine.session();
    await using two = engine.session();
    const mine = await one.require(Post, key);
    const theirs = await two.require(Post, key);
    if (mine.meta) mine.meta.author = "bob";
    theirs.meta?.refs.push("r2");
    await one.commit();
    await two.commit();
    expect(await stored(Post, key)).toMatchObject({
      meta: { M: { author: { S: "bob" }, refs: { L: [{ S: "r0" }, { S: "r1" }, { S: "r2" }] } } },
    });
  });
});

describeOnLocal("what a column does by itself", () => {
  let clock = 0;
  class Stamped extends model("Stamped", {
    id: t.string().hashKey(),
    name: t.string().optional().validate(z.string().min(2, "too short")),
    made: t.integer().default(() => ++clock),
    changed: t
      .integer()
      .optional()
      .onUpdate(() => ++clock),
  }) {}

  it("stamps an update that changes something, unless it was given a value, and nothing else", async () => {
    const { engine, stored, recorder } = await makeBed([Stamped]);
    await using session = engine.session();
    const object = new Stamped({ id: "x" });
    session.add(object);
    await session.commit();
    expect(await stored(Stamped, { id: "x" })).not.toHaveProperty("changed");
    recorder.clear();
    await session.commit();
    expect(recorder.operations).toEqual([]);
    clock = 10;
    object.name = "Ann";
    await session.commit();
    const { changed } = object;
    expect(changed).toBeGreaterThan(10);
    expect(await stored(Stamped, { id: "x" })).toMatchObject({ changed: { N: String(changed) } });
    object.changed = 5;
    await session.commit();
    expect(await stored(Stamped, { id: "x" })).toMatchObject({ changed: { N: "5" } });
    expect(object.made).toBeLessThan(10);
  });

  it("leaves the object as it was where the stamped write failed", async () => {
    const { engine, store } = await makeBed([Stamped]);
    await store(Stamped, { id: { S: "x" }, made: { N: "1" }, changed: { N: "2" } });
    await using session = engine.session();
    const object = await session.require(Stamped, { id: "x" });
    await store(Stamped, { id: { S: "x" }, made: { N: "1" }, name: { S: "Eve" } });
    object.name = "Ann";
    await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
    expect(object.changed).toBe(2);
  });

  it("asks its schema before anything is sent, of what is written and of nothing else", async () => {
    const { engine, store, recorder } = await makeBed([Stamped]);
    await store(Stamped, { id: { S: "old" }, made: { N: "1" }, name: { S: "x" } });
    await using session = engine.session();
    const old = await session.require(Stamped, { id: "old" });
    old.made = 2;
    await session.commit();
    recorder.clear();
    old.name = "y";
    await expect(session.commit()).rejects.toThrow("too short");
    session.add(new Stamped({ id: "new" }));
    await expect(session.commit()).rejects.toBeInstanceOf(InvalidValue);
    expect(recorder.operations).toEqual([]);
    old.name = "long enough";
    await session.commit();
    expect(recorder.operations.sort()).toEqual(["PutItem", "UpdateItem"]);
  });

  it("takes any Standard Schema, and refuses one that is asynchronous", async () => {
    const schema = (validate: (value: unknown) => unknown) =>
      ({ "~standard": { version: 1, vendor: "own", validate } }) as never;
    const bad = { issues: [{ message: "no", path: ["deep", { key: 3 }] }] };
    const verdicts: readonly (readonly [unknown, string | undefined])[] = [
      [{ value: "other" }, undefined],
      [bad, "deep.3: no"],
      [Promise.resolve({ value: 1 }), "asynchronous"],
    ];
    for (const [verdict, refusal] of verdicts) {
      class Checked extends model("Checked", {
        id: t.string().hashKey(),
        name: t.string().validate(schema(() => verdict)),
      }) {}
      const { engine, stored, recorder } = await makeBed([Checked]);
      await using session = engine.session();
      const committing = (async () => {
        session.add(new Checked({ id: "x", name: "n" }));
        await session.commit();
      })();
      if (refusal === undefined) {
        await committing;
        expect(await stored(Checked, { id: "x" })).toMatchObject({ name: { S: "n" } });
      } else {
        await expect(committing).rejects.toThrow(refusal);
        expect(recorder.operations).toEqual([]);
      }
    }
  });

  it("hides an item whose time has passed, unless it is asked for", async () => {
    class Ticket extends model("Ticket", {
      id: t.string().hashKey(),
      until: t.timestamp().optional().ttl(),
    }) {}
    const { engine, store } = await makeBed([Ticket]);
    const now = Math.floor(Date.now() / 1000);
    const times = { past: now - 60, future: now + 3600, ancient: now - 10 * 366 * 86_400 };
    for (const [id, time] of Object.entries(times)) {
      await store(Ticket, { id: { S: id }, until: { N: String(time) } });
    }
    await store(Ticket, { id: { S: "never" } });
    const ids = Object.keys(times).concat("never");
    const keys = ids.map((id) => ({ id }));
    for (const transaction of [false, true]) {
      await using session = engine.session();
      const found = await session.getMany(Ticket, keys, { transaction });
      expect(found.map((ticket) => ticket?.id)).toEqual([undefined, "future", "ancient", "never"]);
      const all = await session.getMany(Ticket, keys, { transaction, includeExpired: true });
      expect(all.map((ticket) => ticket?.id)).toEqual(ids);
    }
    await using session = engine.session();
    expect(await session.get(Ticket, { id: "past" })).toBeUndefined();
    const scanned = await session.scan(Ticket).all();
    expect(scanned.map(({ id }) => id).sort()).toEqual(["ancient", "future", "never"]);
    const past = await session.get(Ticket, { id: "past" }, { includeExpired: true });
    expect(past?.until?.getTime()).toBe(times.past * 1000);
  });
});
