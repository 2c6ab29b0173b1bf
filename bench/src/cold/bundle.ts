import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { ContestantId } from "../contestants.js";

/** Bytes of a program that uses one contestant, bundled for Node. */
export interface BundleFigure {
  readonly contestant: ContestantId;
  /** With the SDK. */
  readonly whole: Size;
  /** What is the mapper's own: the SDK left out. */
  readonly own: Size;
}

export interface Size {
  readonly minified: number;
  readonly gzip: number;
}

export async function measureBundle(contestant: ContestantId): Promise<BundleFigure> {
  return {
    contestant,
    whole: await sizeOf(contestant, []),
    own: await sizeOf(contestant, ["@aws-sdk/*", "@smithy/*"]),
  };
}

async function sizeOf(contestant: ContestantId, external: string[]): Promise<Size> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../peers/${contestant}.js`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    external,
    logLevel: "error",
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzip: gzipSync(code).length };
}
