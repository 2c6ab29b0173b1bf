import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manyModels } from "./many-models.js";

/** What the compiler takes to check the program of many models, the library's own types included. */
export interface TypeFigures {
  /** Types that were made of generic ones: the same in every run of one compiler. */
  readonly instantiations: number;
  /** On the clock, in seconds. */
  readonly checkSeconds: number;
  readonly megabytes: number;
}

/**
 * @param root the repository's folder, whose compiler and settings are used.
 * @throws {Error} where the program doesn't compile.
 */
export function measureTypes(root: string, program = manyModels()): TypeFigures {
  const folder = mkdtempSync(join(tmpdir(), "dynalchemy-types-"));
  try {
    const settings = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: { noEmit: true, typeRoots: [join(root, "node_modules/@types")] },
      files: ["models.mts"],
      include: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    writeFileSync(join(folder, "models.mts"), program);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const args = [tsc, "-p", folder, "--extendedDiagnostics"];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`The program of many models doesn't compile:\n${stdout}`);
    const figure = (label: string) => {
      const found = new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1];
      if (found === undefined) throw new Error(`The compiler doesn't tell "${label}":\n${stdout}`);
      return Number(found);
    };
    return {
      instantiations: figure("Instantiations"),
      checkSeconds: figure("Check time"),
      megabytes: figure("Memory used") / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
