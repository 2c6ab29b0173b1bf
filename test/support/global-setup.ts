import type { TestProject } from "vitest/node";
import { type EngineKind, startEngine } from "./local-engine.js";

declare module "vitest" {
  interface ProvidedContext {
    engine: { readonly endpoint: string; readonly kind: EngineKind };
  }
}

/** One engine for the whole run. Test files read its address by `inject("engine")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await startEngine();
  project.provide("engine", { endpoint: engine.endpoint, kind: engine.kind });
  return () => engine.stop();
}
