import type { Patch } from "immer";
import { InvalidExpression } from "../../expr/errors.js";
import {
  type ActionNode,
  type ConditionNode,
  junction,
  pathNode,
  valueNode,
} from "../../expr/nodes.js";
import { assertNoOverlap, Renderer } from "../../expr/renderer.js";
import { diffInstance } from "../../model/diff-instance.js";
import { isGap, ownValue } from "../../model/gaps.js";
import { compilePatches } from "../../model/patch-to-update.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { describeKey, type Key, keyOf } from "../../schema/key.js";
import type { ColumnSpec } from "../../schema/table.js";
import { setOwn, type WireItem } from "../../schema/wire.js";
import { KeyChanged } from "../errors.js";
import type { Guard, Tracked } from "../tracked.js";
import type { Change, DeleteChange, PutChange, UpdateChange } from "./change.js";
import {
  deleteCondition,
  exists,
  guardOf,
  holdsLoaded,
  holdsVersion,
  isAbsent,
} from "./conditions.js";

/**
 * What the next flush has to write of an object; `undefined` for nothing. Pure: it changes neither
 * the object nor what the session knows of it.
 *
 * @throws {InvalidValue} INVALID_VALUE for a value that can't be stored.
 * @throws {KeyChanged} KEY_CHANGED where a stored object's key was assigned.
 */
export function makeChange(tracked: Tracked, atomic: Guard): Change | undefined {
  const guard = guardOf(tracked, atomic);
  if (tracked.status === "delete-marked") return deletion(tracked, guard);
  if (tracked.intent === "upsert") return upsert(tracked);
  if (tracked.intent !== undefined) return putting(tracked, tracked.intent, guard);
  return updating(tracked, guard);
}

function deletion(tracked: Tracked, guard: Guard): DeleteChange {
  return {
    kind: "delete",
    ...factsOf(tracked),
    condition: deleteCondition(tracked, guard),
    patches: [],
    made: new Map(),
  };
}

function putting(tracked: Tracked, intent: "add" | "put", guard: Guard): PutChange {
  const { state, supersedes, condition } = tracked;
  const { info } = state;
  const isStored = tracked.status !== "pending";
  if (isStored) assertSameKey(tracked);
  const made = new Map<string, unknown>();
  const after: Record<string, unknown> = {};
  const item: WireItem = {};
  const keyText = describeKey(keyFor(tracked));
  for (const { column } of info.slots) {
    let value: unknown;
    if (column.isVersion) {
      value = nextVersion(tracked) ?? 1;
      made.set(column.name, value);
    } else if (isStored && column.onUpdate !== undefined) {
      value = column.onUpdate();
      made.set(column.name, value);
    } else {
      // Reading what isn't loaded throws: an item can't be replaced by a part of itself.
      value = isGap(state, column.name)
        ? (state.instance as Record<string, unknown>)[column.name]
        : ownValue(state, column.name);
    }
    const wire = encodeColumn(info.table, column, value, keyText);
    if (wire !== undefined) setOwn(item, column.attribute, wire);
    setOwn(after, column.name, wire === undefined ? undefined : column.type.copy(value));
  }
  const own =
    supersedes !== undefined
      ? deleteCondition(supersedes, guardOf(supersedes, guard))
      : intent === "add"
        ? isAbsent(info)
        : undefined;
  return {
    kind: "put",
    ...factsOf(tracked),
    intent,
    item,
    after,
    condition: junction("and", [own, condition]),
    patches: wholePatches(after),
    made,
  };
}

function upsert(tracked: Tracked): UpdateChange {
  const { state } = tracked;
  const { info } = state;
  const made = new Map<string, unknown>();
  const actions: ActionNode[] = [];
  const patches: Patch[] = [];
  const keyText = describeKey(keyFor(tracked));
  for (const { column } of info.slots) {
    const { name } = column;
    if (column.role !== "none") continue;
    const path = pathNode(info.name, name, [column.attribute]);
    if (column.isVersion) {
      actions.push({ kind: "add", path, value: valueNode({ N: "1" }) });
      continue;
    }
    const isDefault = state.defaulted?.has(name) ?? false;
    const isStamp =
      column.onUpdate !== undefined && (isDefault || ownValue(state, name) === undefined);
    const value = isStamp ? column.onUpdate?.() : ownValue(state, name);
    const wire = encodeColumn(info.table, column, value, keyText);
    if (wire === undefined) continue;
    if (isStamp) made.set(name, value);
    else patches.push({ op: "add", path: [name], value: column.type.copy(value) });
    const given = valueNode(wire);
    const isOnlyDefault = isDefault && !isStamp;
    actions.push({
      kind: "set",
      path,
      value: isOnlyDefault ? { kind: "ifMissing", path, value: given } : given,
    });
  }
  return {
    kind: "update",
    ...factsOf(tracked),
    actions,
    computed: new Set(info.table.columns.map((column) => column.name)),
    condition: tracked.condition,
    patches,
    made,
    isIdempotent: info.table.version === undefined,
    isUpsert: true,
  };
}

function updating(tracked: Tracked, guard: Guard): UpdateChange | undefined {
  const { state, assignments, condition } = tracked;
  const { info } = state;
  assertSameKey(tracked);
  const edits = diffInstance(state);
  assertNotBoth(tracked, edits);
  const hasWork = edits.length > 0 || (assignments?.size ?? 0) > 0;
  if (!hasWork && condition === undefined) return undefined;

  const snapshot = state.snapshot ?? {};
  const made = new Map<string, unknown>();
  const actions: ActionNode[] = [];
  const version = holdsVersion(state);
  const conditions: (ConditionNode | undefined)[] = [exists(info)];
  if (guard === false) {
    // Existence alone.
  } else if (version !== undefined) conditions.push(version);
  else if (guard === "loaded") conditions.push(holdsLoaded(state));
  const isGuarded = guard === "changed" && version === undefined;

  const write = (isCoarse: boolean): UpdateChange => {
    const compiled = compilePatches({
      table: info.table,
      snapshot,
      patches: edits,
      guard: isGuarded,
      isCoarse,
    });
    return {
      kind: "update",
      ...factsOf(tracked),
      actions: [...compiled.actions, ...actions],
      computed,
      condition: junction("and", [...conditions, ...compiled.conditions, condition]),
      patches: [...edits, ...stamps],
      made,
      isIdempotent,
      isUpsert: false,
    };
  };

  const computed = new Set<string>();
  const stamps: Patch[] = [];
  let isIdempotent = true;
  if (hasWork) {
    for (const [name, update] of assignments ?? []) {
      actions.push(update.action);
      computed.add(name);
      if (!update.isIdempotent) isIdempotent = false;
    }
    for (const { column } of info.slots) {
      const { name, attribute } = column;
      const isTouched = computed.has(name) || edits.some((patch) => patch.path[0] === name);
      const path = pathNode(info.name, name, [attribute]);
      if (column.isVersion) {
        const next = nextVersion(tracked);
        if (next === undefined) {
          // The present version isn't known: the table counts, and a resend would count twice.
          actions.push({ kind: "add", path, value: valueNode({ N: "1" }) });
          computed.add(name);
          isIdempotent = false;
        } else {
          stamp(column, next);
        }
      } else if (column.onUpdate !== undefined && !isTouched) {
        stamp(column, column.onUpdate());
      }
    }
  }

  function stamp(column: ColumnSpec, value: unknown): void {
    const path = pathNode(info.name, column.name, [column.attribute]);
    const wire = encodeColumn(info.table, column, value, describeKey(keyFor(tracked)));
    actions.push(
      wire === undefined ? { kind: "remove", path } : { kind: "set", path, value: valueNode(wire) },
    );
    made.set(column.name, value);
    stamps.push({ op: "replace", path: [column.name], value: column.type.copy(value) });
  }

  const fine = write(false);
  try {
    assertNoOverlap(fine.actions);
    assertFits(fine);
    return fine;
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    // Paths into documents made it too long: whole attributes say the same in fewer words.
    const coarse = write(true);
    assertNoOverlap(coarse.actions);
    assertFits(coarse);
    return coarse;
  }
}

/** The expressions are rendered for their limits alone; a request renders them anew with its own placeholders. */
function assertFits(change: UpdateChange): void {
  const renderer = new Renderer();
  if (change.actions.length > 0) renderer.update(change.actions);
  if (change.condition !== undefined) renderer.condition(change.condition);
}

/** A column can't be edited and computed by the table in one flush: which of the two would count? */
function assertNotBoth(tracked: Tracked, edits: readonly Patch[]): void {
  const { assignments, state } = tracked;
  if (assignments === undefined) return;
  for (const [name, update] of assignments) {
    if (!edits.some((patch) => patch.path[0] === name)) continue;
    throw new InvalidExpression(
      `${state.info.name}.${name} of ${describeKey(keyFor(tracked))} was edited and also given the update ` +
        `${String(update)}: do one of them, or flush between them.`,
      { model: state.info.name, column: name },
    );
  }
}

function assertSameKey(tracked: Tracked): void {
  const { state } = tracked;
  const { table } = state.info;
  const key = keyFor(tracked);
  for (const column of [table.hashKey, table.rangeKey]) {
    if (column === undefined) continue;
    const current = ownValue(state, column.name);
    const old = key.values[column.name];
    if (current === old) continue;
    if (current !== undefined && current !== null && isEqual(column, old, current)) continue;
    throw new KeyChanged(state.info.name, describeKey(key), describeNewKey(tracked));
  }
}

function isEqual(column: ColumnSpec, a: unknown, b: unknown): boolean {
  try {
    return column.type.equals(a, b);
  } catch {
    return false;
  }
}

function describeNewKey(tracked: Tracked): string {
  try {
    return describeKey(keyOf(tracked.state.info.table, tracked.entity, "pick"));
  } catch {
    return "a key that isn't valid";
  }
}

/** The version that this write gives; `undefined` where the present one isn't known. */
function nextVersion(tracked: Tracked): number | undefined {
  const { info, snapshot } = tracked.state;
  const { version } = info.table;
  if (version === undefined || snapshot === undefined) return undefined;
  if (!Object.hasOwn(snapshot, version.name)) return undefined;
  const base = snapshot[version.name];
  return typeof base === "number" ? base + 1 : 1;
}

function wholePatches(after: Readonly<Record<string, unknown>>): Patch[] {
  return Object.entries(after)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ op: "add", path: [name], value }));
}

function keyFor(tracked: Tracked): Key {
  // Everything tracked has a key: without one, no session takes an object.
  return tracked.state.key as Key;
}

function factsOf(tracked: Tracked) {
  return {
    info: tracked.state.info,
    tableName: tracked.tableName,
    key: keyFor(tracked),
    tracked,
  };
}
