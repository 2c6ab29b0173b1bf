import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { infoOf } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { Engine } from "../session/engine.js";
import type { Explanation } from "../session/read/explanation.js";
import { Query } from "../session/read/query.js";
import { Scan } from "../session/read/scan.js";

/** What the command line works with: what a module exports, by itself or in arrays. */
export interface Exported {
  readonly models: readonly AnyModel[];
  /** Whose client and table names are used. */
  readonly engine: Engine | undefined;
  /** The queries and scans, by the names of their exports: `byUser`, or `searches[0]`. */
  readonly searches: readonly NamedSearch[];
}

export interface NamedSearch {
  readonly name: string;
  readonly search: { explain(): Explanation };
}

/** A command that can't be carried out as it was written. */
export class Misuse extends Error {}

/**
 * Loads a module and finds its models, queries and scans.
 *
 * @throws {Misuse} where it can't be loaded.
 */
export async function loadExported(path: string): Promise<Exported> {
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as object;
  } catch (error) {
    throw new Misuse(whyNotLoaded(path, error), { cause: error });
  }
  const named = Object.entries(module).flatMap(([name, value]: [string, unknown]) =>
    Array.isArray(value)
      ? value.map((each: unknown, at) => ({ name: `${name}[${at}]`, value: each }))
      : [{ name, value }],
  );
  const values = named.map(({ value }) => value);
  return {
    models: [...new Set(values.filter(isModel))],
    engine: values.find((value) => value instanceof Engine),
    searches: named.flatMap(({ name, value }) =>
      value instanceof Query || value instanceof Scan ? [{ name, search: value }] : [],
    ),
  };
}

function isModel(value: unknown): value is AnyModel {
  if (typeof value !== "function") return false;
  try {
    infoOf(value);
    return true;
  } catch {
    return false;
  }
}

function whyNotLoaded(path: string, error: unknown): string {
  if (!existsSync(path)) return `There is no file ${path}.`;
  const { code, message, stack } = error as Partial<NodeJS.ErrnoException>;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `This Node.js can't load ${path}. With tsx installed, run: NODE_OPTIONS="--import tsx" npx dynalchemy …`;
  }
  // Of wrong syntax, Node tells the place to its own console alone.
  const place = error instanceof SyntaxError ? `node ${path} shows where` : placeOf(stack);
  return `${path} can't be loaded: ${message ?? String(error)}${place && ` (${place})`}`;
}

/** Where in the user's own files an error was thrown: the whole stack tells less. */
function placeOf(stack = ""): string {
  const places = stack.matchAll(
    /(?:\(|at (?:async )?)((?:file:|\/|[A-Z]:\\)[^()]*?)(:\d+:\d+)\)?$/gm,
  );
  for (const [, file = "", position] of places) {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    if (!/[\\/]node_modules[\\/]/.test(path)) return relative(process.cwd(), path) + position;
  }
  return "";
}
