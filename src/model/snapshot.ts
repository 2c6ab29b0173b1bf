// On Node this is immer, elsewhere a copy of it that asks for no `process`: see build.mjs.

import type { Patch } from "immer";
import { Immer } from "#immer";
import { setOwn } from "../schema/wire.js";

/**
 * What a table was last known to hold of an item, by column: an own `undefined` is known to be
 * absent, a column that isn't there is unknown. Shares nothing mutable with the instance.
 */
export type Snapshot = Readonly<Record<string, unknown>>;

let immer: Immer | undefined;

/** Made when first needed: a program that only reads has no use for it. */
function producer(): Immer {
  // Strict copies keep what isn't enumerable: a map's members that its type doesn't declare.
  immer ??= new Immer({ useStrictShallowCopy: true });
  return immer;
}

/** The snapshot once patches are written, a column at a time, so that columns may have any name. */
export function applyToSnapshot(snapshot: Snapshot, patches: readonly Patch[]): Snapshot {
  const next: Record<string, unknown> = {};
  for (const name of Object.keys(snapshot)) setOwn(next, name, snapshot[name]);
  for (const [name, nested] of byColumn(patches)) {
    const own = Object.hasOwn(next, name) ? next[name] : undefined;
    setOwn(next, name, applyToValue(own, nested));
  }
  return next;
}

/** A column's value after its patches, of which one without further path replaces it as a whole. */
export function applyToValue(value: unknown, patches: readonly Patch[]): unknown {
  let result = value;
  let pending: Patch[] = [];
  const flush = () => {
    const patches = pending;
    if (patches.length > 0) {
      result = producer().produce(result as object, (draft) => {
        for (const patch of patches) applyPatch(draft, patch);
      });
    }
    pending = [];
  };
  for (const patch of patches) {
    if (patch.path.length > 1) {
      pending.push({ ...patch, path: patch.path.slice(1) });
    } else {
      flush();
      result = patch.op === "remove" ? undefined : patch.value;
    }
  }
  flush();
  return result;
}

type Holder = Record<string | number, unknown>;

/**
 * immer's own `applyPatches` would copy the value member by member, and thereby lose a member called
 * `__proto__` and whatever isn't enumerable. A patch's value is a copy already.
 */
function applyPatch(draft: object, { op, path, value }: Patch): void {
  let holder = draft as Holder;
  for (const step of path.slice(0, -1)) holder = holder[step] as Holder;
  const last = path.at(-1) as string | number;
  if (op !== "replace" && Array.isArray(holder)) {
    if (op === "add") holder.splice(last as number, 0, value);
    else holder.splice(last as number, 1);
  } else if (op === "remove") delete holder[last];
  else holder[last] = value;
}

export function byColumn(patches: readonly Patch[]): Map<string, Patch[]> {
  const columns = new Map<string, Patch[]>();
  for (const patch of patches) {
    const name = String(patch.path[0]);
    const known = columns.get(name);
    if (known === undefined) columns.set(name, [patch]);
    else known.push(patch);
  }
  return columns;
}
