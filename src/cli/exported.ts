import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { infoOf } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { Engine } from "../session/engine.js";

/** What the command line works with: what a module exports, by itself or in arrays. */
export interface Exported {
  readonly models: readonly AnyModel[];
  /** Whose client and table names are used. */
  readonly engine: Engine | undefined;
}

/** A command that can't be carried out as it was written. */
export class Misuse extends Error {}

/**
 * Loads a module and finds its models.
 *
 * @throws {Misuse} where it can't be loaded, or has none.
 */
export async function loadExported(path: string): Promise<Exported> {
  let module: object;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as object;
  } catch (error) {
    throw new Misuse(whyNotLoaded(path, error), { cause: error });
  }
  const values = Object.values(module).flatMap((value: unknown) =>
    Array.isArray(value) ? (value as unknown[]) : [value],
  );
  const models = [...new Set(values.filter(isModel))];
  if (models.length === 0) throw new Misuse(`${path} exports no model.`);
  return { models, engine: values.find((value) => value instanceof Engine) };
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
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    return `This Node.js can't load ${path}. With tsx installed, run: NODE_OPTIONS="--import tsx" npx dynalchemy …`;
  }
  return `${path} can't be loaded: ${message ?? String(error)}`;
}
