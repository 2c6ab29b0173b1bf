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
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  // The command has said on the terminal what was wrong.
  if (status !== 0) process.exit(status ?? 1);
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
rmSync(join(library, "dist"), { recursive: true, force: true });
run(process.execPath, ["build.mjs"], root);
cpSync(join(root, "dist"), join(library, "dist"), { recursive: true });
run(join(root, "node_modules/.bin/tsc"), ["-p", "bench/tsconfig.json"], root);

const args = process.argv.slice(2);
if (!args.includes("--check")) {
  run(process.execPath, [join(bench, "dist/src/main.js"), ...args], root);
}
