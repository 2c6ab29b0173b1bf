import type { TestProject } from "vitest/node";
import { type EngineKind, startEngine } from "./local-engine.js";

declare module "vitest" {
  interface ProvidedContext {
    engine: { readonly endpoint: string; readonly kind: EngineKind };
  }
}

/**
 * One engine for the whole run: the best that is installed, or the one that TEST_ENGINE names. Test
 * files read its address by `inject("engine")`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const kind = process.env["TEST_ENGINE"] as EngineKind | undefined;
  const engine = await startEngine(kind && { kind });
  project.provide("engine", { endpoint: engine.endpoint, kind: engine.kind });
  return () => engine.stop();
}
