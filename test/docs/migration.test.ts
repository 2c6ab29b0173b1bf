import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { engineHas } from "../support/engine-facts.js";
import { blocksFor, pagePaths, readPage, root } from "./page.js";
import { compilePage, runPage, Workshop } from "./run-page.js";

/*
 * The pages for users of other libraries have the same program twice. Ours runs with all pages; theirs
 * here, with the libraries that the bench measures.
 */
const bench = join(root, "bench");
const pages = pagePaths().filter((path) => path.startsWith("docs/migrate-from-"));

const skipped = !existsSync(join(bench, "node_modules"))
  ? " [skipped: run `npm ci` in bench]"
  : !engineHas("transactions")
    ? " [skipped: the engine lacks transactions]"
    : "";

it("has a page for each library that people come from", () => {
  expect(pages).toEqual([
    "docs/migrate-from-bloop.md",
    "docs/migrate-from-dynamodb-toolbox.md",
    "docs/migrate-from-dynamoose.md",
    "docs/migrate-from-electrodb.md",
  ]);
});

const inTypeScript = pages.map(readPage).filter((page) => blocksFor(page, "theirs").length > 0);

it("has their program on each page, but that of the one in Python", () => {
  expect(inTypeScript).toHaveLength(pages.length - 1);
});

describe.each(inTypeScript)("the other program of $path", (page) => {
  it.skipIf(skipped)(`compiles${skipped}`, async () => {
    expect(await compilePage(page, new Workshop(bench), blocksFor(page, "theirs"))).toBe("");
  });

  it.skipIf(skipped)(`prints what it says${skipped}`, async () => {
    const { endpoint } = inject("engine");
    const run = await runPage(page, endpoint, new Workshop(bench), blocksFor(page, "theirs"));
    expect(run).toEqual({ failure: "", differences: [] });
  });
});
