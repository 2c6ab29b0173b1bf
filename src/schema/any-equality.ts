import { isNothing } from "./absence.js";
import { bytesEqual, hex } from "./canonical.js";
import { maxNesting } from "./limits.js";
import { canonicalNumber } from "./number-text.js";
import { NumberValue } from "./number-value.js";
import { isPlainObject, type PlainObject } from "./plain-object.js";
import { getOwn } from "./wire.js";

/**
 * Equality of documents by what is stored, without encoding them: numbers by value, whatever holds
 * them, sets and the members of maps without order. What isn't plain data equals nothing.
 */
export function sameDocument(a: unknown, b: unknown): boolean {
  return same(a, b, 0);
}

function same(a: unknown, b: unknown, depth: number): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a === "number" && typeof b === "number") return a === b && Number.isFinite(a);
  const number = numberOf(a);
  if (number !== undefined) return number === numberOf(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === b && (a === null || typeof a === "string" || typeof a === "boolean");
  }
  if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b, depth);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && bytesEqual(a, b);
  if (a instanceof Set) return b instanceof Set && sameSet(a, b);
  return isPlainObject(a) && isPlainObject(b) && sameMap(a, b, depth);
}

/** A number's one text; `undefined` for what is none, or none that can be stored. */
function numberOf(value: unknown): string | undefined {
  if (typeof value === "number") {
    return Number.isFinite(value) ? canonicalNumber(String(value)) : undefined;
  }
  if (typeof value === "bigint" || value instanceof NumberValue) {
    return canonicalNumber(value.toString());
  }
  return undefined;
}

/** Deeper than anything stored, as a document that contains itself is. */
function isTooDeep(depth: number): boolean {
  return depth > maxNesting;
}

function sameList(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length || isTooDeep(depth)) return false;
  for (let at = 0; at < a.length; at++) {
    // A list can't hold what is stored as nothing.
    if (isNothing(a[at]) || !same(a[at], b[at], depth + 1)) return false;
  }
  return true;
}

function sameMap(a: PlainObject, b: PlainObject, depth: number): boolean {
  if (isTooDeep(depth)) return false;
  const names = Object.keys(a);
  for (const name of names) {
    if (!same(a[name], getOwn(b, name), depth + 1)) return false;
  }
  return Object.keys(b).every((name) => Object.hasOwn(a, name) || isNothing(b[name]));
}

function sameSet(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  const left = identities(a);
  const right = identities(b);
  if (left === undefined || right === undefined || left.size !== right.size) return false;
  for (const member of left) if (!right.has(member)) return false;
  return true;
}

/** The members by their stored values; `undefined` if one has none. */
function identities(set: ReadonlySet<unknown>): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  for (const member of set) {
    const identity = identityOf(member);
    if (identity === undefined) return undefined;
    found.add(identity);
  }
  return found;
}

function identityOf(member: unknown): string | undefined {
  if (typeof member === "string") return `S${member}`;
  if (member instanceof Uint8Array) return `B${hex(member)}`;
  const number = numberOf(member);
  return number === undefined ? undefined : `N${number}`;
}
