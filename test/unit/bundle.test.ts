import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { bundleSourceForEdge, EdgeRuntime, withoutNode } from "../support/edge-runtime.js";

const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** The aim is 20 kB; the figure is printed, and may not grow unseen. */
const aimKb = 20;
const mostKb = 80;

async function bundle(external: boolean) {
  const { outputFiles, metafile } = await build({
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
    plugins: external ? [] : [withoutNode],
    external: ["@aws-sdk/*", ...(external ? ["#immer", "date-fns", "mitt"] : [])],
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild wrote nothing");
  return { code: output.text, bytes: output.contents, inputs: Object.keys(metafile.inputs) };
}

describe("the main entry, bundled for any platform", () => {
  it("needs nothing of Node's, its dependencies included", async () => {
    const { code, inputs } = await bundle(false);
    expect(inputs.some((input) => input.includes("/immer/"))).toBe(true);
    expect(code).not.toMatch(/["']node:/);
    expect(code).not.toContain("AsyncLocalStorage()");
    // By `globalThis.process?.`, which any runtime may have or not; never `process.env`.
    expect(code).not.toMatch(/\bprocess\.env\b|\bprocess\[/);
    expect(inputs.filter((input) => /src\/(context|adapters|testing)\//.test(input))).toEqual([]);
  });

  it(`is at most ${mostKb} kB gzipped, without the SDK and the dependencies`, async () => {
    const { bytes } = await bundle(true);
    const kb = gzipSync(bytes).length / 1000;
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
