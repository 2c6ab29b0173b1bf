import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { model, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hydrateRef } from "../../../src/model/hydrate.js";
import { infoOf } from "../../../src/model/metadata.js";
import { type Key, keyOf } from "../../../src/schema/key.js";
import { identityOf, placeOf } from "../../../src/session/identity.js";
import { IdentityMap } from "../../../src/session/identity-map.js";
import { Tracked } from "../../../src/session/tracked.js";
import { property } from "../../support/property.js";

const Post = model("Post", { id: t.integer().hashKey(), text: t.string().optional() });
const info = infoOf(Post);

const refOf = (id: number) => hydrateRef(info, keyOf(info.table, { id }));

function track(map: IdentityMap, id: number): Tracked {
  const key = keyOf(info.table, { id });
  const tracked = new Tracked(
    hydrateRef(info, key),
    placeOf(identityOf("Posts", key)),
    "persistent",
  );
  map.add(tracked);
  return tracked;
}

it("tells whether it has an expired object, whatever became of others", () => {
  const map = new IdentityMap();
  const [first, second] = [track(map, 1), track(map, 2)];
  expect(map.hasExpired).toBe(false);
  first.status = "expired";
  second.status = "expired";
  first.status = "persistent";
  expect(map.hasExpired).toBe(true);
  map.remove(second);
  expect(map.hasExpired).toBe(false);
  first.status = "delete-marked";
  first.status = "expired";
  expect(map.hasExpired).toBe(true);
  map.clear();
  expect(map.hasExpired).toBe(false);
  // It belongs to no map any more.
  first.status = "expired";
  expect(map.hasExpired).toBe(false);
});

it("holds on to no expired object that was removed", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const map = new IdentityMap();
  // As long as one is expired, nobody is asked about the others.
  track(map, 1).status = "expired";
  const removed = (() => {
    const tracked = track(map, 2);
    tracked.status = "expired";
    map.remove(tracked);
    return new WeakRef(tracked);
  })();
  expect(map.hasExpired).toBe(true);
  // What a weak reference was made of is kept until the turn ends.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  expect(removed.deref()).toBeUndefined();
});

/** Some keys of two tables, one of which has a hash key alone; texts that look like other parts among them. */
const identities = ["S1:a", "S4:N1:1", "N1:1", "S1:\0", "S5:\0N1:1"].flatMap((hash) => [
  identityOf("Alone", { id: hash }),
  ...["S1:a", "S4:N1:1", "N1:1", "B2:00", "S3:a/b", "S5:\0N1:1"].map((range) =>
    identityOf("arn:aws:dynamodb:us-east-1:123456789012:table/S1:a", { id: hash + range }),
  ),
]);

describe("the identity map", () => {
  property(
    "finds who has a key, or is to have it, whoever came and went",
    [
      fc.array(
        fc.record({
          act: fc.constantFrom("add", "add", "add", "remove", "reserve", "callOff", "rename"),
          identity: fc.constantFrom(...identities),
          which: fc.nat(20),
        }),
        { maxLength: 60 },
      ),
    ],
    (acts) => {
      const map = new IdentityMap();
      const holders = new Map<string, Tracked>();
      const present: Tracked[] = [];
      for (const { act, identity, which } of acts) {
        const one = present[which % present.length];
        if (act === "add" && holders.get(identity) === undefined) {
          const tracked = new Tracked(refOf(present.length), placeOf(identity), "persistent");
          map.add(tracked);
          holders.set(identity, tracked);
          present.push(tracked);
        } else if (one === undefined) {
          continue;
        } else if (act === "remove") {
          if (one.move !== undefined) continue;
          map.remove(one);
          holders.delete(one.identity);
          present.splice(present.indexOf(one), 1);
        } else if (act === "reserve" && !holders.has(identity) && one.move === undefined) {
          one.move = { key: one.state.key as Key, identity, unknown: undefined };
          map.reserve(identity, one);
          holders.set(identity, one);
        } else if (act === "callOff" && one.move !== undefined) {
          holders.delete(one.move.identity);
          one.move = undefined;
        } else if (act === "rename" && one.move !== undefined) {
          holders.delete(one.identity);
          const { identity: goal } = one.move;
          one.move = undefined;
          map.rename(one, goal);
          expect(one.identity).toBe(goal);
        }
        for (const each of identities) expect(map.find(each)).toBe(holders.get(each));
        expect([...map.values()]).toEqual(present);
      }
    },
  );
});
