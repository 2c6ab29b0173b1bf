import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { measureTypes } from "../../bench/src/types/compile.js";
import { columnCount, modelCount } from "../../bench/src/types/many-models.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A tenth above what it took when this was written: whoever needs more says why. */
const budget = 305_000;

it(`checks ${modelCount} models of ${columnCount} columns with at most ${budget} instantiations of types`, {
  timeout: 120_000,
}, () => {
  const { instantiations, checkSeconds } = measureTypes(root);
  console.log(`${instantiations} instantiations, checked in ${checkSeconds.toFixed(1)} s`);
  expect(instantiations).toBeLessThanOrEqual(budget);
});

it("refuses a program that doesn't compile", { timeout: 120_000 }, () => {
  const program = 'import { t } from "dynalchemy";\nt.string().hashKey().hashKey(1);\n';
  expect(() => measureTypes(root, program)).toThrow("models.mts(2,");
});
