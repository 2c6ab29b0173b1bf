import type { Open } from "../contestant.js";
import { open as openDynalchemy } from "./dynalchemy.js";

/** Answers read by `JSON.parse`, as in a runtime that has no Buffer: what the scan of their text saves. */
export const open: Open = async (equipment) => {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((id: string) =>
    id === "buffer" ? undefined : getBuiltinModule(id)) as typeof getBuiltinModule;
  const { query, batchGet, plain } = await openDynalchemy(equipment);
  if (query === undefined || batchGet === undefined) throw new Error("There is nothing to read.");
  return { query, batchGet, plain };
};
