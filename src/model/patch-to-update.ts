import type { Patch } from "immer";
import {
  type ActionNode,
  type ConditionNode,
  type PathNode,
  pathNode,
  valueNode,
} from "../expr/nodes.js";
import { emptySetOf } from "../schema/absence.js";
import type { AttributeType } from "../schema/attribute-type.js";
import { encodeColumn } from "../schema/item-codec.js";
import type { Key } from "../schema/key.js";
import { valueBytes } from "../schema/size.js";
import type { ColumnSpec, TableSpec } from "../schema/table.js";
import { type AttributeValue, getOwn, type WireItem } from "../schema/wire.js";
import { applyToValue, byColumn, type Snapshot } from "./snapshot.js";

export { overlaps } from "./overlap.js";

type Steps = readonly (string | number)[];

export interface PatchesToCompile {
  readonly table: TableSpec;
  /** What the patches start from. */
  readonly snapshot: Snapshot;
  /** What is stored of columns that don't tell it themselves: those that don't fit, and opaque types. */
  readonly wires?: WireItem | undefined;
  readonly patches: readonly Patch[];
  /** Whether each touched path is conditioned on what the snapshot has there. */
  readonly guard: boolean;
  /** Whether nothing else guards the update either, so that the item may look otherwise by now. */
  readonly isBlind?: boolean;
  /** Whole attributes instead of paths into documents. */
  readonly isCoarse?: boolean;
  /** The item's key, for messages. */
  readonly key?: Pick<Key, "values">;
}

export interface CompiledUpdate {
  readonly actions: readonly ActionNode[];
  readonly conditions: readonly ConditionNode[];
}

/** A list longer than this, in bytes, isn't sent along to be compared as a whole. */
const maxComparedBytes = 2048;

/**
 * The update that does to an item what patches do to its snapshot, and the conditions under which
 * it means the same. All actions see the item as it was before: positions in lists are the old ones.
 *
 * @throws {InvalidValue} INVALID_VALUE for a value that can't be stored.
 */
export function compilePatches(input: PatchesToCompile): CompiledUpdate {
  const compiler = new Compiler(input);
  for (const [name, patches] of byColumn(input.patches)) {
    const column = input.table.byName.get(name);
    if (column !== undefined) compiler.column(column, patches);
  }
  return { actions: compiler.actions, conditions: compiler.conditions };
}

class Compiler {
  readonly actions: ActionNode[] = [];
  readonly conditions: ConditionNode[] = [];
  readonly #input: PatchesToCompile;

  constructor(input: PatchesToCompile) {
    this.#input = input;
  }

  column(column: ColumnSpec, patches: readonly Patch[]): void {
    const { snapshot, isCoarse = false, table, key } = this.#input;
    const isKnown = Object.hasOwn(snapshot, column.name);
    const base = isKnown ? snapshot[column.name] : undefined;
    const next = applyToValue(base, patches);
    // Encoded as a whole in any case: what a path leads to can be wrong for its surroundings only.
    // A set that was emptied is gone from the patches, which a required one may be as well.
    const stored = next === undefined ? emptySetOf(column.type) : next;
    const wire = encodeColumn(table, column, stored, key);
    const isWhole =
      isCoarse || column.type.isOpaque || patches.some(({ path }) => path.length === 1);
    if (isWhole || wire === undefined) this.#whole(column, isKnown, base, next, wire);
    else this.#nested(column, base, patches);
  }

  #whole(
    column: ColumnSpec,
    isKnown: boolean,
    base: unknown,
    next: unknown,
    wire: AttributeValue | undefined,
  ): void {
    const path = this.#path(column, []);
    const kept = getOwn(this.#input.wires ?? {}, column.name);
    const before = kept ?? (base === undefined ? undefined : column.type.encode(base));
    if (isKnown || kept !== undefined) this.#expect(path, before);
    if (wire === undefined) {
      this.actions.push({ kind: "remove", path });
      return;
    }
    const change =
      isKnown && !column.type.isOpaque ? memberChange(column.type, base, next) : undefined;
    if (change === undefined) this.actions.push({ kind: "set", path, value: valueNode(wire) });
    else this.actions.push({ kind: change.kind, path, value: valueNode(change.wire) });
  }

  #nested(column: ColumnSpec, base: unknown, patches: readonly Patch[]): void {
    const lists = new Map<string, { readonly steps: Steps; readonly patches: Patch[] }>();
    for (const patch of patches) {
      const steps = patch.path.slice(1);
      const at = steps.findIndex((step) => typeof step === "number");
      if (at < 0) {
        this.#member(column, base, steps, patch);
        continue;
      }
      const listSteps = steps.slice(0, at);
      const place = JSON.stringify(listSteps);
      const list = lists.get(place) ?? { steps: listSteps, patches: [] };
      list.patches.push({ ...patch, path: steps.slice(at) });
      lists.set(place, list);
    }
    for (const list of lists.values()) this.#list(column, base, list.steps, list.patches);
  }

  /** A member of maps within maps. */
  #member(column: ColumnSpec, base: unknown, steps: Steps, patch: Patch): void {
    const path = this.#path(column, steps);
    const type = typeAt(column.type, steps);
    const before = encodedAt(column.type, base, steps);
    const wire = patch.op === "remove" ? undefined : type.encode(patch.value);
    this.actions.push(
      wire === undefined ? { kind: "remove", path } : { kind: "set", path, value: valueNode(wire) },
    );
    this.#expect(path, before);
    if (before === undefined || this.#input.isBlind) this.#expectParent(column, steps);
  }

  /** Without this, a rival's removal of the parent would be a mistake of ours instead of a conflict. */
  #expectParent(column: ColumnSpec, steps: Steps): void {
    if (steps.length > 0) this.#expectType(this.#path(column, steps.slice(0, -1)), "M");
  }

  #expectType(path: PathNode, type: "L" | "M"): void {
    if (this.#input.guard || this.#input.isBlind) {
      this.conditions.push({ kind: "isType", path, type });
    }
  }

  #list(column: ColumnSpec, base: unknown, steps: Steps, patches: readonly Patch[]): void {
    const path = this.#path(column, steps);
    const type = typeAt(column.type, steps);
    const element = type.element as AttributeType;
    const list = valueAt(base, steps) as readonly unknown[];
    const isAdd = ({ op, path }: Patch) => op === "add" && path.length === 1;
    const isRemove = ({ op, path }: Patch) => op === "remove" && path.length === 1;
    if (patches.every(isAdd)) {
      const tail = patches.map(({ value }) => element.encode(value) as AttributeValue);
      const value = {
        kind: "listAppend",
        left: path,
        right: valueNode({ L: tail }),
      } as const;
      this.actions.push({ kind: "set", path, value });
      this.#expectLength(path, list.length);
      return;
    }
    const whole = () => type.encode(list) as AttributeValue;
    const { isBlind = false } = this.#input;
    if (patches.every(isRemove) && !isBlind) {
      // A place in a list means nothing if the list has moved, so that all of it is compared.
      for (const { path: place } of patches) {
        this.actions.push({ kind: "remove", path: this.#path(column, [...steps, ...place]) });
      }
      if (valueBytes(whole()) <= maxComparedBytes) {
        this.#expect(path, whole());
        return;
      }
      this.#expectLength(path, list.length);
      for (const { path: place } of patches) {
        const at = place[0] as number;
        this.#expect(this.#path(column, [...steps, at]), element.encode(list[at]));
      }
      return;
    }
    // Where nothing says that the list is the one we know, no place in it means anything either.
    if (patches.some(isRemove) || isBlind) {
      const next = applyToValue(
        list,
        patches.map((patch) => ({ ...patch, path: ["", ...patch.path] })),
      );
      const value = valueNode(type.encode(next) as AttributeValue);
      this.actions.push({ kind: "set", path, value });
      this.#expect(path, whole());
      if (isBlind) this.#expectParent(column, steps);
      return;
    }
    this.#elements(column, steps, element, list, patches);
  }

  /** Changes of elements, and new ones after them. */
  #elements(
    column: ColumnSpec,
    steps: Steps,
    element: AttributeType,
    list: readonly unknown[],
    patches: readonly Patch[],
  ): void {
    const byElement = new Map<number, Patch[]>();
    for (const patch of patches) {
      const at = patch.path[0] as number;
      byElement.set(at, [...(byElement.get(at) ?? []), patch]);
    }
    let hasNew = false;
    for (const [at, own] of byElement) {
      const place = [...steps, at];
      const path = this.#path(column, place);
      const isNew = at >= list.length;
      hasNew ||= isNew;
      const isInMaps = own.every(
        ({ path }) => path.length > 1 && path.slice(1).every((step) => typeof step === "string"),
      );
      if (isInMaps) {
        for (const patch of own) {
          const target = this.#path(column, [...steps, ...patch.path]);
          const type = typeAt(element, patch.path.slice(1));
          const wire = patch.op === "remove" ? undefined : type.encode(patch.value);
          this.actions.push(
            wire === undefined
              ? { kind: "remove", path: target }
              : { kind: "set", path: target, value: valueNode(wire) },
          );
        }
      } else {
        const nested = own.map((patch) => ({ ...patch, path: patch.path }));
        const next = applyToValue(list[at], nested);
        const wire = element.encode(next) as AttributeValue;
        this.actions.push({ kind: "set", path, value: valueNode(wire) });
      }
      // The whole element, since an equal value may stand elsewhere in another one after a shift.
      if (!isNew) this.#expect(path, element.encode(list[at]));
    }
    if (hasNew) this.#expectLength(this.#path(column, steps), list.length);
  }

  #path(column: ColumnSpec, steps: Steps): PathNode {
    return pathNode(this.#input.table.model, column.name, [column.attribute, ...steps]);
  }

  #expect(path: PathNode, before: AttributeValue | undefined): void {
    this.#demand(
      before === undefined
        ? { kind: "missing", path }
        : { kind: "comparison", operator: "=", left: path, right: valueNode(before) },
    );
  }

  #expectLength(path: PathNode, length: number): void {
    this.#expectType(path, "L");
    this.#demand({
      kind: "comparison",
      operator: "=",
      left: { kind: "size", path },
      right: valueNode({ N: String(length) }),
    });
  }

  #demand(condition: ConditionNode): void {
    if (this.#input.guard) this.conditions.push(condition);
  }
}

/** A set that only gained or only lost members: those are sent, and not the set. */
function memberChange(
  type: AttributeType,
  base: unknown,
  next: unknown,
): { readonly kind: "add" | "delete"; readonly wire: AttributeValue } | undefined {
  if (!(base instanceof Set) || !(next instanceof Set)) return undefined;
  const without = (from: ReadonlySet<unknown>, others: ReadonlySet<unknown>) => {
    const known = new Set([...others].map((member) => idOf(type, member)));
    return new Set([...from].filter((member) => !known.has(idOf(type, member))));
  };
  const gained = without(next, base);
  const lost = without(base, next);
  if (gained.size > 0 && lost.size > 0) return undefined;
  const wire = type.encode(gained.size > 0 ? gained : lost);
  // A set without a type may have changed that of its members, and then no member is like another.
  const isOneKind = wire !== undefined && sameKind(wire, type.encode(base));
  return isOneKind ? { kind: gained.size > 0 ? "add" : "delete", wire } : undefined;
}

function sameKind(a: AttributeValue, b: AttributeValue | undefined): boolean {
  return b !== undefined && Object.keys(a)[0] === Object.keys(b)[0];
}

function idOf(type: AttributeType, member: unknown): string {
  return JSON.stringify(type.encode(new Set([member])), (_, part: unknown) =>
    part instanceof Uint8Array ? [...part] : part,
  );
}

function typeAt(type: AttributeType, steps: Steps): AttributeType {
  let here = type;
  for (const step of steps) {
    const next = typeof step === "number" ? here.element : here.member?.(step)?.type;
    if (next === undefined) return here;
    here = next;
  }
  return here;
}

function valueAt(value: unknown, steps: Steps): unknown {
  let here = value;
  for (const step of steps) {
    if (typeof here !== "object" || here === null) return undefined;
    here = getOwn(here as Record<string, unknown>, String(step));
  }
  return here;
}

function encodedAt(type: AttributeType, base: unknown, steps: Steps): AttributeValue | undefined {
  const value = valueAt(base, steps);
  return value === undefined ? undefined : typeAt(type, steps).encode(value);
}
