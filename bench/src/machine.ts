import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import type { Machine } from "./results.js";

/** @param loadBefore of the last minute when the run began. */
export function describeMachine(loadBefore: number): Machine {
  return {
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? "",
    cores: cpus().length,
    gigabytes: Math.round(totalmem() / 2 ** 30),
    load: [loadBefore, currentLoad()],
  };
}

export function currentLoad(): number {
  return loadavg()[0] ?? 0;
}

/** The bench pins what it measures, so its package.json has the exact versions. */
export function versionsMeasured(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync("bench/package.json", "utf8")) as {
    dependencies: Record<string, string>;
  };
  return dependencies;
}
