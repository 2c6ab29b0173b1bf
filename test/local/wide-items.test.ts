import { ConstraintViolation, model, t } from "dynalchemy";
import { beforeAll, expect, it } from "vitest";
import type { WireItem } from "../../src/schema/wire.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { type Bed, makeBed } from "../support/test-bed.js";

const names = Array.from({ length: 400 }, (_, at) => `c${at}`);

class Wide extends model("Wide", {
  id: t.string().hashKey(),
  ...Object.fromEntries(names.map((name) => [name, t.integer().optional()])),
  updatedAt: t
    .datetime()
    .optional()
    .onUpdate(() => new Date(0)),
  count: t.integer().optional(),
  version: t.version(),
}) {}

type Open = Record<string, unknown>;

describeOnLocal("an update that no expression holds", () => {
  let bed: Bed;
  let count = 0;
  beforeAll(async () => {
    bed = await makeBed([Wide]);
  });

  async function loaded() {
    count += 1;
    const id = `w${count}`;
    const item: WireItem = { id: { S: id }, version: { N: "1" }, unknown: { S: "u" } };
    for (const name of names) item[name] = { N: "1" };
    await bed.store(Wide, item);
    const session = bed.engine.session();
    const wide = (await session.require(Wide, { id } as never)) as unknown as Open;
    bed.recorder.clear();
    return { key: { id }, item, session, wide };
  }

  it("is a put on the version, which keeps what the model doesn't know", async () => {
    const { key, item, session, wide } = await loaded();
    for (const name of names) wide[name] = 2;
    wide["c7"] = undefined;
    expect(session.plan().requests).toMatchObject([
      { operation: "PutItem", entries: [{ condition: "version = 1" }] },
    ]);
    expect(await session.commit()).toMatchObject({ written: [wide], requests: 2 });
    expect(bed.recorder.operations).toEqual(["GetItem", "PutItem"]);
    const wanted: WireItem = { ...item, version: { N: "2" } };
    for (const name of names) wanted[name] = { N: "2" };
    delete wanted["c7"];
    wanted["updatedAt"] = { S: "1970-01-01T00:00:00.000Z" };
    expect(await bed.stored(Wide, key)).toEqual(wanted);
    expect([wide["version"], session.state(wide), session.changes(wide)]).toEqual([
      2,
      "persistent",
      [],
    ]);
    expect(await session.commit()).toEqual({ written: [], requests: 0 });
  });

  it("meets a conflict where somebody has written since, and reads anew what goes along", async () => {
    const { key, item, session, wide } = await loaded();
    for (const name of names) wide[name] = 2;
    await bed.store(Wide, { ...item, version: { N: "2" }, unknown: { S: "theirs" } });
    const error = await session.commit().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConstraintViolation);
    expect((error as ConstraintViolation).failures[0]?.diff).toHaveProperty("version.theirs", 2);
    await session.commit({ onConflict: "mine" });
    const stored = await bed.stored(Wide, key);
    expect(stored).toMatchObject({ c1: { N: "2" }, version: { N: "3" }, unknown: { S: "theirs" } });
  });

  it("stays an update as long as an expression holds it", async () => {
    const { key, session, wide } = await loaded();
    for (const name of names.slice(0, 240)) wide[name] = 2;
    await session.commit();
    expect(bed.recorder.operations).toEqual(["UpdateItem"]);
    expect(await bed.stored(Wide, key)).toMatchObject({ c0: { N: "2" }, unknown: { S: "u" } });
  });

  it("is refused without a version to hold on to, or with a count beside it", async () => {
    for (const how of ["unguarded", "counting", "partial"] as const) {
      const { key, session, wide } = await loaded();
      for (const name of names) wide[name] = 2;
      const options = how === "unguarded" ? { atomic: false as const } : {};
      session.update(wide, {}, options);
      if (how === "counting") session.update(wide, { count: Wide.count.plus(1) } as never);
      if (how === "partial") {
        const ref = Wide.ref(key as never) as unknown as Open;
        session.expunge(wide);
        session.add(ref);
        for (const name of names) ref[name] = 2;
      }
      await expect(session.commit()).rejects.toMatchObject({ code: "INVALID_EXPRESSION" });
      expect(bed.recorder.operations).toEqual([]);
    }
  });
});
