import { readFileSync, writeFileSync } from "node:fs";
import type { Results, Source } from "../results.js";
import type { TypeFigures } from "../types/compile.js";
import { columnCount, modelCount } from "../types/many-models.js";
import {
  bundleTable,
  coldStartTable,
  comparisonTable,
  type Table,
  unitOfWorkTable,
} from "./tables.js";
import { targetTable } from "./targets.js";
import { comparisonTitle } from "./titles.js";

/** The page in which the figures are told. */
export const pagePath = "docs/performance.md";

/** Puts the figures in the page. */
export function writePage(results: Results): void {
  writeFileSync(pagePath, fillPage(readFileSync(pagePath, "utf8"), results));
}

/** The page's text with the figures of a run between its marks, `<!-- figures: name -->` and `<!-- end -->`. */
export function fillPage(page: string, results: Results): string {
  return page.replaceAll(
    /(<!-- figures: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) =>
      `${begin}\n${figures(name, results)}\n\n${end}`,
  );
}

function figures(name: string, results: Results): string {
  switch (name) {
    case "comparisons":
      return results.comparisons
        .map(
          (each) =>
            `### ${comparisonTitle(each).split(":")[0]}\n\n${markdown(comparisonTable(each))}`,
        )
        .join("\n\n");
    case "targets":
      return markdown(targetTable(results));
    case "unit-of-work":
      return markdown(unitOfWorkTable(results.unitOfWork));
    case "stream":
      return streamText(results);
    case "cold-starts":
      return markdown(coldStartTable(results.coldStarts));
    case "bundles":
      return markdown(bundleTable(results.bundles));
    case "types":
      return typesText(results.types);
    case "machine":
      return machineText(results);
    default:
      throw new Error(`The page asks for figures that there aren't: ${name}.`);
  }
}

function streamText({ stream }: Results): string {
  const megabytes = stream.bytes.map((bytes) => (bytes / 1e6).toFixed(1));
  const each = ((stream.seconds / stream.items) * 1e6).toFixed(1);
  return `${stream.items.toLocaleString("en")} untracked items of 1 KB, ${each} µs each. MB in use after collection, at each tenth of the way: ${megabytes.join(", ")}.`;
}

export function typesText({ instantiations, checkSeconds, megabytes }: TypeFigures): string {
  return `${modelCount} models of ${columnCount} columns: ${instantiations.toLocaleString("en")} instantiations, checked in ${checkSeconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB in use.`;
}

function machineText({
  source,
  machine,
  versions,
  rounds,
  comparisons,
  warmUpMilliseconds,
}: Results): string {
  const processes = comparisons.map((each) => each.processes ?? 1);
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    ...(source === undefined ? [] : [sourceText(source)]),
    `- ${machine.cores} cores of ${machine.processor}, ${machine.gigabytes} GB, Node ${machine.node.slice(1)}`,
    `- load (processes that wanted a core, a minute's mean): ${machine.load.map((load) => load.toFixed(1)).join(" at the start, ")} at the end`,
    `- ${rounds} interleaved rounds after ${warmUpMilliseconds / 1_000} s of warm-up, shared by so many processes of each contestant, table by table: ${processes.join(", ")}`,
    `- ${packages.join(", ")}`,
  ].join("\n");
}

function sourceText({ version, commit, date }: Source): string {
  const changes = commit?.endsWith("+") ? ", with changes" : "";
  const at = commit === undefined ? "" : `, commit ${commit.replace("+", "")}${changes}`;
  return `- dynalchemy ${version}${at}, measured on ${date}`;
}

function markdown([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? "---" : "--:")).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
