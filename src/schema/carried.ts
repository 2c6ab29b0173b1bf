import { wireEquals } from "./canonical.js";
import { isPlainObject } from "./plain-object.js";
import { getOwn, type WireItem } from "./wire.js";

/**
 * Under this symbol a map keeps what its item has beside the declared members, so that writing the
 * map as a whole doesn't lose it. It isn't enumerable: nobody sees it who doesn't ask.
 */
const carried = Symbol("dynalchemy.carried");

/** The stored members of a map that its type doesn't declare. */
export function carriedBy(map: object): WireItem | undefined {
  return (map as { readonly [carried]?: WireItem })[carried];
}

export function carry(map: object, members: WireItem | undefined): void {
  if (members !== undefined) Object.defineProperty(map, carried, { value: members });
}

/**
 * Whether a value's maps hold undeclared members other than the base's: then it came from another place
 * in the document. One without any, as a spread makes, may be the same.
 */
export function bringsOthers(base: unknown, current: unknown): boolean {
  if (!isPlainObject(current) || !isPlainObject(base) || base === current) return false;
  const rest = carriedBy(current);
  if (rest !== undefined) {
    const own = carriedBy(base);
    if (own === undefined || !wireEquals({ M: own }, { M: rest })) return true;
  }
  return Object.keys(current).some((name) => bringsOthers(getOwn(base, name), current[name]));
}

/** Gives maps that were made anew the undeclared members of those that stood at their places. */
export function carryOver(base: unknown, value: unknown): void {
  if (Array.isArray(base) && Array.isArray(value)) {
    if (value.length < base.length) return;
    for (const [at, was] of base.entries()) carryOver(was, value[at]);
  } else if (isPlainObject(base) && isPlainObject(value)) {
    if (carriedBy(value) === undefined) carry(value, carriedBy(base));
    for (const name of Object.keys(value)) carryOver(getOwn(base, name), value[name]);
  }
}
