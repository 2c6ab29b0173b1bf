import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** The aim is 20 kB; the figure is printed, and may not grow unseen. */
const aimKb = 20;
const mostKb = 72;

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
    ...(external ? { packages: "external" } : { external: ["@aws-sdk/*"] }),
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
    expect(inputs.filter((input) => /src\/(context|adapters|testing)\//.test(input))).toEqual([]);
  });

  it(`is at most ${mostKb} kB gzipped, without the SDK and the dependencies`, async () => {
    const { bytes } = await bundle(true);
    const kb = gzipSync(bytes).length / 1000;
    console.log(`Own code: ${kb.toFixed(1)} kB gzipped of ${aimKb} kB aimed at`);
    expect(kb).toBeLessThanOrEqual(mostKb);
  });
});
