/*
 * What a user gets: the package as it is published, installed in an empty folder beside the SDK. The
 * README's first example is compiled and run from there, all of it on the oldest versions that it
 * admits, the command line too, and the tutorial is followed word for word.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { packagePaths } from "../docs/package-paths.js";
import { type Block, blocksFor, type Page, programOf, readPage, root } from "../docs/page.js";
import { runBlocks } from "../docs/run-page.js";
import { bundleForEdge, EdgeRuntime, roundTripOnEdge } from "../support/edge-runtime.js";
import { startEngine } from "../support/local-engine.js";
import { bundleCost, importCost, tarballCost } from "./cost.js";
import { floorVersions } from "./floor.js";
import { followTutorial } from "./follow-tutorial.js";
import { npm, pack, tested } from "./package.js";

const require = createRequire(import.meta.url);
const besides = ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"].map(tested);
const ownTypeScript = dirname(require.resolve("typescript/package.json"));

/** An application that installed the tarball, and these packages beside it. */
function install(tarball: string, folder: string, versions: readonly string[]): void {
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
  const all = [tarball, ...versions, tested("@types/node")];
  npm(["install", "--prefer-offline", "--ignore-scripts", ...all], folder);
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

function compile(blocks: readonly Block[], folder: string, typescript = ownTypeScript): void {
  writeFileSync(join(folder, "example.ts"), programOf(blocks));
  const tsc = join(typescript, "bin", "tsc");
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

/** All of the README, with the oldest versions that it says are enough. */
async function runOnFloor(tarball: string, page: Page, folder: string): Promise<string> {
  const versions = floorVersions();
  install(tarball, folder, versions);
  const blocks = blocksFor(page, "run");
  compile(blocks, folder, join(folder, "node_modules", "typescript"));
  await runExample(page, blocks, folder);
  return versions.join(", ");
}

/** The command line as a user has it: its help, and the tables of a module. */
function runCommand(folder: string): void {
  const dynalchemy = (...args: string[]) =>
    execFileSync("npx", ["--no-install", "dynalchemy", ...args], { cwd: folder, encoding: "utf8" });
  if (!dynalchemy("--help").startsWith("Usage: dynalchemy")) throw new Error("It has no help");
  writeFileSync(
    join(folder, "models.js"),
    `import { model, t } from "dynalchemy";
     export const Post = model("Post", { id: t.string().hashKey() });`,
  );
  const [table] = JSON.parse(dynalchemy("tables", "models.js", "--format", "json")) as object[];
  const expected = {
    TableName: "Post",
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
  };
  if (!isDeepStrictEqual(table, expected)) throw new Error(`It printed ${JSON.stringify(table)}`);
}

/** The packed main entry on a runtime without anything of Node's, against an engine. */
async function runOnEdge(folder: string): Promise<void> {
  const edge = new EdgeRuntime(await bundleForEdge("dynalchemy", folder));
  const engine = await startEngine();
  try {
    const { found } = (await edge.run(roundTripOnEdge(engine.endpoint, "Edge"))) as {
      readonly found: readonly { readonly views: number }[];
    };
    if (found[0]?.views !== 2) throw new Error(`It found ${JSON.stringify(found)}`);
  } finally {
    await engine.stop();
  }
}

const temporary = mkdtempSync(join(tmpdir(), "dynalchemy-smoke-"));
const folder = join(temporary, "app");
let passed = 0;
async function step<T>(title: string, body: () => T | Promise<T>): Promise<T> {
  const result = await body();
  passed += 1;
  console.log(`ok ${title}${typeof result === "string" ? `: ${result}` : ""}`);
  return result;
}

try {
  const tarball = await step("the package is packed", () => pack(temporary));
  await step("the tarball's size", () => tarballCost(tarball));
  await step("it is installed in an empty folder", () => install(tarball.path, folder, besides));
  await step("each of its entries is imported", () => importEntries(folder));
  await step("the main entry's size", () => bundleCost(folder));
  await step("the main entry's import", () => importCost(folder));
  await step("the main entry runs with the globals of the web alone", () => runOnEdge(folder));
  await step("its command runs", () => runCommand(folder));
  const page = readPage("README.md");
  const blocks = firstExample(page);
  await step("the README's first example compiles", () => compile(blocks, folder));
  await step("the README's first example runs", () => runExample(page, blocks, folder));
  await step("the README runs on the oldest versions", () =>
    runOnFloor(tarball.path, page, join(temporary, "floor")),
  );
  await step("the tutorial is followed word for word", () =>
    followTutorial(tarball.path, join(temporary, "tutorial")),
  );
  console.log(`${passed} passed, 0 failed`);
} catch (error) {
  console.error(error);
  console.log(`${passed} passed, 1 failed`);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
