import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { describe, expect, it } from "vitest";
import { bundleSourceForEdge, EdgeRuntime, withoutNode } from "../support/edge-runtime.js";

const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** The aim is 20 kB; the figure is printed, and may not grow unseen. */
const aimKb = 20;
const mostKb = 80;

const common: BuildOptions & { readonly write: false; readonly metafile: true } = {
  entryPoints: [entry],
  bundle: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  write: false,
  metafile: true,
  logLevel: "silent",
};

async function bundle() {
  const { outputFiles, metafile } = await build({
    ...common,
    plugins: [withoutNode],
    external: ["@aws-sdk/*"],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild wrote nothing");
  return { code: output.text, inputs: Object.keys(metafile.inputs) };
}

/** What importing the entry loads, in kB gzipped; what is imported on demand comes on top. */
async function loadedKb(): Promise<number> {
  const { outputFiles, metafile } = await build({
    ...common,
    splitting: true,
    outdir: "out",
    external: ["@aws-sdk/*", "#immer", "date-fns", "mitt"],
  });
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents).length]),
  );
  const loaded = new Set<string>(["index.js"]);
  for (const name of loaded) {
    const [, output] =
      Object.entries(metafile.outputs).find(([path]) => basename(path) === name) ?? [];
    for (const { path, kind } of output?.imports ?? []) {
      if (kind === "import-statement" && sizes.has(basename(path))) loaded.add(basename(path));
    }
  }
  return [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? Number.NaN), 0) / 1000;
}

describe("the main entry, bundled for any platform", () => {
  it("needs nothing of Node's, its dependencies included", async () => {
    const { code, inputs } = await bundle();
    expect(inputs.some((input) => input.includes("/immer/"))).toBe(true);
    expect(code).not.toMatch(/["']node:/);
    expect(code).not.toContain("AsyncLocalStorage()");
    // By `globalThis.process?.`, which any runtime may have or not; never `process.env`.
    expect(code).not.toMatch(/\bprocess\.env\b|\bprocess\[/);
    expect(inputs.filter((input) => /src\/(context|adapters|testing)\//.test(input))).toEqual([]);
  });

  it(`is at most ${mostKb} kB gzipped, without the SDK and the dependencies`, async () => {
    const kb = await loadedKb();
    console.log(`Own code: ${kb.toFixed(1)} kB gzipped of ${aimKb} kB aimed at`);
    expect(kb).toBeLessThanOrEqual(mostKb);
  });

  it("runs with the globals of the web alone: no process, no Buffer, no require", async () => {
    const edge = new EdgeRuntime(await bundleSourceForEdge());
    expect(await edge.run("return [typeof process, typeof Buffer, typeof require]")).toEqual(
      Array(3).fill("undefined"),
    );
    const seen = await edge.run(`
      const { DynamoDBClient, Engine, model, t } = bundled;
      const Post = model("Post", { id: t.string().hashKey(), links: t.list(t.string()) });
      const engine = new Engine({ client: new DynamoDBClient({ region: "us-east-1" }) });
      const session = engine.session();
      session.add(new Post({ id: "a", links: ["x"] }));
      return { plan: String(session.plan()), request: engine.query(Post).key({ id: "a" }).request() };
    `);
    expect(seen).toMatchObject({
      plan: expect.stringContaining('put Post { id: "a" }'),
      request: { TableName: "Post", ExpressionAttributeValues: { ":v0": { S: "a" } } },
    });
  });
});
