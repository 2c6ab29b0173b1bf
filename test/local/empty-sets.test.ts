import { model, t } from "dynalchemy";
import { expect, it } from "vitest";
import { makeBed } from "../support/test-bed.js";

class Tagged extends model("Tagged", {
  id: t.string().hashKey(),
  tags: t.set(t.string()),
  others: t.set(t.string()).optional(),
}) {}

it("stores an empty set as nothing, and reads a required one back as empty", async () => {
  const { engine, recorder, stored } = await makeBed([Tagged]);
  await engine.save(new Tagged({ id: "a", tags: new Set(), others: new Set() }));
  expect(await stored(Tagged, { id: "a" })).toEqual({ id: { S: "a" } });

  await using session = engine.session();
  const tagged = await session.require(Tagged, { id: "a" });
  expect(tagged).toEqual({ id: "a", tags: new Set(), others: undefined });
  expect(await engine.query(Tagged).key({ id: "a" }).select("tags").one()).toEqual({
    tags: new Set(),
  });
  recorder.clear();
  await session.commit();
  expect(recorder.operations).toEqual([]);

  tagged.tags.add("x");
  await session.rollback();
  expect(tagged.tags).toEqual(new Set());
  tagged.tags.add("x");
  await session.commit();
  expect(await stored(Tagged, { id: "a" })).toEqual({ id: { S: "a" }, tags: { SS: ["x"] } });
  tagged.tags.clear();
  await session.commit();
  expect(await stored(Tagged, { id: "a" })).toEqual({ id: { S: "a" } });
});

it("takes a set away that an empty one was assigned to, though it was never loaded", async () => {
  const { engine, stored } = await makeBed([Tagged]);
  const all = new Set(["x"]);
  await engine.save(new Tagged({ id: "a", tags: all, others: all }));
  await using session = engine.session();
  const tagged = Tagged.ref({ id: "a" });
  session.add(tagged);
  tagged.tags = new Set();
  expect(session.dirty.has(tagged)).toBe(true);
  await session.commit();
  expect(await stored(Tagged, { id: "a" })).toEqual({ id: { S: "a" }, others: { SS: ["x"] } });
  expect(session.dirty.size).toBe(0);
});
