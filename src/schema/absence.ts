import type { AttributeType } from "./attribute-type.js";

/** Whether nothing is stored for a value: an empty set isn't, as there is none in DynamoDB. */
export function isNothing(value: unknown): boolean {
  return value === undefined || (value instanceof Set && value.size === 0);
}

/**
 * What a required column is where nothing is stored: of a set, the one without members, since that is
 * how it is stored; `undefined` of any other type, which then is missing.
 */
export function emptySetOf({ element, wire }: AttributeType): Set<unknown> | undefined {
  const isSet = wire === "SS" || wire === "NS" || wire === "BS";
  return isSet && element !== undefined ? new Set() : undefined;
}

/** Equality where either may be missing; an empty set and none are stored alike. */
export function sameOrAbsent<T>(
  type: AttributeType<T>,
  a: T | undefined,
  b: T | undefined,
): boolean {
  if (a === undefined || b === undefined) return isNothing(a) && isNothing(b);
  if (a === null || b === null) return a === b;
  return type.equals(a, b);
}

/** A copy of what may be missing. */
export function copyOrAbsent<T>(type: AttributeType<T>, value: T): T {
  return type.isScalar || value === undefined || value === null ? value : type.copy(value);
}
