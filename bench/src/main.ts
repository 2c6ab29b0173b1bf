import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Comparison, compare } from "./comparison.js";
import { serveOverHttp } from "./http-endpoint.js";
import type { Size } from "./items.js";
import { comparisonTable } from "./report/comparison-table.js";
import { printTable } from "./report/terminal.js";
import { chooseScale } from "./scale.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const scale = chooseScale(options.quick, options.only === "" ? [] : options.only.split(","));

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`);
console.log("µs for one item ± spread, (ratio to the DocumentClient).");
const http = await serveOverHttp();
const comparisons: Comparison[] = [];
const slow = new Set<string>();
for (const size of ["large", "small"] satisfies Size[]) {
  for (const endpoint of [undefined, `${http.url}/${size}`]) {
    const comparison = await compare(size, endpoint, scale, slow);
    comparisons.push(comparison);
    const title = `${size === "large" ? "1 KB" : "small"} items, ${endpoint === undefined ? "client CPU only" : "over HTTP"}`;
    printTable(title, comparisonTable(comparison));
  }
}
http.stop();
writeFileSync("bench/results.json", `${JSON.stringify({ comparisons }, undefined, 2)}\n`);
