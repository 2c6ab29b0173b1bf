import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fillPage, pagePath } from "../../bench/src/report/page.js";
import { plot } from "../../bench/src/report/plot.js";
import type { Results } from "../../bench/src/results.js";
import { root } from "./page.js";

const textOf = (path: string) => readFileSync(join(root, path), "utf8");
const results = JSON.parse(textOf("bench/results.json")) as Results;

// `npm run bench -- --report` writes both anew.
it("shows the figures of the last run", () => {
  expect(fillPage(textOf(pagePath), results)).toBe(textOf(pagePath));
});

it("draws the figures of the last run", () => {
  expect(plot(results)).toBe(textOf("docs/performance.svg"));
});
