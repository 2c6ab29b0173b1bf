import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureBundle } from "./cold/bundle.js";
import { coldContestants, measureColdStarts } from "./cold/cold-starts.js";
import { type Comparison, compare } from "./comparison.js";
import { serveOverHttp } from "./http-endpoint.js";
import { currentLoad, describeMachine, versionsMeasured } from "./machine.js";
import { typesText, writePage } from "./report/page.js";
import { plot } from "./report/plot.js";
import { bundleTable, coldStartTable, comparisonTable, unitOfWorkTable } from "./report/tables.js";
import { printTable } from "./report/terminal.js";
import { comparisonTitle } from "./report/titles.js";
import type { Results } from "./results.js";
import { chooseScale } from "./scale.js";
import { describeSource } from "./source.js";
import { measureTypes } from "./types/compile.js";
import { compareUnitsOfWork } from "./unit-of-work/comparison.js";
import { firstMessage, start } from "./worker-process.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    report: { type: "boolean", default: false },
  },
});
const resultsPath = "bench/results.json";
if (options.report) {
  report(JSON.parse(readFileSync(resultsPath, "utf8")));
  process.exit();
}
const scale = chooseScale(options.quick, options.only === "" ? [] : options.only.split(","));
const source = describeSource();
const loadBefore = currentLoad();

const comparisons: Comparison[] = [];
const http = await serveOverHttp();
const slow = new Set<string>();
for (const [size, endpoint] of [
  ["large", undefined],
  ["large", `${http.url}/large`],
  ["small", undefined],
  ["small", `${http.url}/small`],
] as const) {
  const comparison = await compare(size, endpoint, scale, slow);
  comparisons.push(comparison);
  printTable(comparisonTitle(comparison), comparisonTable(comparison));
}
http.stop();

const unitOfWork = await compareUnitsOfWork(scale);
printTable("Unit of work, CPU time", unitOfWorkTable(unitOfWork));
const [stream] = (await firstMessage(
  start("unit-of-work/stream.js", [String(scale.streamedItems)]),
  "the stream",
)) as [Results["stream"]];
console.log(`\n${stream.items} untracked items, MB in use after each tenth:`);
console.log(stream.bytes.map((bytes) => (bytes / 1e6).toFixed(1)).join(" "));
const coldStarts = await measureColdStarts(scale.coldRounds);
printTable("Fresh process, ms", coldStartTable(coldStarts));
const bundles = await Promise.all(coldContestants.map(measureBundle));
printTable("Bundle, kB", bundleTable(bundles));

const types = measureTypes(process.cwd());
console.log(`\n${typesText(types)}`);

const results: Results = {
  source,
  machine: describeMachine(loadBefore),
  versions: versionsMeasured(),
  rounds: scale.rounds,
  warmUpMilliseconds: scale.warmUp.milliseconds,
  comparisons,
  unitOfWork,
  stream,
  coldStarts,
  bundles,
  types,
};
// A quick run, or one of a few, says too little to replace what the documentation shows.
if (!options.quick && options.only === "") {
  writeFileSync(resultsPath, `${JSON.stringify(results, undefined, 2)}\n`);
  report(results);
}

function report(results: Results): void {
  writeFileSync("docs/performance.svg", plot(results));
  writePage(results);
}
