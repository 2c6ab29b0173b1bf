/*
 * What a user gets: the package as it is published, installed in an empty folder beside the SDK,
 * and the README's first example compiled and run from there.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packagePaths } from "../docs/package-paths.js";
import { type Block, blocksFor, type Page, programOf, readPage, root } from "../docs/page.js";
import { runBlocks } from "../docs/run-page.js";
import { startEngine } from "../support/local-engine.js";

const require = createRequire(import.meta.url);
const besides = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb", "@types/node"];
const installWithinMs = 180_000;

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as Manifest;

function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
    timeout: installWithinMs,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The tarball that would be published, built anew by the package's own `prepack`. */
function pack(into: string): string {
  const said = npm(["pack", "--json", "--pack-destination", into], root);
  const [{ filename }] = JSON.parse(said.slice(said.lastIndexOf("\n[") + 1)) as [
    { readonly filename: string },
  ];
  return join(into, filename);
}

/** An application that installed the tarball, and the SDK in the version tested here. */
function install(tarball: string, folder: string): void {
  mkdirSync(folder);
  const write = (name: string, content: object) =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  write("package.json", { name: "smoke", private: true, type: "module" });
  write("tsconfig.json", {
    compilerOptions: {
      target: "ES2022",
      module: "NodeNext",
      lib: ["ES2023", "ESNext.Disposable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    },
    files: ["example.ts"],
  });
  const versions = besides.map((name) => `${name}@${manifestOf(name).version}`);
  npm(["install", "--prefer-offline", "--ignore-scripts", tarball, ...versions], folder);
}

/** Each entry of the package can be imported by plain Node. */
function importEntries(folder: string): void {
  for (const entry of packagePaths(root).keys()) {
    const code = `const names = Object.keys(await import(${JSON.stringify(entry)}));
      if (names.length === 0) throw new Error("it exports nothing");`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}

/** The first block that runs, with the hidden code before it. */
function firstExample(page: Page): Block[] {
  const blocks = blocksFor(page, "run");
  const first = blocks.findIndex(({ isPreamble }) => !isPreamble);
  if (first < 0) throw new Error(`${page.path} has no example`);
  return blocks.slice(0, first + 1);
}

function compile(blocks: readonly Block[], folder: string): void {
  writeFileSync(join(folder, "example.ts"), programOf(blocks));
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  execFileSync(process.execPath, [tsc, "-p", join(folder, "tsconfig.json")], { stdio: "inherit" });
}

async function runExample(page: Page, blocks: readonly Block[], folder: string): Promise<void> {
  const write = (name: string, content: string | object) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };
  const engine = await startEngine();
  try {
    const { failure, differences } = await runBlocks(page, blocks, engine.endpoint, {
      folder,
      write,
    });
    if (failure) throw new Error(failure);
    if (differences.length > 0) throw new Error(JSON.stringify(differences, null, 2));
  } finally {
    await engine.stop();
  }
}

const temporary = mkdtempSync(join(tmpdir(), "dynalchemy-smoke-"));
const folder = join(temporary, "app");
let passed = 0;
async function step(title: string, body: () => void | Promise<void>): Promise<void> {
  await body();
  passed += 1;
  console.log(`ok ${title}`);
}

try {
  await step("the package is packed and installed in an empty folder", () => {
    install(pack(temporary), folder);
  });
  await step("each of its entries is imported", () => importEntries(folder));
  const page = readPage("README.md");
  const blocks = firstExample(page);
  await step("the README's first example compiles", () => compile(blocks, folder));
  await step("the README's first example runs", () => runExample(page, blocks, folder));
  console.log(`${passed} passed, 0 failed`);
} catch (error) {
  console.error(error);
  console.log(`${passed} passed, 1 failed`);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
