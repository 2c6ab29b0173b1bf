import { IdentityConflict, InvalidState } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { Post, User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

const key = { forum: "a", id: 1 };
const item = { forum: { S: "a" }, id: { N: "1" }, views: { N: "3" } };

describeOnLocal("atomic", () => {
  it("takes true for all that was loaded, and refuses what it doesn't know", async () => {
    const { engine, store } = await makeBed([Post]);
    await store(Post, item);
    for (const isOfSession of [true, false]) {
      const careful = { atomic: true as unknown as "loaded" };
      await using session = engine.session(isOfSession ? careful : {});
      const post = await session.require(Post, key);
      session.update(post, { content: "x" }, isOfSession ? {} : careful);
      expect(session.plan().requests[0]?.entries[0]?.condition).toContain("views = 3");
      const wrong = { atomic: "lodaed" as unknown as "loaded" };
      expect(() => engine.session(wrong)).toThrow(InvalidState);
      for (const call of ["add", "put", "delete"] as const) {
        expect(() => session[call](new Post({ ...key, id: 2 }), wrong)).toThrow(/"lodaed"/);
      }
      expect(() => session.update(post, { views: 9 }, wrong)).toThrow(InvalidState);
      expect([session.new.size, post.views]).toEqual([0, 3]);
    }
  });
});

describeOnLocal("two objects with one key", () => {
  it("are deleted by one request, whichever of them is loaded", async () => {
    const { engine, store, stored, recorder } = await makeBed([Post]);
    for (const atomic of [false, true]) {
      await store(Post, item);
      const loaded = Post.ref(key);
      await engine.load(loaded);
      recorder.clear();
      const refs = [Post.ref(key), new Post(key)];
      await engine.delete([refs[0] as Post, loaded, refs[1] as Post], { atomic });
      expect(recorder.operations).toEqual(["DeleteItem"]);
      expect(await stored(Post, key)).toBeUndefined();
      await engine.delete([...refs, loaded]);
      expect(recorder.operations).toEqual(["DeleteItem"]);
    }
  });

  it("are refused where both say what is to be written", async () => {
    const { engine, recorder } = await makeBed([User]);
    recorder.clear();
    const twins = [new User({ id: "a", name: "x" }), new User({ id: "a", name: "y" })];
    const saving = engine.save(twins);
    await expect(saving).rejects.toBeInstanceOf(IdentityConflict);
    await expect(saving).rejects.toThrow(/^engine\.save\(\) was given two User with the key/);
    await expect(saving).rejects.toMatchObject({ entity: twins[1], other: twins[0] });
    expect(recorder.operations).toEqual([]);
  });
});
