import { NumberValue } from "dynalchemy";
import { type AttributeValue, setOwn, type WireItem } from "../../src/schema/wire.js";
import { canonical } from "./oracle.js";

/**
 * A value as DynamoDB stores it, written without the library: what the library stores is held
 * against it. Dates become ISO text; empty sets and `undefined` nothing.
 */
export function wireOf(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return { S: value };
    case "boolean":
      return { BOOL: value };
    case "number":
    case "bigint":
      return { N: String(value) };
  }
  if (value === null) return { NULL: true };
  if (value instanceof Date) return { S: value.toISOString() };
  if (value instanceof NumberValue) return { N: value.toString() };
  if (value instanceof Uint8Array) return { B: value };
  if (value instanceof Set) return wireOfSet([...value]);
  if (Array.isArray(value)) return { L: value.map((each) => wireOf(each) as AttributeValue) };
  return { M: wireItemOf(value as object) };
}

export function wireItemOf(values: object): WireItem {
  const item: WireItem = {};
  for (const [name, value] of Object.entries(values)) {
    const wire = wireOf(value);
    if (wire !== undefined) setOwn(item, name, wire);
  }
  return item;
}

/** DynamoDB refuses a set with one value twice, however it is written. */
function wireOfSet(members: readonly unknown[]): AttributeValue | undefined {
  const distinct = new Map<string, AttributeValue>();
  for (const member of members) {
    const wire = wireOf(member) as AttributeValue;
    distinct.set(canonical(wire), wire);
  }
  const wires = [...distinct.values()].map((wire) => Object.entries(wire)[0] as [string, unknown]);
  const [first] = wires;
  if (first === undefined) return undefined;
  // The name of a set's type is that of its members' with an S.
  return { [`${first[0]}S`]: wires.map(([, value]) => value) } as unknown as AttributeValue;
}
