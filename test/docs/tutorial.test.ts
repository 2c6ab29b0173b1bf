import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./page.js";
import { compileFiles } from "./run-page.js";
import { finalFiles, parseTutorial } from "./tutorial.js";

const page = (...lines: string[]) => parseTutorial(lines.join("\n"));

describe("the reading of the tutorial", () => {
  it("finds files and commands, and what the words before them say", () => {
    const steps = page(
      "One thing.",
      "",
      "Words. Make",
      "`a.ts`:",
      "",
      "```ts file",
      "one();",
      "```",
      "",
      "Add to `a.ts`:",
      "```ts file",
      "two();",
      "```",
      "Start it, and leave it running:",
      "```console",
      "$ tsc",
      "$ node a.js",
      "ready",
      "now",
      "```",
    );
    expect(steps).toEqual([
      { kind: "write", path: "a.ts", text: "one();\n", line: 6 },
      { kind: "append", path: "a.ts", text: "two();\n", line: 11 },
      { kind: "command", command: "tsc", prints: "", keepsRunning: false, line: 16 },
      { kind: "command", command: "node a.js", prints: "ready\nnow", keepsRunning: true, line: 17 },
    ]);
    expect(finalFiles(steps)).toEqual(new Map([["a.ts", "one();\n\ntwo();\n"]]));
  });

  it("refuses a block of which nobody is told what to do", () => {
    expect(() => page("See:", "", "```ts file", "```")).toThrow("which file the block at line 3");
    expect(() => page("```console", "ready", "```")).toThrow("No command prints line 2");
    expect(() => finalFiles(page("Add to `a.ts`:", "", "```ts file", "```"))).toThrow(
      "Line 3 adds to no file",
    );
  });
});

it("the tutorial's files compile, as the source stands; the smoke test does the rest", async () => {
  const steps = parseTutorial(readFileSync(join(root, "docs/tutorial.md"), "utf8"));
  const files = finalFiles(steps);
  expect([...files.keys()]).toEqual([
    "tsconfig.json",
    "models.ts",
    "database.ts",
    "tour.ts",
    "app.ts",
  ]);
  files.delete("tsconfig.json");
  expect(await compileFiles(files)).toBe("");
});
