import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Tarball } from "./package.js";

const mostTarballKb = 400;
const mostFiles = 600;
const runs = 5;

const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** @throws where it is more than a package of this size should weigh. */
export function tarballCost({ size, unpackedSize, entryCount }: Tarball): string {
  const cost = `${kb(size)}, ${kb(unpackedSize)} unpacked, ${entryCount} files`;
  if (size > mostTarballKb * 1000 || entryCount > mostFiles) {
    throw new Error(`The tarball has ${cost}: at most ${mostTarballKb} kB and ${mostFiles} files`);
  }
  return cost;
}

/** What the main entry adds to a bundle: its own code, and that with its dependencies. */
export async function bundleCost(folder: string): Promise<string> {
  const [own, all] = await Promise.all([gzipped(folder, "own"), gzipped(folder, "all")]);
  return `${kb(own)} gzipped, ${kb(all)} with its dependencies, the SDK left out`;
}

async function gzipped(folder: string, what: "own" | "all"): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "dynalchemy";', resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["@aws-sdk/*", ...(what === "own" ? ["#immer", "date-fns", "mitt"] : [])],
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "").length;
}

/** Milliseconds, the best of some runs. Printed alone: what a machine is busy with isn't to fail it. */
export function importCost(folder: string): string {
  const sdk = importMs(folder, ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"]);
  const all = importMs(folder, ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb", "dynalchemy"]);
  return `${all.toFixed(0)} ms, of which the SDK alone takes ${sdk.toFixed(0)} ms`;
}

function importMs(folder: string, names: readonly string[]): number {
  const code = `const start = performance.now();
    for (const name of ${JSON.stringify(names)}) await import(name);
    console.log(performance.now() - start);`;
  const times = Array.from({ length: runs }, () =>
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", code], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    ),
  );
  return Math.min(...times);
}
