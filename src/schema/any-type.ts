import type { AttributeType, Member } from "./attribute-type.js";
import { wireEquals } from "./canonical.js";
import { Misfit, misfit, within } from "./misfit.js";
import { canonicalNumber, numberProblem } from "./number-text.js";
import { NumberValue } from "./number-value.js";
import { assertDepth, isPlainObject, type PlainObject } from "./plain-object.js";
import { exactNumber, wholeNumber } from "./scalar-types.js";
import { type AttributeValue, setOwn, type WireItem } from "./wire.js";

function encodeNumberText(text: string, value: unknown): string {
  const problem = numberProblem(text);
  if (problem !== undefined)
    throw misfit(`a number that DynamoDB stores (this one ${problem})`, value);
  return canonicalNumber(text);
}

function numeric(value: unknown): string | undefined {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw misfit("a finite number", value);
    return encodeNumberText(String(value), value);
  }
  if (typeof value === "bigint") return encodeNumberText(value.toString(), value);
  if (value instanceof NumberValue) return encodeNumberText(value.value, value.value);
  return undefined;
}

function encodeSet(value: ReadonlySet<unknown>): AttributeValue | undefined {
  const members = [...value];
  if (members.length === 0) return undefined;
  if (members.every((member) => typeof member === "string")) return { SS: members };
  if (members.every((member) => member instanceof Uint8Array)) {
    return { BS: members.map((bytes) => new Uint8Array(bytes)) };
  }
  const texts = members.map((member) => {
    const text = numeric(member);
    if (text === undefined) throw misfit("a set of strings, of numbers or of bytes", value);
    return text;
  });
  return { NS: [...new Set(texts)] };
}

function encodeDocument(value: unknown, depth: number): AttributeValue | undefined {
  assertDepth(depth);
  if (value === undefined) return undefined;
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  const number = numeric(value);
  if (number !== undefined) return { N: number };
  if (value instanceof Uint8Array) return { B: new Uint8Array(value) };
  if (value instanceof Set) return encodeSet(value);
  if (Array.isArray(value)) return { L: encodeList(value, depth) };
  if (isPlainObject(value)) return { M: encodeMembers(value, depth) };
  throw misfit("plain data (convert Dates and instances of classes first)", value);
}

function encodeList(list: readonly unknown[], depth: number): AttributeValue[] {
  // Not map(): it would pass over the holes of a sparse list.
  return Array.from(list, (element, at) =>
    within(at, () => {
      const wire = encodeDocument(element, depth + 1);
      if (wire === undefined) {
        throw new Misfit(
          "expected a value in a list but got undefined or an empty set: leave it out",
        );
      }
      return wire;
    }),
  );
}

function encodeMembers(map: PlainObject, depth: number): WireItem {
  const members: WireItem = {};
  for (const name of Object.keys(map)) {
    const wire = within(name, () => encodeDocument(map[name], depth + 1));
    if (wire !== undefined) setOwn(members, name, wire);
  }
  return members;
}

/** A number as the smallest thing that holds it exactly: number, bigint, NumberValue. */
function decodeNumber(text: string): number | bigint | NumberValue {
  return exactNumber(text) ?? wholeNumber(text) ?? NumberValue.from(text);
}

function decodeDocument(wire: AttributeValue): unknown {
  if ("S" in wire && wire.S !== undefined) return wire.S;
  if ("N" in wire && wire.N !== undefined) return decodeNumber(wire.N);
  if ("BOOL" in wire && wire.BOOL !== undefined) return wire.BOOL;
  if ("M" in wire && wire.M !== undefined) {
    const map: PlainObject = {};
    for (const name of Object.keys(wire.M)) {
      setOwn(map, name, decodeDocument(wire.M[name] as AttributeValue));
    }
    return map;
  }
  if ("L" in wire && wire.L !== undefined) return wire.L.map(decodeDocument);
  if ("NULL" in wire && wire.NULL !== undefined) return null;
  if ("B" in wire && wire.B !== undefined) return wire.B;
  if ("SS" in wire && wire.SS !== undefined) return new Set(wire.SS);
  if ("NS" in wire && wire.NS !== undefined) return new Set(wire.NS.map(decodeNumber));
  if ("BS" in wire && wire.BS !== undefined) return new Set(wire.BS);
  throw misfit("an attribute value", wire);
}

function copyDocument(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, copyDocument);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Set) return new Set(Array.from(value, copyDocument));
  if (value instanceof NumberValue) return NumberValue.from(value.value);
  const copy: PlainObject = {};
  for (const name of Object.keys(value)) {
    setOwn(copy, name, copyDocument((value as PlainObject)[name]));
  }
  return copy;
}

function sameDocument(a: unknown, b: unknown): boolean {
  if (a === b && (typeof a !== "object" || a === null)) return true;
  if (typeof a !== typeof b && typeof a !== "number" && typeof a !== "bigint") {
    if (typeof a !== "object" || !(a instanceof NumberValue)) return false;
  }
  const left = encodeDocument(a, 0);
  const right = encodeDocument(b, 0);
  if (left === undefined || right === undefined) return left === right;
  return wireEquals(left, right);
}

/**
 * A document without a schema, marshalled as lib-dynamodb does: plain objects, lists, sets, numbers,
 * text, bytes, booleans and null.
 */
export const anyType: AttributeType = Object.freeze<AttributeType>({
  name: "any",
  wire: undefined,
  isScalar: false,
  encode: (value) => encodeDocument(value, 0),
  decode: decodeDocument,
  equals: sameDocument,
  copy: copyDocument,
  member: (): Member => anyMember,
  get element(): AttributeType {
    return anyType;
  },
});

const anyMember: Member = Object.freeze({ type: anyType, isRequired: false });
