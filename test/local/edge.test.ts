import { expect, inject, it } from "vitest";
import { bundleSourceForEdge, EdgeRuntime, roundTripOnEdge } from "../support/edge-runtime.js";
import { freshNames } from "../support/tables.js";

it("reads and writes in a runtime that has the globals of the web alone", async () => {
  const edge = new EdgeRuntime(await bundleSourceForEdge());
  const program = roundTripOnEdge(inject("engine").endpoint, freshNames()("Edge"));
  const post = { id: "a", user: "ann", seen: "1970-01-01T00:00:00.000Z", picture: "AQL/" };
  const changed = { ...post, views: 2, links: ["x", "z"], meta: { lang: "de" } };
  expect(await edge.run(program)).toEqual({
    before: { ...post, views: 0, links: ["x"], meta: { lang: "en" } },
    changed,
    found: [changed],
  });
});
