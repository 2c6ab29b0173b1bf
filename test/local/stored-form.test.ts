import { randomUUID } from "node:crypto";
import { ConstraintViolation, InvalidModel, model, t } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { makeBed } from "../support/test-bed.js";

/** Another text each time, as encryption gives. */
const secret = () =>
  t.custom<string, "S">({
    wire: "S",
    encode: (value) => `${randomUUID()}:${value}`,
    decode: (stored) => stored.slice(37),
    equals: (a, b) => a === b,
  });

class Vault extends model("Vault", {
  id: t.string().hashKey(),
  pin: secret().optional(),
  pins: t.list(secret()).optional(),
  more: t.map({ pin: secret().optional(), note: t.string().optional() }).optional(),
  named: t.record(secret()).optional(),
  note: t.string().optional(),
}) {}

const key = { id: "x" };

describe("a column whose type gives another text each time", () => {
  const changes: Readonly<Record<string, (vault: Vault, value: string) => unknown>> = {
    "by itself": (vault, value) => {
      vault.pin = value;
    },
    "in a list": ({ pins = [] }, value) => {
      pins[1] = value;
    },
    "at the end of a list": ({ pins }, value) => pins?.push(value),
    "in a map": ({ more }, value) => Object.assign(more as object, { pin: value }),
    "beside it in a map": ({ more }, value) => Object.assign(more as object, { note: value }),
    "in a record": ({ named }, value) => Object.assign(named as object, { a: value }),
  };
  const make = () =>
    new Vault({
      id: "x",
      pin: "1",
      pins: ["1", "2"],
      more: { pin: "1", note: "n" },
      named: { a: "1", b: "2" },
    });

  for (const [title, change] of Object.entries(changes)) {
    it.each(["changed", "loaded"] as const)(
      `${title} is changed, changed again and deleted under %s`,
      async (atomic) => {
        const { engine, stored, recorder } = await makeBed([Vault]);
        await engine.save(make());
        await using session = engine.session({ atomic });
        const vault = await session.require(Vault, key);
        for (const value of ["3", "4"]) {
          change(vault, value);
          await session.commit();
          await using other = engine.session();
          expect(await other.require(Vault, key)).toEqual(vault);
        }
        recorder.clear();
        await session.commit();
        expect(recorder.operations).toEqual([]);
        session.delete(vault);
        await session.commit();
        expect(await stored(Vault, key)).toBeUndefined();
      },
    );
  }

  it("is changed after it was added in the same session", async () => {
    const { engine, stored } = await makeBed([Vault]);
    await using session = engine.session({ atomic: "loaded" });
    const vault = make();
    session.add(vault);
    await session.commit();
    vault.pin = "3";
    await session.commit();
    session.delete(vault);
    await session.commit();
    expect(await stored(Vault, key)).toBeUndefined();
  });

  it("still finds out what others changed", async () => {
    const { engine } = await makeBed([Vault]);
    await engine.save(make());
    await using one = engine.session();
    await using two = engine.session();
    const mine = await one.require(Vault, key);
    const theirs = await two.require(Vault, key);
    mine.pin = "mine";
    theirs.pin = "theirs";
    await two.commit();
    await expect(one.commit()).rejects.toBeInstanceOf(ConstraintViolation);
  });
});

describe("a stored value that doesn't fit its column", () => {
  it("is not overwritten once somebody else has changed it", async () => {
    const { engine, store, stored } = await makeBed([Vault]);
    const item = { id: { S: "x" }, note: { N: "5" } };
    await store(Vault, item);
    await using session = engine.session();
    const vault = await session.require(Vault, key);
    vault.note = "mine";
    await store(Vault, { ...item, note: { S: "theirs" } });
    await expect(session.commit()).rejects.toBeInstanceOf(ConstraintViolation);
    await store(Vault, item);
    await session.commit();
    expect(await stored(Vault, key)).toMatchObject({ note: { S: "mine" } });
  });
});

describe("JSON of an instance", () => {
  class Money {
    constructor(readonly cents: number) {}
    toJSON() {
      return { cents: this.cents };
    }
  }
  const money = () =>
    t.custom<Money, "N">({
      wire: "N",
      encode: ({ cents }) => String(cents),
      decode: (stored) => new Money(Number(stored)),
    });
  class Bill extends model("Bill", { id: t.string().hashKey(), all: t.list(money()) }) {}

  it("asks values of other classes for theirs", () => {
    const bill = new Bill({ id: "x", all: [new Money(3)] });
    expect(JSON.parse(JSON.stringify(bill))).toEqual({ id: "x", all: [{ cents: 3 }] });
  });

  it("can't be taken over by a column", () => {
    const declare = () => model("Odd", { id: t.string().hashKey(), toJSON: t.string() });
    expect(declare).toThrow(InvalidModel);
  });
});

describe("a condition given to engine.save", () => {
  it("is sent once", async () => {
    const { engine, recorder } = await makeBed([Vault]);
    const vault = new Vault({ id: "x", note: "a" });
    await engine.save(vault);
    recorder.clear();
    vault.note = "b";
    await engine.save(vault, { condition: Vault.note.eq("a") });
    expect(recorder.requests).toMatchObject([
      { input: { ConditionExpression: "attribute_exists(#n1) AND #n0 = :v1" } },
    ]);
  });
});
