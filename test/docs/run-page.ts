import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { packagePaths } from "./package-paths.js";
import {
  type Block,
  blocksFor,
  type Expectation,
  expectationsOf,
  isAsSaid,
  type Page,
  programOf,
  root,
} from "./page.js";

const require = createRequire(import.meta.url);
const runWithinMs = 60_000;

/** The files of one run, inside the project so that packages are found from there. */
export class Workshop {
  readonly folder: string;

  /** `base`: the folder whose packages are found. */
  constructor(base = root) {
    this.folder = join(base, ".docs-pages", randomUUID().slice(0, 8));
    mkdirSync(this.folder, { recursive: true });
    const paths = [...packagePaths(root)].map(([name, source]) => [name, [source]]);
    this.write("tsconfig.json", {
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: true,
        paths: Object.fromEntries(paths),
        // Other libraries' types may not be made for it.
        ...(base !== root && { exactOptionalPropertyTypes: false }),
      },
      include: ["./**/*.ts"],
    });
  }

  write(name: string, content: string | object): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The compiler's messages, which name the page's lines; empty where all is well. */
export async function compilePage(
  page: Page,
  workshop = new Workshop(),
  blocks = blocksFor(page, "compile"),
): Promise<string> {
  const program = join(workshop.folder, "page.ts");
  const files = new Map([["page.ts", programOf(blocks)]]);
  return named(await compileFiles(files, workshop), program, page);
}

/** The compiler's messages about files that may import one another; empty where all is well. */
export async function compileFiles(
  files: ReadonlyMap<string, string>,
  workshop = new Workshop(),
): Promise<string> {
  try {
    for (const [name, text] of files) workshop.write(name, text);
    const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
    const { code, output } = await run(
      [tsc, "-p", join(workshop.folder, "tsconfig.json"), "--pretty", "false"],
      {},
    );
    return code === 0 ? "" : output;
  } finally {
    workshop.remove();
  }
}

export interface Difference extends Expectation {
  readonly printed: string;
}

export interface PageRun {
  /** Why the program failed, with the page's lines; empty where it ended well. */
  readonly failure: string;
  /** Where it printed something else than the page says. */
  readonly differences: readonly Difference[];
}

/** Runs the page's program against the engine, in a process of its own. */
export async function runPage(
  page: Page,
  endpoint: string,
  workshop = new Workshop(),
  blocks = blocksFor(page, "run"),
): Promise<PageRun> {
  try {
    return await runBlocks(page, blocks, endpoint, workshop);
  } finally {
    workshop.remove();
  }
}

/** As `runPage`, for some of a page's blocks, in a folder from which their packages are found. */
export async function runBlocks(
  page: Page,
  blocks: readonly Block[],
  endpoint: string,
  workshop: Pick<Workshop, "folder" | "write">,
): Promise<PageRun> {
  const expectations = expectationsOf(page, blocks);
  const logger = fileURLToPath(new URL("./log-at.ts", import.meta.url));
  const program = workshop.write("page.ts", programOf(blocks, logger));
  const log = join(workshop.folder, "page.log");
  const { code, output } = await run(["--import", require.resolve("tsx"), program], {
    PAGE_LOG: log,
    TSX_TSCONFIG_PATH: join(workshop.folder, "tsconfig.json"),
    ...environmentOf(endpoint),
  });
  const failure = code === 0 ? "" : `Exit code ${code}\n${named(output, program, page)}`;
  const printed = readLog(log);
  const differences = expectations
    .map((expected) => ({ ...expected, printed: printed.get(expected.line) ?? "(nothing)" }))
    .filter((found) => !isAsSaid(found.text, found.printed));
  return { failure, differences };
}

/** So that `new DynamoDBClient({})`, as a page shows it, speaks to the engine. */
function environmentOf(endpoint: string): Record<string, string> {
  return {
    DYNAMODB_ENDPOINT: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: "us-east-1",
    // DynamoDB Local keeps tables apart by access key, so each page has its own.
    AWS_ACCESS_KEY_ID: `page${randomUUID().replaceAll("-", "")}`,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

function readLog(path: string): Map<number, string> {
  const printed = new Map<number, string>();
  if (!existsSync(path)) return printed;
  for (const entry of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
    const { line, text } = JSON.parse(entry) as { line: number; text: string };
    const before = printed.get(line);
    printed.set(line, before === undefined ? text : `${before}\n${text}`);
  }
  return printed;
}

/** Messages about the program, told of the page: their lines are the same. */
function named(output: string, program: string, page: Page): string {
  return output
    .replaceAll(program, page.path)
    .replaceAll(relative(process.cwd(), program), page.path)
    .trim();
}

function run(args: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: number | string; output: string }>((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: runWithinMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("error", (error) => resolve({ code: error.message, output }));
    child.on("close", (code, signal) => resolve({ code: code ?? `${signal}`, output }));
  });
}
