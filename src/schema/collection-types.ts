import type { AttributeType, Member } from "./attribute-type.js";
import { canonicalWire } from "./canonical.js";
import { Misfit, misfit, within } from "./misfit.js";
import { isPlainObject, type PlainObject } from "./plain-object.js";
import { storedAs } from "./scalar-types.js";
import { type AttributeValue, getOwn, setOwn, type WireItem } from "./wire.js";

type Whole = AttributeType;

export function listType<T>(element: AttributeType<T>): AttributeType<T[]> {
  const encodeElement = (value: T, at: number): AttributeValue =>
    within(at, () => {
      const wire = value === undefined ? undefined : element.encode(value);
      if (wire === undefined) {
        throw new Misfit(
          value === undefined
            ? "expected a value in a list but got undefined: leave it out"
            : "expected a value in a list but got an empty set, which can't be stored: leave it out",
        );
      }
      return wire;
    });
  return Object.freeze<AttributeType<T[]>>({
    name: `list(${element.name})`,
    wire: "L",
    isScalar: false,
    encode(value) {
      if (!Array.isArray(value)) throw misfit("a list", value);
      // Not map(): it would pass over the holes of a sparse list.
      return { L: Array.from(value, encodeElement) };
    },
    decode(wire) {
      const list = (wire as { L?: AttributeValue[] }).L;
      if (list === undefined) throw storedAs("a list", wire);
      return list.map((each, at) => within(at, () => element.decode(each)));
    },
    equals: (a, b) =>
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, at) => sameOrAbsent(element, each, b[at])),
    copy: (value) =>
      element.isScalar ? [...value] : Array.from(value, (each) => copied(element, each)),
    element: element as Whole,
  });
}

/** The set types by the type of their members. */
const setWires = { S: "SS", N: "NS", B: "BS" } as const;

export function isSetElement(type: AttributeType): boolean {
  return type.wire === "S" || type.wire === "N" || type.wire === "B";
}

export function setType<T>(element: AttributeType<T>): AttributeType<Set<T>> {
  const wireType = setWires[element.wire as "S" | "N" | "B"];
  /** A member's identity by its stored value: 1 and 1.0 are one member. */
  const identity = (member: T): string => {
    const wire = element.encode(member);
    if (wire === undefined) throw misfit(`a ${element.name}`, member);
    return canonicalWire(wire);
  };
  const identities = (value: ReadonlySet<T>): Set<string> => new Set(Array.from(value, identity));
  return Object.freeze<AttributeType<Set<T>>>({
    name: `set(${element.name})`,
    wire: wireType,
    isScalar: false,
    encode(value) {
      if (!(value instanceof Set)) throw misfit("a Set", value);
      if (value.size === 0) return undefined;
      const members = new Map<string, AttributeValue>();
      for (const member of value as Set<T>) {
        const wire = element.encode(member);
        if (wire === undefined) throw misfit(`a ${element.name}`, member);
        members.set(canonicalWire(wire), wire);
      }
      const stored = Array.from(members.values(), (wire) => Object.values(wire)[0]);
      // The members' wire type is the element's, so that each has exactly that property.
      return { [wireType]: stored } as unknown as AttributeValue;
    },
    decode(wire) {
      const stored = (wire as Record<string, unknown>)[wireType] as unknown[] | undefined;
      if (stored === undefined) throw storedAs(`a set of ${element.name}`, wire);
      const kind = element.wire as "S" | "N" | "B";
      return new Set(
        stored.map((each) => element.decode({ [kind]: each } as unknown as AttributeValue)),
      );
    },
    equals(a, b) {
      if (!(a instanceof Set) || !(b instanceof Set)) return false;
      if (element.isScalar && a.size === b.size) {
        let isSame = true;
        for (const member of a) {
          if (b.has(member)) continue;
          isSame = false;
          break;
        }
        if (isSame) return true;
      }
      const left = identities(a);
      const right = identities(b);
      if (left.size !== right.size) return false;
      for (const member of left) if (!right.has(member)) return false;
      return true;
    },
    copy: (value) => new Set(element.isScalar ? value : Array.from(value, element.copy)),
    element: element as Whole,
  });
}

/**
 * Under this symbol a map keeps what its item has beside the declared members, so that writing the
 * map as a whole doesn't lose it. It isn't enumerable: nobody sees it who doesn't ask.
 */
const carried = Symbol("dynalchemy.carried");

/** The stored members of a map that its type doesn't declare. */
export function carriedBy(map: object): WireItem | undefined {
  return (map as { readonly [carried]?: WireItem })[carried];
}

function carry(map: object, members: WireItem | undefined): void {
  if (members !== undefined) Object.defineProperty(map, carried, { value: members });
}

export function mapType(declared: ReadonlyMap<string, Member>): AttributeType<PlainObject> {
  const members = [...declared];
  return Object.freeze<AttributeType<PlainObject>>({
    name: "map",
    wire: "M",
    isScalar: false,
    encode(value) {
      if (!isPlainObject(value)) throw misfit("a plain object", value);
      for (const name of Object.keys(value)) {
        if (!declared.has(name)) within(name, undeclared);
      }
      const result: WireItem = {};
      for (const [name, { type, isRequired }] of members) {
        const own = getOwn(value, name);
        const wire = own === undefined ? undefined : within(name, () => type.encode(own));
        if (wire !== undefined) setOwn(result, name, wire);
        // An empty set is a value that is stored as nothing.
        else if (isRequired && own === undefined) within(name, () => absent(type));
      }
      const rest = carriedBy(value);
      if (rest !== undefined) {
        for (const name of Object.keys(rest)) setOwn(result, name, rest[name] as AttributeValue);
      }
      return { M: result };
    },
    decode(wire) {
      const stored = (wire as { M?: WireItem }).M;
      if (stored === undefined) throw storedAs("a map", wire);
      const value: PlainObject = {};
      let found = 0;
      for (const [name, { type, isRequired }] of members) {
        const member = getOwn(stored, name);
        if (member !== undefined) {
          found += 1;
          setOwn(
            value,
            name,
            within(name, () => type.decode(member)),
          );
        } else if (isRequired && !isStoredAsSet(type)) within(name, () => absent(type));
        else if (isRequired) setOwn<unknown>(value, name, new Set());
      }
      const names = Object.keys(stored);
      if (names.length > found) {
        const rest: WireItem = {};
        for (const name of names) {
          if (!declared.has(name)) setOwn(rest, name, stored[name] as AttributeValue);
        }
        carry(value, rest);
      }
      return value;
    },
    equals(a, b) {
      if (!isPlainObject(a) || !isPlainObject(b)) return false;
      return (
        members.every(([name, { type }]) => sameOrAbsent(type, getOwn(a, name), getOwn(b, name))) &&
        // An undeclared member is no equal of anything: encoding will refuse it.
        [a, b].every((each) => Object.keys(each).every((name) => declared.has(name)))
      );
    },
    copy(value) {
      const copy: PlainObject = {};
      for (const name of Object.keys(value)) {
        const member = declared.get(name);
        setOwn(copy, name, member === undefined ? value[name] : copied(member.type, value[name]));
      }
      carry(copy, carriedBy(value));
      return copy;
    },
    member: (name) => declared.get(name),
  });
}

/** A required set that was emptied is stored as nothing, and is read back as empty. */
function isStoredAsSet(type: AttributeType): boolean {
  return type.wire === "SS" || type.wire === "NS" || type.wire === "BS";
}

function undeclared(): never {
  throw new Misfit("expected only declared members: declare it, or use t.record or t.any");
}

function absent(type: AttributeType): never {
  throw new Misfit(`expected a ${type.name} but got nothing: it is required`);
}

export function recordType<T>(element: AttributeType<T>): AttributeType<Record<string, T>> {
  const member: Member = Object.freeze({ type: element as Whole, isRequired: false });
  return Object.freeze<AttributeType<Record<string, T>>>({
    name: `record(${element.name})`,
    wire: "M",
    isScalar: false,
    encode(value) {
      if (!isPlainObject(value)) throw misfit("a plain object", value);
      const result: WireItem = {};
      for (const name of Object.keys(value)) {
        const each = value[name] as T | undefined;
        const wire = each === undefined ? undefined : within(name, () => element.encode(each));
        if (wire !== undefined) setOwn(result, name, wire);
      }
      return { M: result };
    },
    decode(wire) {
      const stored = (wire as { M?: WireItem }).M;
      if (stored === undefined) throw storedAs("a map", wire);
      const value: Record<string, T> = {};
      for (const name of Object.keys(stored)) {
        setOwn(
          value,
          name,
          within(name, () => element.decode(stored[name] as AttributeValue)),
        );
      }
      return value;
    },
    equals(a, b) {
      if (!isPlainObject(a) || !isPlainObject(b)) return false;
      const names = new Set([...Object.keys(a), ...Object.keys(b)]);
      return [...names].every((name) => sameOrAbsent(element, getOwn(a, name), getOwn(b, name)));
    },
    copy(value) {
      const copy: Record<string, T> = {};
      for (const name of Object.keys(value)) setOwn(copy, name, copied(element, value[name] as T));
      return copy;
    },
    member: () => member,
  });
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

function isNothing(value: unknown): boolean {
  return value === undefined || (value instanceof Set && value.size === 0);
}

function copied<T>(type: AttributeType<T>, value: T): T {
  return value === undefined || value === null ? value : type.copy(value);
}
