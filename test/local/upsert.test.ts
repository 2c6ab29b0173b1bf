import { AttributeNotLoaded, InvalidState, model, t } from "dynalchemy";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { Account } from "../support/models.js";
import { expectRequests } from "../support/recorder.js";
import { makeBed } from "../support/test-bed.js";

let ticks = 0;

class Page extends model("Page", {
  id: t.string().hashKey(),
  title: t.string().optional(),
  hits: t.integer().default(0),
  tags: t.set(t.string()).optional(),
  created: t.integer().default(() => ++ticks),
  changed: t
    .integer()
    .optional()
    .onUpdate(() => ++ticks),
}) {}

const key = { id: "p" };

describeOnLocal("an upsert", () => {
  it("creates the item with what it was given and with its defaults", async () => {
    const { engine, recorder, stored, tableName } = await makeBed([Page]);
    await using session = engine.session();
    const page = new Page({ ...key, title: "T" });
    session.upsert(page);
    expect([session.state(page), session.new.size]).toEqual(["pending", 1]);
    ticks = 100;
    await session.commit();
    expectRequests(recorder, [
      {
        operation: "UpdateItem",
        input: {
          TableName: tableName(Page),
          Key: { id: { S: "p" } },
          UpdateExpression:
            "SET #n0 = :v0, #n1 = if_not_exists(#n1, :v1), #n2 = if_not_exists(#n2, :v2), #n3 = :v3",
          ExpressionAttributeNames: {
            "#n0": "title",
            "#n1": "hits",
            "#n2": "created",
            "#n3": "changed",
          },
          ExpressionAttributeValues: {
            ":v0": { S: "T" },
            ":v1": { N: "0" },
            ":v2": { N: String(page.created) },
            ":v3": { N: "101" },
          },
          ReturnValues: "ALL_NEW",
        },
      },
    ]);
    expect(session.state(page)).toBe("persistent");
    expect(page).toMatchObject({ title: "T", hits: 0, changed: 101 });
    expect(await stored(Page, key)).toMatchObject({ title: { S: "T" }, hits: { N: "0" } });
    expect(session.dirty.size).toBe(0);
  });

  it("leaves what is there alone, but for what it was given, and learns what that is", async () => {
    const { engine, store, stored } = await makeBed([Page]);
    const there = { hits: { N: "7" }, created: { N: "1" }, tags: { SS: ["x"] }, other: { S: "o" } };
    await store(Page, { id: { S: "p" }, title: { S: "old" }, ...there });
    await using session = engine.session();
    const page = new Page({ ...key, title: "new" });
    session.upsert(page);
    await session.commit();
    expect(page).toMatchObject({ title: "new", hits: 7, created: 1, tags: new Set(["x"]) });
    expect(await stored(Page, key)).toMatchObject({ ...there, title: { S: "new" } });
    page.hits += 1;
    await session.commit();
    expect(await stored(Page, key)).toMatchObject({ hits: { N: "8" } });
  });

  it("sets a default's attribute that was assigned, and writes what is assigned before the flush", async () => {
    const { engine, store, stored } = await makeBed([Page]);
    await store(Page, { id: { S: "p" }, hits: { N: "7" }, created: { N: "1" } });
    await using session = engine.session();
    const page = new Page({ ...key, hits: 0 });
    session.upsert(page);
    page.title = "later";
    await session.commit();
    expect(await stored(Page, key)).toMatchObject({
      hits: { N: "0" },
      title: { S: "later" },
      created: { N: "1" },
    });
  });

  it("takes a condition, and is a conflict where it isn't met", async () => {
    const { engine, store, stored } = await makeBed([Page]);
    await store(Page, { id: { S: "p" }, hits: { N: "7" } });
    await using session = engine.session();
    const page = new Page({ ...key, title: "new" });
    session.upsert(page, { condition: Page.hits.lt(5) });
    await expect(session.commit()).rejects.toMatchObject({
      code: "CONSTRAINT_VIOLATION",
      failures: [{ entity: page, current: { hits: 7 } }],
    });
    expect(session.state(page)).toBe("pending");
    expect(await stored(Page, key)).not.toHaveProperty("title");
  });

  it("counts a version up, whatever it was", async () => {
    const { engine, stored } = await makeBed([Account]);
    for (const balance of [1, 2]) {
      await using session = engine.session();
      const account = new Account({ id: "a", balance });
      session.upsert(account);
      await session.commit();
      expect(account.version).toBe(balance);
    }
    expect(await stored(Account, { id: "a" })).toMatchObject({
      version: { N: "2" },
      balance: { N: "2" },
    });
  });

  it("in a transaction isn't told what was there: that throws until it is read", async () => {
    const { engine, store } = await makeBed([Page]);
    await store(Page, { id: { S: "p" }, hits: { N: "7" }, created: { N: "1" } });
    await using session = engine.session();
    const page = new Page({ ...key, title: "new" });
    session.upsert([page, new Page({ id: "q" })]);
    await session.commit({ transaction: true });
    expect(page.title).toBe("new");
    expect(() => page.hits).toThrow(AttributeNotLoaded);
    expect(await session.get(Page, key)).toBe(page);
    expect(page.hits).toBe(7);
    expect(session.dirty.size).toBe(0);
  });

  it("is refused for an object that is stored", async () => {
    const { engine, store } = await makeBed([Page]);
    await store(Page, { id: { S: "p" } });
    await using session = engine.session();
    const page = await session.require(Page, key);
    expect(() => session.upsert(page)).toThrow(InvalidState);
  });
});
