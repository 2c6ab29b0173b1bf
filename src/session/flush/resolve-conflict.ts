import type { Patch } from "immer";
import { diffColumn } from "../../model/diff.js";
import { diffInstance } from "../../model/diff-instance.js";
import { showValue } from "../../model/gaps.js";
import { hydrate, rehydrate } from "../../model/hydrate.js";
import type { InstanceState } from "../../model/instance-state.js";
import { overlaps } from "../../model/patch-to-update.js";
import { applyToSnapshot } from "../../model/snapshot.js";
import type { WireItem } from "../../schema/wire.js";
import type { FlushFailure } from "../errors.js";
import type { Resolution } from "../session-options.js";
import type { Tracked } from "../tracked.js";

/** How conflicts are resolved: the same way for all, or asked for each; `undefined` lets it be thrown. */
export type ConflictPolicy =
  | Resolution
  | ((failure: FlushFailure) => Resolution | undefined | Promise<Resolution | undefined>);

/** An unmet condition, whose it is, and what the table holds. */
export interface Conflict {
  readonly failure: FlushFailure;
  readonly tracked: Tracked | undefined;
  /** `undefined`: the item is gone. */
  readonly item: WireItem | undefined;
}

/**
 * Works out how to bring an object onto what the table holds, without doing it yet: a flush's
 * conflicts are resolved all or none. `undefined` where there is no way.
 */
export async function conflictResolution(
  { failure, tracked, item }: Conflict,
  policy: ConflictPolicy,
): Promise<(() => void) | undefined> {
  const choice = typeof policy === "function" ? await policy(failure) : policy;
  // An object that is new, or whose item is gone, has nothing to be brought onto.
  if (choice === undefined || tracked === undefined || item === undefined) return undefined;
  if (tracked.state.snapshot === undefined) return undefined;
  const { state } = tracked;
  switch (choice) {
    case "theirs":
      return () => {
        rehydrate(state, item, "overwrite");
        tracked.clearIntentions();
        tracked.status = "persistent";
      };
    case "mine":
      return () => rehydrate(state, item, { except: columnsOf(diffInstance(state)) });
    case "rebase": {
      if (tracked.status === "delete-marked") return undefined;
      const ours = diffInstance(state);
      if (overlaps(ours, changesSince(state, item))) return undefined;
      return () => rebase(state, item, ours);
    }
  }
}

/** Replays our patches on what the table holds now. */
function rebase(state: InstanceState, item: WireItem, ours: readonly Patch[]): void {
  rehydrate(state, item, "overwrite");
  const replayed = applyToSnapshot(state.snapshot ?? {}, ours);
  for (const name of columnsOf(ours)) {
    const value = replayed[name];
    const column = state.info.table.byName.get(name);
    showValue(state, name, value === undefined ? undefined : column?.type.copy(value));
  }
}

function columnsOf(patches: readonly Patch[]): Set<string> {
  return new Set(patches.map(({ path }) => String(path[0])));
}

/** What others have changed since our snapshot; stamps that every write sets aren't anybody's change. */
function changesSince(state: InstanceState, item: WireItem): Patch[] {
  const base = state.snapshot ?? {};
  const now = hydrate(state.info, item).snapshot ?? {};
  const patches: Patch[] = [];
  for (const { column } of state.info.slots) {
    const { name } = column;
    if (!Object.hasOwn(base, name) || column.isVersion || column.onUpdate !== undefined) continue;
    if (Object.hasOwn(now, name)) {
      patches.push(...diffColumn(column.type, name, base[name], now[name]));
    } else {
      patches.push({ op: "replace", path: [name] });
    }
  }
  return patches;
}
