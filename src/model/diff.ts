import type { Patch } from "immer";
import { isNothing, sameOrAbsent } from "../schema/absence.js";
import type { AttributeType } from "../schema/attribute-type.js";
import { bringsOthers, carryOver } from "../schema/carried.js";
import { isPlainObject, type PlainObject } from "../schema/plain-object.js";
import { getOwn } from "../schema/wire.js";

type Path = readonly (string | number)[];

/** Whether a value is what it was. Never throws: what can't be compared differs. */
export function isSame(type: AttributeType, base: unknown, current: unknown): boolean {
  if (base === current && (type.isScalar || base === undefined)) return true;
  try {
    return sameOrAbsent(type, base, current);
  } catch {
    // A value that doesn't fit its type: the flush will say so.
    return false;
  }
}

/** A column's changes, as immer patches that turn the base into the current value. Their values are copies. */
export function diffColumn(
  type: AttributeType,
  column: string,
  base: unknown,
  current: unknown,
): Patch[] {
  const patches: Patch[] = [];
  diffValue(type, [column], base, current, patches);
  return patches;
}

function diffValue(
  type: AttributeType,
  path: Path,
  base: unknown,
  current: unknown,
  patches: Patch[],
): void {
  if (isSame(type, base, current)) return;
  if (isNothing(current)) {
    patches.push({ op: "remove", path: [...path] });
  } else if (isNothing(base)) {
    patches.push({ op: "add", path: [...path], value: copyOf(type, current) });
  } else if (isPlainObject(base) && isPlainObject(current) && type.member !== undefined) {
    diffMap(type, path, base, current, patches);
  } else if (Array.isArray(base) && Array.isArray(current) && type.element !== undefined) {
    diffList(type, path, base, current, patches);
  } else {
    patches.push(replaced(type, path, base, current));
  }
}

function diffMap(
  type: AttributeType,
  path: Path,
  base: PlainObject,
  current: PlainObject,
  patches: Patch[],
): void {
  const found: Patch[] = [];
  for (const name of new Set([...Object.keys(base), ...Object.keys(current)])) {
    const member = type.member?.(name);
    const was = getOwn(base, name);
    const is = getOwn(current, name);
    if (member !== undefined && isSame(member.type, was, is)) continue;
    if (member === undefined || unpatchable.has(name)) {
      patches.push(replaced(type, path, base, current));
      return;
    }
    diffValue(member.type, [...path, name], was, is, found);
  }
  patches.push(...found);
}

/**
 * immer refuses paths through these names, and so may whoever applies the patches; the map that
 * holds one is replaced instead.
 */
const unpatchable: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function diffList(
  type: AttributeType,
  path: Path,
  base: readonly unknown[],
  current: readonly unknown[],
  patches: Patch[],
): void {
  const element = type.element as AttributeType;
  if (current.length < base.length) {
    const removed = removedFrom(element, base, current);
    if (removed === undefined || removed.length * 2 > base.length) {
      patches.push(replaced(type, path, undefined, current));
    } else {
      // From the end, so that each patch finds what it removes at the old place.
      for (const at of removed.reverse()) patches.push({ op: "remove", path: [...path, at] });
    }
    return;
  }
  if (base.some((was, at) => bringsOthers(was, current[at]))) {
    // Elements changed places: what their maps hold beside the declared members goes with them.
    patches.push(replaced(type, path, undefined, current));
    return;
  }
  const changed: number[] = [];
  for (const [at, was] of base.entries()) {
    if (!isSame(element, was, current[at]) || isNothing(current[at])) changed.push(at);
  }
  const isMostlyNew = changed.length * 2 > base.length;
  // What a list can't hold, the flush refuses when the list is encoded. A hole counts: `some` alone
  // would pass over it.
  if (isMostlyNew || Array.from(current).some(isNothing)) {
    patches.push(replaced(type, path, base, current));
    return;
  }
  for (const at of changed) diffValue(element, [...path, at], base[at], current[at], patches);
  for (let at = base.length; at < current.length; at++) {
    patches.push({ op: "add", path: [...path, at], value: copyOf(element, current[at]) });
  }
}

/** The places whose elements were taken out; `undefined` where something else happened as well. */
function removedFrom(
  element: AttributeType,
  base: readonly unknown[],
  current: readonly unknown[],
): number[] | undefined {
  const removed: number[] = [];
  let next = 0;
  for (const [at, was] of base.entries()) {
    if (next < current.length && isSameElement(element, was, current[next])) next += 1;
    else removed.push(at);
  }
  return next === current.length ? removed : undefined;
}

function isSameElement(element: AttributeType, was: unknown, is: unknown): boolean {
  return isSame(element, was, is) && !bringsOthers(was, is);
}

/** @param base whose maps' undeclared members stay with the new value, place by place */
function replaced(type: AttributeType, path: Path, base: unknown, current: unknown): Patch {
  const value = copyOf(type, current);
  carryOver(base, value);
  return { op: "replace", path: [...path], value };
}

function copyOf(type: AttributeType, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  try {
    return type.copy(value);
  } catch {
    return value;
  }
}
