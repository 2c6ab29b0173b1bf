import { copyOrAbsent, sameOrAbsent } from "./absence.js";
import type { AttributeType } from "./attribute-type.js";
import { canonicalWire } from "./canonical.js";
import { bringsOthers } from "./carried.js";
import { flatList } from "./flat-list.js";
import { foundAt, Misfit, misfit } from "./misfit.js";
import { storedAs } from "./stored-as.js";
import type { AttributeValue } from "./wire.js";

export function listType<T>(element: AttributeType<T>): AttributeType<T[]> {
  const encodeElement = (value: T): AttributeValue => {
    const wire = value === undefined ? undefined : element.encode(value);
    if (wire !== undefined) return wire;
    const found = value === undefined ? "undefined" : "an empty set, which is stored as nothing";
    throw new Misfit(`expected a value in a list but got ${found}: leave it out`);
  };
  return Object.freeze<AttributeType<T[]>>({
    name: `list(${element.name})`,
    wire: "L",
    isScalar: false,
    isOpaque: element.isOpaque === true,
    encode(value) {
      if (!Array.isArray(value)) throw misfit("a list", value);
      const wires = new Array<AttributeValue>(value.length);
      let at = 0;
      try {
        // By position: iteration helpers would pass over the holes of a sparse list.
        for (; at < value.length; at++) wires[at] = encodeElement(value[at] as T);
      } catch (error) {
        throw foundAt(at, error);
      }
      return { L: wires };
    },
    decode(wire) {
      const stored = (wire as { L?: AttributeValue[] }).L;
      if (stored === undefined) throw storedAs("a list", wire);
      // Made as long as it will be: one that grows keeps room for more.
      const list = new Array<T>(stored.length);
      let at = 0;
      try {
        for (; at < stored.length; at++) list[at] = element.decode(stored[at] as AttributeValue);
      } catch (error) {
        throw foundAt(at, error);
      }
      return list;
    },
    flat: flatList(element as AttributeType),
    equals(a, b) {
      if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
      if (element.isScalar) {
        // An equal list is looked at by each flush: without a call for each element.
        for (let at = 0; at < a.length; at++) {
          if (!Object.is(a[at], b[at]) && a[at] !== b[at]) return false;
        }
        return true;
      }
      for (let at = 0; at < a.length; at++) {
        if (!sameOrAbsent<unknown>(element as AttributeType, a[at], b[at])) return false;
        if (bringsOthers(a[at], b[at])) return false;
      }
      return true;
    },
    copy(value) {
      if (!Array.isArray(value)) return value;
      // Holes stay holes of a kind: they become undefined, which encoding refuses alike.
      const copy = new Array<T>(value.length);
      for (let at = 0; at < value.length; at++) copy[at] = copyOrAbsent(element, value[at] as T);
      return copy;
    },
    element: element as AttributeType,
  });
}

/** The set types by the type of their members. */
const setWires = { S: "SS", N: "NS", B: "BS" } as const;

export function isSetElement(type: AttributeType): boolean {
  return type.wire === "S" || type.wire === "N" || type.wire === "B";
}

export function setType<T>(element: AttributeType<T>): AttributeType<Set<T>> {
  const kind = element.wire as "S" | "N" | "B";
  const wireType = setWires[kind];

  const encodeMember = (member: T): AttributeValue => {
    const wire = member === undefined ? undefined : element.encode(member);
    if (wire === undefined) throw misfit(`a ${element.name}`, member);
    return wire;
  };
  /** The members by their stored value, of which 1 and 1.0 have one. */
  const encodeMembers = (value: ReadonlySet<T>): Map<string, AttributeValue> => {
    const members = new Map<string, AttributeValue>();
    for (const member of value) {
      const wire = encodeMember(member);
      members.set(canonicalWire(wire), wire);
    }
    return members;
  };

  return Object.freeze<AttributeType<Set<T>>>({
    name: `set(${element.name})`,
    wire: wireType,
    isScalar: false,
    isOpaque: element.isOpaque === true,
    encode(value) {
      if (!(value instanceof Set)) throw misfit("a Set", value);
      if (value.size === 0) return undefined;
      const stored: unknown[] = [];
      for (const wire of encodeMembers(value).values()) {
        stored.push((wire as Record<string, unknown>)[kind]);
      }
      // The members are of the element's wire type, so that together they make a whole value.
      return { [wireType]: stored } as unknown as AttributeValue;
    },
    decode(wire) {
      const stored = (wire as Record<string, unknown>)[wireType] as unknown[] | undefined;
      if (stored === undefined) throw storedAs(`a set of ${element.name}`, wire);
      const set = new Set<T>();
      for (const each of stored) {
        set.add(element.decode({ [kind]: each } as unknown as AttributeValue));
      }
      return set;
    },
    equals(a, b) {
      if (!(a instanceof Set) || !(b instanceof Set)) return false;
      if (element.isScalar && a.size === b.size && hasAll(a, b)) return true;
      try {
        const left = encodeMembers(a);
        const right = encodeMembers(b);
        return left.size === right.size && hasAll(right, left.keys());
      } catch {
        // What can't be stored equals nothing.
        return false;
      }
    },
    copy(value) {
      if (!(value instanceof Set)) return value;
      return new Set(
        element.isScalar ? value : Array.from(value, (each) => copyOrAbsent(element, each)),
      );
    },
    element: element as AttributeType,
  });
}

function hasAll<T>(set: { has(member: T): boolean }, members: Iterable<T>): boolean {
  for (const member of members) if (!set.has(member)) return false;
  return true;
}
