import { copyOrAbsent, sameOrAbsent } from "./absence.js";
import type { AttributeType, Member } from "./attribute-type.js";
import { carriedBy, carry } from "./carried.js";
import { flatMap } from "./flat-map.js";
import { assertName } from "./member-name.js";
import { foundAt, Misfit, misfit } from "./misfit.js";
import { isPlainObject, type PlainObject } from "./plain-object.js";
import { storedAs } from "./stored-as.js";
import { type AttributeValue, getOwn, setOwn, type WireItem } from "./wire.js";

export interface NamedMember extends Member {
  readonly name: string;
}

export function mapType(declared: ReadonlyMap<string, Member>): AttributeType<PlainObject> {
  const members: readonly NamedMember[] = Array.from(declared, ([name, member]) => ({
    name,
    ...member,
  }));

  const undeclaredIn = (stored: WireItem): WireItem => {
    const rest: WireItem = {};
    for (const name of Object.keys(stored)) {
      if (!declared.has(name)) setOwn(rest, name, stored[name] as AttributeValue);
    }
    return rest;
  };

  // Whether no name is inherited, so that reading and assigning one concerns the map alone.
  const isPlainlyNamed = members.every(({ name }) => !(name in Object.prototype));

  return Object.freeze<AttributeType<PlainObject>>({
    name: "map",
    wire: "M",
    isScalar: false,
    isOpaque: members.some(({ type }) => type.isOpaque),
    ...(isPlainlyNamed && { flat: flatMap(members) }),
    encode(value) {
      if (!isPlainObject(value)) throw misfit("a plain object", value);
      for (const name in value) {
        if (declared.has(name) || !Object.hasOwn(value, name)) continue;
        if (value[name] !== undefined) throw foundAt(name, undeclared());
      }
      const result: WireItem = {};
      for (const { name, type, isRequired } of members) {
        const own = isPlainlyNamed ? value[name] : getOwn(value, name);
        if (own === undefined) {
          if (isRequired) throw foundAt(name, absent(type));
          continue;
        }
        try {
          const wire = type.encode(own);
          if (wire !== undefined) setOwn(result, name, wire);
        } catch (error) {
          throw foundAt(name, error);
        }
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
      let left = 0;
      for (const _ in stored) left += 1;
      for (const { name, type, isRequired } of members) {
        const member = getOwn(stored, name);
        if (member !== undefined) {
          left -= 1;
          try {
            setOwn(value, name, type.decode(member));
          } catch (error) {
            throw foundAt(name, error);
          }
        } else if (isRequired) {
          if (!isSetType(type)) throw foundAt(name, absent(type));
          // A required set that was emptied is stored as nothing.
          setOwn<unknown>(value, name, new Set());
        }
      }
      if (left > 0) carry(value, undeclaredIn(stored));
      return value;
    },
    equals(a, b) {
      if (!isPlainObject(a) || !isPlainObject(b)) return false;
      for (const { name, type } of members) {
        if (!sameOrAbsent(type, getOwn(a, name), getOwn(b, name))) return false;
      }
      return hasOnly(a, declared) && hasOnly(b, declared);
    },
    copy(value) {
      if (!isPlainObject(value)) return value;
      const copy: PlainObject = {};
      for (const name in value) {
        if (!Object.hasOwn(value, name)) continue;
        const type = declared.get(name)?.type;
        setOwn(copy, name, type === undefined ? value[name] : copyOrAbsent(type, value[name]));
      }
      carry(copy, carriedBy(value));
      return copy;
    },
    member: (name) => declared.get(name),
  });
}

/** An undeclared member is no equal of anything: encoding refuses it. */
function hasOnly(map: PlainObject, declared: ReadonlyMap<string, Member>): boolean {
  // Each flush asks: a loop over names makes no list of them. An inherited one can only make it say no.
  for (const name in map) if (!declared.has(name) && map[name] !== undefined) return false;
  return true;
}

function isSetType({ wire }: AttributeType): boolean {
  return wire === "SS" || wire === "NS" || wire === "BS";
}

function undeclared(): Misfit {
  return new Misfit("expected only declared members: declare it, or use t.record or t.any");
}

function absent(type: AttributeType): Misfit {
  return new Misfit(`expected a ${type.name} but got nothing: it is required`);
}

export function recordType<T>(element: AttributeType<T>): AttributeType<Record<string, T>> {
  const member: Member = Object.freeze({ type: element as AttributeType, isRequired: false });
  return Object.freeze<AttributeType<Record<string, T>>>({
    name: `record(${element.name})`,
    wire: "M",
    isScalar: false,
    isOpaque: element.isOpaque === true,
    encode(value) {
      if (!isPlainObject(value)) throw misfit("a plain object", value);
      const result: WireItem = {};
      for (const name of Object.keys(value)) {
        const own = value[name] as T | undefined;
        if (own === undefined) continue;
        try {
          const wire = element.encode(own);
          if (wire === undefined) continue;
          assertName(name);
          setOwn(result, name, wire);
        } catch (error) {
          throw foundAt(name, error);
        }
      }
      return { M: result };
    },
    decode(wire) {
      const stored = (wire as { M?: WireItem }).M;
      if (stored === undefined) throw storedAs("a map", wire);
      const value: Record<string, T> = {};
      for (const name of Object.keys(stored)) {
        try {
          setOwn(value, name, element.decode(stored[name] as AttributeValue));
        } catch (error) {
          throw foundAt(name, error);
        }
      }
      return value;
    },
    equals(a, b) {
      if (!isPlainObject(a) || !isPlainObject(b)) return false;
      for (const name of Object.keys(a)) {
        if (!sameOrAbsent<unknown>(element as AttributeType, a[name], getOwn(b, name))) {
          return false;
        }
      }
      return Object.keys(b).every(
        (name) =>
          Object.hasOwn(a, name) ||
          sameOrAbsent<unknown>(element as AttributeType, undefined, b[name]),
      );
    },
    copy(value) {
      if (!isPlainObject(value)) return value;
      const copy: Record<string, T> = {};
      for (const name of Object.keys(value)) {
        setOwn(copy, name, copyOrAbsent(element, value[name] as T));
      }
      return copy;
    },
    member: () => member,
  });
}
