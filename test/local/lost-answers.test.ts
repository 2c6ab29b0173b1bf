import { Engine, type FlushError, type FlushOptions, plain } from "dynalchemy";
import { expect, it, vi } from "vitest";
import { makeClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { dropAnswer, type Fault, hold, resetBefore } from "../support/faults.js";
import { Account, Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

describeOnLocal("after a lost answer,", () => {
  let bed: FaultBed;
  let rival: Engine;
  let places = 0;
  useFaultBed([Post, Account], (made) => {
    bed = made;
    const tableName = (name: string) => bed.engine.tableName(name === "Posts" ? Post : Account);
    rival = new Engine({ client: makeClient(), tableName });
  });

  const meta = (...refs: string[]) => ({
    meta: { M: { author: { S: "ann" }, refs: { L: refs.map((S) => ({ S })) } } },
  });

  async function storedPost(more = {}) {
    bed.proxy.reset();
    places += 1;
    const key = { forum: `p${places}`, id: 1 };
    const item = { forum: { S: key.forum }, id: { N: "1" }, views: { N: "3" }, ...more };
    await bed.store(Post, item);
    return { key, item, session: bed.engine.session() };
  }

  async function storedAccount() {
    bed.proxy.reset();
    places += 1;
    const id = `a${places}`;
    const item = { id: { S: id }, balance: { N: "0" }, owner: { S: "ann" }, version: { N: "1" } };
    await bed.store(Account, item);
    return { id, item, session: bed.engine.session() };
  }

  const viewsOf = async (key: object) => (await bed.stored(Post, key))?.["views"];
  const refsOf = async (key: object) => {
    const found = await rival.session().get(Post, key as { forum: string; id: number });
    return found?.meta?.refs;
  };
  const lose = (operation: string, fault: Fault = dropAnswer(), times = 4) =>
    bed.proxy.inject({ operation, fault, times });
  const uncertain = { code: "FLUSH_ERROR", failures: [{ isUncertain: true }] };

  /** Sends a flush, gives it up when its request is on the way, and returns what lets it arrive. */
  async function giveUp(operation: string, flush: (options: FlushOptions) => Promise<unknown>) {
    const held = hold();
    bed.proxy.inject({ operation, fault: held.fault });
    const given = new AbortController();
    void held.arrived.then(() => given.abort());
    await expect(flush({ signal: given.signal })).rejects.toMatchObject(uncertain);
    const request = bed.proxy.log.findLast((each) => each.operation === operation);
    return async () => {
      held.release();
      await vi.waitFor(() =>
        expect(request?.outcome).toContainEqual(expect.stringMatching("forwarded")),
      );
    };
  }

  it("a count stays in doubt until the object is refreshed: a rival's looks the same", async () => {
    for (const isOurs of [true, false]) {
      const { key, session } = await storedPost();
      const post = await session.require(Post, key);
      session.update(post, { views: Post.views.plus(1) });
      lose("UpdateItem", isOurs ? dropAnswer() : resetBefore(), 1);
      await expect(session.commit()).rejects.toMatchObject(uncertain);
      if (!isOurs) {
        const other = rival.session();
        other.update(await other.require(Post, key), { views: Post.views.plus(1) });
        await other.commit();
      }
      await expect(session.commit()).rejects.toMatchObject({ ...uncertain, uncertain: [post] });
      expect(session.state(post)).toBe("uncertain");
      await session.refresh(post);
      expect([session.state(post), post.views]).toEqual(["persistent", 4]);
      await session.commit();
      session.update(post, { views: Post.views.plus(1) });
      await session.commit();
      expect(await viewsOf(key)).toEqual({ N: "5" });
    }
  });

  it("an update that changes nothing isn't taken for done where its condition isn't met", async () => {
    const updates = [
      { tags: Post.tags.without("x") },
      { tags: Post.tags.with("a") },
      { views: Post.views.set(3) },
      { content: Post.content.remove() },
    ];
    for (const values of updates) {
      const { key, session } = await storedPost({ tags: { SS: ["a", "b"] } });
      const post = await session.require(Post, key);
      session.update(post, values, { atomic: "loaded" });
      const other = rival.session();
      (await other.require(Post, key)).user = "rival";
      await other.commit();
      lose("UpdateItem", resetBefore(), 1);
      await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
      expect(bed.proxy.operations).toEqual(["GetItem", "UpdateItem", "UpdateItem"]);
    }
  });

  it("a deletion that was never sent isn't taken for done where somebody else has deleted", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    post.views = 4;
    lose("UpdateItem", resetBefore());
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    await bed.remove(Post, key);
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    session.delete(post);
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
  });

  it("a count of what was never loaded isn't taken to have landed", async () => {
    const { key, session } = await storedPost();
    const post = Post.ref(key);
    session.add(post);
    session.update(post, { views: Post.views.plus(1) });
    lose("UpdateItem", resetBefore(), 1);
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    expect(await viewsOf(key)).toEqual({ N: "3" });
    await session.refresh(post);
    session.update(post, { views: Post.views.plus(1) });
    await session.commit();
    expect(await viewsOf(key)).toEqual({ N: "4" });
  });

  it("a count in doubt keeps a transaction back, which tells all that wasn't written", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(1) });
    lose("UpdateItem", dropAnswer(), 1);
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    const other = new Post({ ...key, id: 2 });
    session.add(other);
    session.check(Account, { id: "nobody" }, Account.balance.missing());
    bed.recorder.clear();
    const error = (await session
      .commit({ transaction: true })
      .catch((thrown: unknown) => thrown)) as FlushError;
    expect(error).toMatchObject({
      code: "FLUSH_ERROR",
      uncertain: [post],
      written: [],
      failures: [
        { entity: post, isUncertain: true, isCancelled: false },
        { entity: undefined, model: "Account", isUncertain: false, isCancelled: true },
        { entity: other, isUncertain: false, isCancelled: true, cause: { code: "INVALID_STATE" } },
      ],
    });
    expect(error.message).toContain("3 changes were not written");
    expect(error.message).toContain("not sent, since its transaction can't go without that");
    expect(bed.recorder.operations).toEqual(["GetItem"]);
    expect(session.state(other)).toBe("pending");
    await session.refresh(post);
    await session.commit({ transaction: true });
    expect(session.state(other)).toBe("persistent");
  });

  it("a count in doubt doesn't keep other objects from being written", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(1) });
    lose("UpdateItem", dropAnswer(), 1);
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    const other = new Post({ ...key, id: 2 });
    session.add(other);
    await expect(session.commit()).rejects.toMatchObject({ ...uncertain, written: [other] });
    session.add(new Post({ ...key, id: 3 }));
    session.add(new Post({ ...key, id: 4 }));
    await expect(session.commit({ transaction: true })).rejects.toMatchObject({
      code: "FLUSH_ERROR",
      uncertain: [post],
    });
    expect(await bed.stored(Post, { ...key, id: 3 })).toBeUndefined();
    await session.rollback();
    expect(await session.get(Post, key)).toBe(post);
    expect(post.views).toBe(4);
  });

  it("a count with a version is sent again where the version hasn't moved", async () => {
    for (const fault of [resetBefore(), dropAnswer()]) {
      const { id, session } = await storedAccount();
      const account = await session.require(Account, { id });
      session.update(account, { balance: Account.balance.plus(5) });
      lose("UpdateItem", fault, 1);
      await expect(session.commit()).rejects.toMatchObject(uncertain);
      await session.commit().catch(() => undefined);
      expect(await bed.stored(Account, { id })).toMatchObject({ balance: { N: "5" } });
    }
  });

  it("a transaction counts once, however late its first attempt lands", async () => {
    for (const [first, second] of [
      [undefined, undefined],
      [undefined, "b"],
      ["a", "b"],
      ["c", "c"],
    ]) {
      const { key, session } = await storedPost();
      const token = (text: string | undefined) =>
        text === undefined ? {} : { token: `${text}${key.forum}` };
      const post = await session.require(Post, key);
      session.update(post, { views: Post.views.plus(5) });
      const options = { transaction: true, exactlyOnce: true };
      const land = await giveUp("TransactWriteItems", ({ signal }) =>
        session.flush({ ...options, ...token(first), ...(signal && { signal }) }),
      );
      await session.flush({ ...options, ...token(second) });
      await land();
      expect(await viewsOf(key)).toEqual({ N: "8" });
    }
  });

  it("a transaction that counts isn't taken for a rival's", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(1) });
    lose("TransactWriteItems", resetBefore(), 100);
    await expect(session.commit({ exactlyOnce: true })).rejects.toMatchObject(uncertain);
    bed.proxy.reset();
    const other = rival.session();
    other.update(await other.require(Post, key), { views: Post.views.plus(1) });
    await other.commit();
    await session.commit({ exactlyOnce: true });
    expect(await viewsOf(key)).toEqual({ N: "5" });
  });

  it("a transaction isn't sent again once its token may be forgotten", async () => {
    const { key, session } = await storedPost();
    const post = await session.require(Post, key);
    session.update(post, { views: Post.views.plus(5) });
    const now = Date.now;
    let late = 0;
    vi.spyOn(Date, "now").mockImplementation(() => now() + late);
    const slow: Fault = async (exchange) => {
      await exchange.forward();
      late += 4 * 60_000;
      exchange.cut("dropped");
    };
    try {
      lose("TransactWriteItems", slow, 100);
      await expect(session.commit({ exactlyOnce: true })).rejects.toMatchObject(uncertain);
      const sent = bed.proxy.operations.filter((name) => name === "TransactWriteItems");
      expect(sent).toHaveLength(4);
      bed.proxy.reset();
      await expect(session.commit({ exactlyOnce: true })).rejects.toMatchObject(uncertain);
    } finally {
      vi.mocked(Date.now).mockRestore();
    }
    expect(await viewsOf(key)).toEqual({ N: "8" });
  });

  it("a push isn't doubled where a rival has shortened the list", async () => {
    for (const isGivenUp of [true, false]) {
      const { key, session } = await storedPost(meta("a", "b"));
      const post = await session.require(Post, key);
      post.meta?.refs.push("c");
      const shift: Fault = async (exchange) => {
        await exchange.forward();
        const other = rival.session();
        (await other.require(Post, key)).meta?.refs.shift();
        await other.commit();
        exchange.cut("dropped");
      };
      if (isGivenUp) {
        lose("UpdateItem", resetBefore());
        bed.proxy.reset();
        lose("UpdateItem", dropAnswer(), 8);
        await expect(session.commit()).rejects.toMatchObject(uncertain);
        bed.proxy.reset();
        const other = rival.session();
        (await other.require(Post, key)).meta?.refs.shift();
        await other.commit();
      } else {
        lose("UpdateItem", shift, 1);
      }
      await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
      expect(await refsOf(key)).toEqual(["b", "c"]);
    }
  });

  it("a change of one version isn't taken for a rival's next version", async () => {
    const { id, item, session } = await storedAccount();
    const account = await session.require(Account, { id });
    account.balance = 7;
    const overtake: Fault = async (exchange) => {
      const [balance, version, owner] = [{ N: "7" }, { N: "2" }, { S: "rival" }];
      await bed.store(Account, { ...item, balance, version, owner });
      exchange.cut("reset");
    };
    lose("UpdateItem", overtake, 1);
    await expect(session.commit()).rejects.toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect(await bed.stored(Account, { id })).toMatchObject({ owner: { S: "rival" } });
  });

  it("a write that lands just before it is sent again is no conflict", async () => {
    for (const operation of ["PutItem", "UpdateItem", "DeleteItem"]) {
      const { key, session } = await storedPost();
      const own = { ...key, id: operation === "PutItem" ? 2 : 1 };
      const post = operation === "PutItem" ? new Post(own) : await session.require(Post, key);
      if (operation === "PutItem") session.add(post);
      else if (operation === "UpdateItem") post.views = 4;
      else session.delete(post);
      const land = await giveUp(operation, (options) => session.flush(options));
      bed.proxy.inject({ operation, fault: land });
      await session.flush();
      expect(session.state(post)).toBe(operation === "DeleteItem" ? "deleted" : "persistent");
      expect(session.dirty.size).toBe(0);
    }
  });

  it("an object that took another's key stands for it alone", async () => {
    for (const how of ["rollback", "refresh", "delete"] as const) {
      for (const fault of [dropAnswer(), resetBefore()]) {
        const { key, session } = await storedPost();
        const old = await session.require(Post, key);
        session.delete(old);
        const fresh = new Post({ ...key, views: 9 });
        session.add(fresh);
        lose("PutItem", fault);
        await expect(session.commit()).rejects.toMatchObject(uncertain);
        bed.proxy.reset();
        if (how === "rollback") await session.rollback();
        else if (how === "refresh") await session.refresh(fresh);
        else session.delete(fresh);
        expect([session.has(old), session.has(fresh)]).toEqual([false, true]);
        await session.commit();
        const isThere = how !== "delete";
        expect(await session.get(Post, key)).toBe(isThere ? fresh : undefined);
        if (isThere) expect({ N: String(fresh.views) }).toEqual(await viewsOf(key));
        expect(session.state(fresh)).toBe(isThere ? "persistent" : "deleted");
      }
    }
  });

  it("an object in doubt is of no use elsewhere before it is read anew", async () => {
    const { key, session } = await storedPost(meta("a"));
    const post = await session.require(Post, key);
    post.meta?.refs.push("b");
    lose("UpdateItem", dropAnswer(), 8);
    await expect(session.commit()).rejects.toMatchObject(uncertain);
    bed.proxy.reset();
    session.expunge(post);
    await expect(bed.engine.save(post)).rejects.toMatchObject({ code: "INVALID_STATE" });
    const next = bed.engine.session({ atomic: false });
    next.add(post);
    expect(next.state(post)).toBe("expired");
    await next.commit();
    await next.refresh(post);
    expect(post.meta?.refs).toEqual(["a", "b"]);
    expect(await refsOf(key)).toEqual(["a", "b"]);
  });

  it("an object that was let go while it was written takes its doubt along", async () => {
    const { key, session } = await storedPost(meta("a"));
    const post = await session.require(Post, key);
    post.meta?.refs.push("b");
    const held = hold({ landed: true });
    bed.proxy.inject({ operation: "UpdateItem", fault: held.fault });
    const given = new AbortController();
    const flushing = session.flush({ signal: given.signal });
    await held.arrived;
    session.expunge(post);
    given.abort();
    await expect(flushing).rejects.toMatchObject(uncertain);
    held.release();
    await expect(bed.engine.save(post)).rejects.toMatchObject({ code: "INVALID_STATE" });
    expect(await refsOf(key)).toEqual(["a", "b"]);
  });

  it("an object whose save is in doubt is loaded before it is saved again", async () => {
    const { key } = await storedPost(meta("a"));
    const post = Post.ref(key);
    await bed.engine.load(post);
    post.meta?.refs.push("b");
    lose("UpdateItem", dropAnswer(), 8);
    await expect(bed.engine.save(post)).rejects.toMatchObject(uncertain);
    bed.proxy.reset();
    await expect(bed.engine.save(post)).rejects.toMatchObject({ code: "INVALID_STATE" });
    await bed.engine.load(post);
    await bed.engine.save(post);
    expect(plain(post).meta?.refs).toEqual(["a", "b"]);
    expect(await refsOf(key)).toEqual(["a", "b"]);
  });

  it("an added object that may not be there can be deleted", async () => {
    const { key, session } = await storedPost();
    for (const fault of [resetBefore(), dropAnswer()]) {
      const own = { ...key, id: 2 };
      const post = new Post(own);
      session.add(post);
      lose("PutItem", fault);
      await expect(session.commit()).rejects.toMatchObject(uncertain);
      bed.proxy.reset();
      session.delete(post);
      await session.commit();
      expect(session.state(post)).toBe("deleted");
      expect(await bed.stored(Post, own)).toBeUndefined();
    }
  });
});
