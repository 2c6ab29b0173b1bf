import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { root } from "./page.js";

const require = createRequire(import.meta.url);
const program = join(root, "examples/quickstart.ts");
const limitMs = 60_000;

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  /** Of the engine that it started. */
  readonly endpoint: string;
}

/** Runs the quickstart with an engine of its own; `onOutput` sees all that was printed so far. */
function quickstart(
  env: Record<string, string> = {},
  options: { readonly imports?: readonly string[]; onOutput?: (text: string) => boolean } = {},
): Promise<Run> {
  const imports = [require.resolve("tsx"), ...(options.imports ?? [])];
  const { DYNAMODB_ENDPOINT: _, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    [...imports.flatMap((path) => ["--import", path]), program],
    {
      cwd: root,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
      killSignal: "SIGKILL",
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (options.onOutput?.(output)) child.kill("SIGTERM");
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const endpoint = /http:\/\/\S+/.exec(output)?.[0] ?? "";
      resolve({ code, signal, output, endpoint });
    });
  });
}

/** Whether nothing listens there any more; an engine that was told to end may take a moment. */
async function isGone(endpoint: string): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const isThere = await fetch(endpoint, { signal: AbortSignal.timeout(1_000) }).then(
      () => true,
      () => false,
    );
    if (!isThere) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

const story = [
  "→ CreateTable Posts",
  "→ BatchWriteItem User, Posts",
  "One batch, which takes no conditions",
  "→ Query Posts (index byUser)",
  "2026-01-01T12:00:00.000Z  DynamoDB: Hello, World!",
  "gave the same object: true",
  "replace tags: Set(2) { 'greeting', 'first' }",
  "add meta.links.1: 'https://example.com'",
  "1. UpdateItem: one update (1 write unit)",
  "set meta.links = list_append(meta.links, [",
  "1 request, 1 write unit",
  "→ UpdateItem Posts",
  'UpdateExpression: "SET #n0.#n1 = list_append(#n0.#n1, :v0) ADD #n2 :v1, #n3 :v2"',
  "told the result: 1 view",
  "nothing to write: 0 requests",
  "ConstraintViolation (CONSTRAINT_VIOLATION): nothing was overwritten",
  'Ann B. wrote "Hello again!", seen 1 time',
];

const conflict = ['base   "Hello, World!"', 'mine   "Hello, you!"', 'theirs "Hello again!"'];

/** Each part, after the one before. */
function expectInOrder(output: string, parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const at = output.indexOf(part, from);
    expect(at, `"${part}" in\n${output}`).toBeGreaterThanOrEqual(0);
    from = at + part.length;
  }
}

describe("npm run quickstart", () => {
  it("tells its story, ends by itself and leaves no engine", { timeout: limitMs }, async () => {
    const { code, output, endpoint } = await quickstart();
    expectInOrder(output, story);
    if (inject("engine").kind !== "dynalite") expectInOrder(output, conflict);
    expect(output).not.toMatch(/warning/i);
    expect(code).toBe(0);
    expect(await isGone(endpoint)).toBe(true);
  });

  it("runs without Java, and says what dynalite can't show", { timeout: limitMs }, async () => {
    const { code, output, endpoint } = await quickstart({ PATH: "/nowhere" });
    expect(output).toContain("on dynalite at");
    expectInOrder(output, story);
    expect(output).toContain("dynalite doesn't tell the item as it is now");
    expect(code).toBe(0);
    expect(await isGone(endpoint)).toBe(true);
  });

  it("leaves no engine when it is stopped or fails half-way", { timeout: limitMs }, async () => {
    const stopped = await quickstart(
      { PATH: "/nowhere" },
      { onOutput: (text) => text.includes("3. Query") },
    );
    expect(stopped.signal).toBe("SIGTERM");
    expect(await isGone(stopped.endpoint)).toBe(true);

    const failed = await quickstart(
      { PATH: "/nowhere" },
      { imports: [join(root, "test/docs/refuse-queries.fixture.mjs")] },
    );
    expect(failed.output).toContain("no queries today");
    expect(failed.code).toBe(1);
    expect(await isGone(failed.endpoint)).toBe(true);
  });
});
