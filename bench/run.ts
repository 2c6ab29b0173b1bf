import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Gets ready and starts the bench: installs its packages when they are missing, puts the built library
 * among them as npm would, compiles, and runs plain JavaScript, so that no loader touches the figures.
 */
const bench = fileURLToPath(new URL(".", import.meta.url));
const root = join(bench, "..");
const packages = join(bench, "node_modules");

function run(command: string, args: readonly string[], cwd: string): void {
  const status = statusOf(command, args, cwd);
  // The command has said on the terminal what was wrong.
  if (status !== 0) process.exit(status);
}

function statusOf(command: string, args: readonly string[], cwd: string): number {
  return spawnSync(command, args, { cwd, stdio: "inherit" }).status ?? 1;
}

function isInstalled(): boolean {
  const marker = join(packages, ".package-lock.json");
  const lock = join(bench, "package-lock.json");
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs;
}

if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"], bench);

const library = join(packages, "dynalchemy");
mkdirSync(library, { recursive: true });
cpSync(join(root, "package.json"), join(library, "package.json"));
const compiler = join(root, "node_modules/.bin/tsc");
rmSync(join(library, "dist"), { recursive: true, force: true });
// The compiler writes the library all the same, so that work that isn't finished can be measured.
const build = ["-p", "tsconfig.build.json", "--outDir", join(library, "dist")];
if (statusOf(compiler, build, root) !== 0) console.warn("The library has type errors.");
run(compiler, ["-p", "bench/tsconfig.json"], root);

const args = process.argv.slice(2);
if (!args.includes("--check")) {
  run(process.execPath, [join(bench, "dist/src/main.js"), ...args], root);
}
