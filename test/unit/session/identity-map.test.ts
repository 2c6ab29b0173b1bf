import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { model, t } from "dynalchemy";
import { expect, it } from "vitest";
import { hydrateRef } from "../../../src/model/hydrate.js";
import { infoOf } from "../../../src/model/metadata.js";
import { keyOf } from "../../../src/schema/key.js";
import { IdentityMap, identityOf } from "../../../src/session/identity-map.js";
import { Tracked } from "../../../src/session/tracked.js";

const Post = model("Post", { id: t.integer().hashKey(), text: t.string().optional() });
const info = infoOf(Post);

function track(map: IdentityMap, id: number): Tracked {
  const key = keyOf(info.table, { id });
  const tracked = new Tracked(
    hydrateRef(info, key),
    "Posts",
    identityOf("Posts", key),
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
