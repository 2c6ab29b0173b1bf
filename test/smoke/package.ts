import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../docs/page.js";

const npmWithinMs = 180_000;

export function npm(args: readonly string[], cwd: string): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
    timeout: npmWithinMs,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The package as it would be published. */
export interface Tarball {
  readonly path: string;
  /** Compressed, in bytes. */
  readonly size: number;
  /** In bytes. */
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** Packs it, built anew by the package's own `prepack`. */
export function pack(into: string): Tarball {
  const said = npm(["pack", "--json", "--pack-destination", into], root);
  const [{ filename, ...sizes }] = JSON.parse(said.slice(said.lastIndexOf("\n[") + 1)) as [
    Omit<Tarball, "path"> & { readonly filename: string },
  ];
  return { ...sizes, path: join(into, filename) };
}

/** A package with the version that is tested here, as `npm install` takes it. */
export function tested(name: string): string {
  const path = join(root, "node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  return `${name}@${version}`;
}
