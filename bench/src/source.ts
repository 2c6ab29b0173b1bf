import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Source } from "./results.js";

/** Asked before anything is written: the run's own results mustn't count as a change. */
export function describeSource(): Source {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const commit = git("rev-parse", "--short", "HEAD");
  const mark = git("status", "--porcelain") === "" ? "" : "+";
  return {
    version,
    ...(commit !== undefined && { commit: commit + mark }),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** `undefined` where there is no git, or no repository. */
function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
