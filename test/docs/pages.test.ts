import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { type Ability, engineHas } from "../support/engine-facts.js";
import { startEngine } from "../support/local-engine.js";
import { blocksFor, pagePaths, readPage, root } from "./page.js";
import { compilePage, runPage } from "./run-page.js";

const hasSource = existsSync(join(root, "src/index.ts"));

/** Dynalite has one store for all access keys, so there each page has an engine of its own. */
async function withPageEngine<T>(use: (endpoint: string) => Promise<T>): Promise<T> {
  const { kind, endpoint } = inject("engine");
  if (kind !== "dynalite") return use(endpoint);
  const engine = await startEngine({ kind });
  try {
    return await use(engine.endpoint);
  } finally {
    await engine.stop();
  }
}

describe.each(pagePaths())("%s", (path) => {
  const page = readPage(path);
  const lacking = page.needs.filter((need) => !engineHas(need as Ability));

  it.skipIf(!hasSource)("compiles", async () => {
    expect(await compilePage(page)).toBe("");
  });

  const hasRuns = blocksFor(page, "run").length > 0;
  it.skipIf(!hasSource || !hasRuns || lacking.length > 0)(
    !hasRuns
      ? "runs [skipped: it has no code to run]"
      : lacking.length > 0
        ? `runs [skipped: the engine lacks ${lacking}]`
        : "prints what it says",
    async () => {
      const { failure, differences } = await withPageEngine((endpoint) => runPage(page, endpoint));
      expect(failure).toBe("");
      expect(differences).toEqual([]);
    },
  );

  for (const block of page.blocks.filter(({ marks }) => marks.has("no-compile"))) {
    it.skip(`line ${block.line} is not compiled`, () => {});
  }
});

it("has every page that the package promises", () => {
  // Once there is a public surface, a missing README would otherwise go unseen.
  expect(hasSource ? pagePaths() : ["README.md"]).toContain("README.md");
});
