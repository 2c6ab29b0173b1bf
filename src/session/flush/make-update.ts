import type { Patch } from "immer";
import { InvalidExpression } from "../../expr/errors.js";
import {
  type ActionNode,
  type ConditionNode,
  junction,
  pathNode,
  valueNode,
} from "../../expr/nodes.js";
import { assertNoOverlap } from "../../expr/renderer.js";
import { diffInstance } from "../../model/diff-instance.js";
import { compilePatches } from "../../model/patch-to-update.js";
import { applyToValue, byColumn, type Snapshot } from "../../model/snapshot.js";
import { encodeColumn } from "../../schema/item-codec.js";
import { describeKey } from "../../schema/key.js";
import type { ColumnSpec } from "../../schema/table.js";
import { setOwn } from "../../schema/wire.js";
import type { Guard, Tracked } from "../tracked.js";
import { assertFits } from "./assert-fits.js";
import type { PutChange, UpdateChange } from "./change.js";
import { exists, holdsLoaded, holdsVersion } from "./conditions.js";
import { assertSameKey, factsOf, keyFor, nextVersion } from "./make-facts.js";
import { makeReplacement, mayBeReplaced } from "./replace.js";

/**
 * The update of a stored object; `undefined` where nothing has changed. One that is too long for an
 * expression becomes a put on the version, where there is one.
 */
export function makeUpdate(tracked: Tracked, guard: Guard): UpdateChange | PutChange | undefined {
  const { state, assignments, condition } = tracked;
  const { info } = state;
  assertSameKey(tracked);
  const edits = diffInstance(state);
  assertNotBoth(tracked, edits);
  const hasWork = edits.length > 0 || (assignments?.size ?? 0) > 0;
  if (!hasWork && condition === undefined) return undefined;

  const base = state.snapshot ?? {};
  const version = holdsVersion(state);
  const isGuarded = guard === "changed" && version === undefined;
  const extra = hasWork ? computedAndStamped(tracked, edits, guard) : nothingExtra;
  const patches = [...edits, ...extra.patches];
  const conditions: (ConditionNode | undefined)[] = [exists(info)];
  if (guard === false) {
    // Existence alone.
  } else if (version !== undefined) conditions.push(version);
  else if (guard === "loaded") conditions.push(holdsLoaded(state));

  const write = (isCoarse: boolean): UpdateChange => {
    const compiled = compilePatches({
      table: info.table,
      snapshot: base,
      wires: state.wires,
      patches: edits,
      guard: isGuarded,
      isBlind: guard === false,
      isCoarse,
      key: keyFor(tracked),
    });
    const change: UpdateChange = {
      kind: "update",
      ...factsOf(tracked),
      actions: [...compiled.actions, ...extra.actions],
      // A copy: a read beside the flush may add to the snapshot what this write has left.
      base: { ...base },
      after: afterPatches(base, patches),
      computed: extra.computed,
      condition: junction("and", [...conditions, ...compiled.conditions, condition]),
      patches,
      made: extra.made,
      // Unguarded, a second append or removal by position finds the list that the first one left.
      isIdempotent: extra.isIdempotent && (guard !== false || !compiled.actions.some(isPositional)),
      isPositional: compiled.actions.some(isPositional),
      isUpsert: false,
    };
    assertNoOverlap(change.actions);
    assertFits(change, tracked, guard);
    return change;
  };

  try {
    return write(false);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    // Paths into documents made it too long: whole attributes say the same in fewer words.
    try {
      return write(true);
    } catch (error) {
      if (!(error instanceof InvalidExpression) || version === undefined) throw error;
      if (!mayBeReplaced(tracked, guard)) throw error;
      return makeReplacement(tracked, version, patches);
    }
  }
}

/** What an update holds beside the edits: what the table computes, and what the flush stamps. */
interface Extra {
  readonly actions: readonly ActionNode[];
  readonly patches: readonly Patch[];
  readonly computed: ReadonlySet<string>;
  readonly made: ReadonlyMap<string, unknown>;
  readonly isIdempotent: boolean;
}

const nothingExtra: Extra = {
  actions: [],
  patches: [],
  computed: new Set(),
  made: new Map(),
  isIdempotent: true,
};

function computedAndStamped(tracked: Tracked, edits: readonly Patch[], guard: Guard): Extra {
  const { info } = tracked.state;
  const actions: ActionNode[] = [];
  const patches: Patch[] = [];
  const computed = new Set<string>();
  const made = new Map<string, unknown>();
  let isIdempotent = true;
  for (const [name, update] of tracked.assignments ?? []) {
    actions.push(update.action);
    computed.add(name);
    if (!update.isIdempotent) isIdempotent = false;
  }
  for (const { column } of info.slots) {
    const { name } = column;
    const isTouched = computed.has(name) || edits.some((patch) => patch.path[0] === name);
    if (column.isVersion) {
      const next = guard === false ? undefined : nextVersion(tracked);
      if (next === undefined) {
        // The present version isn't known, or may be another by now, and must not go back: the table
        // counts, and a resend would count twice.
        const path = pathNode(info.name, name, [column.attribute]);
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
  return { actions, patches, computed, made, isIdempotent };

  function stamp(column: ColumnSpec, value: unknown): void {
    const path = pathNode(info.name, column.name, [column.attribute]);
    const wire = encodeColumn(info.table, column, value, keyFor(tracked));
    actions.push(
      wire === undefined ? { kind: "remove", path } : { kind: "set", path, value: valueNode(wire) },
    );
    made.set(column.name, value);
    patches.push({ op: "replace", path: [column.name], value: column.type.copy(value) });
  }
}

function afterPatches(base: Snapshot, patches: readonly Patch[]): Record<string, unknown> {
  const after: Record<string, unknown> = {};
  for (const [name, own] of byColumn(patches)) {
    setOwn(after, name, applyToValue(Object.hasOwn(base, name) ? base[name] : undefined, own));
  }
  return after;
}

function isPositional(action: ActionNode): boolean {
  if (action.kind === "set") return action.value.kind === "listAppend" || isByPosition(action);
  return action.kind === "remove" && isByPosition(action);
}

function isByPosition({ path }: ActionNode): boolean {
  return typeof path.steps.at(-1) === "number";
}

/** A column can't be edited and computed by the table in one flush: which of the two would count? */
function assertNotBoth(tracked: Tracked, edits: readonly Patch[]): void {
  const { assignments, state } = tracked;
  if (assignments === undefined) return;
  for (const [name, update] of assignments) {
    if (!edits.some((patch) => patch.path[0] === name)) continue;
    const key = describeKey(keyFor(tracked));
    throw new InvalidExpression(
      `${state.info.name}.${name} of ${key} was edited and also given the update ` +
        `${String(update)}: do one of them, or flush between them.`,
      { model: state.info.name, column: name, key },
    );
  }
}
