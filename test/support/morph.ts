import { isPlainObject, type PlainObject } from "../../src/schema/plain-object.js";
import { getOwn, setOwn } from "../../src/schema/wire.js";

/**
 * Makes an object's members equal to another's as a program would that holds on to the documents in
 * it: maps, lists, sets, dates and bytes are changed in place, and only other things are assigned.
 */
export function morph(target: object, next: object, names: Iterable<string>): void {
  for (const name of names)
    morphMember(target as PlainObject, name, getOwn(next as PlainObject, name));
}

function morphMember(holder: PlainObject, name: string, next: unknown): void {
  const current = getOwn(holder, name);
  if (current === next || morphed(current, next)) return;
  setOwn(holder, name, detached(next));
}

/** Whether the value could be changed in place. */
function morphed(current: unknown, next: unknown): boolean {
  if (Array.isArray(current) && Array.isArray(next)) morphList(current, next);
  else if (current instanceof Set && next instanceof Set) morphSet(current, next);
  else if (current instanceof Date && next instanceof Date) current.setTime(next.getTime());
  else if (current instanceof Uint8Array && next instanceof Uint8Array) {
    if (current.length !== next.length) return false;
    current.set(next);
  } else if (isPlainObject(current) && isPlainObject(next)) {
    for (const name of Object.keys(current)) if (!Object.hasOwn(next, name)) delete current[name];
    morph(current, next, Object.keys(next));
  } else return false;
  return true;
}

function morphList(current: unknown[], next: readonly unknown[]): void {
  current.length = Math.min(current.length, next.length);
  for (const [at, value] of next.entries()) {
    if (at >= current.length) current.push(detached(value));
    else if (!morphed(current[at], value)) current[at] = detached(value);
  }
}

function morphSet(current: Set<unknown>, next: ReadonlySet<unknown>): void {
  for (const member of current) if (!next.has(member)) current.delete(member);
  for (const member of next) current.add(detached(member));
}

/** A copy, so that two runs of a property don't share what both of them change. */
export function detached<T>(value: T): T {
  if (Array.isArray(value)) return value.map(detached) as T;
  if (value instanceof Set) return new Set(Array.from(value, detached)) as T;
  if (value instanceof Date) return new Date(value) as T;
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (!isPlainObject(value)) return value;
  const copy: PlainObject = {};
  for (const [name, member] of Object.entries(value)) setOwn(copy, name, detached(member));
  return copy as T;
}
