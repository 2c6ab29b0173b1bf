import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { targetTable } from "../../../bench/src/report/targets.js";
import type { Results } from "../../../bench/src/results.js";

const run = JSON.parse(
  readFileSync(new URL("../../../bench/results.json", import.meta.url), "utf8"),
) as Results;

/** The run with another ratio of selected rows. */
function withRatio(ratio: number): Results {
  const comparisons = run.comparisons.map((comparison) => ({
    ...comparison,
    figures: comparison.figures.map((figure) =>
      figure.contestant === "dynalchemy-select" ? { ...figure, ratio } : figure,
    ),
  }));
  return { ...run, comparisons };
}

it.each([
  [0.502, "0.502 ×", "**no**"],
  [0.4996, "0.4996 ×", "yes"],
  [0.5, "0.50 ×", "yes"],
  [0.623, "0.62 ×", "**no**"],
])("shows %s beside a limit of 0.5 as %s", (ratio, measured, reached) => {
  expect(targetTable(withRatio(ratio))).toContainEqual([
    "query, `select`",
    "0.5 ×",
    measured,
    reached,
  ]);
});
