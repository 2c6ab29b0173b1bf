import { sameDocument } from "./any-equality.js";
import type { AttributeType, Member } from "./attribute-type.js";
import { hex } from "./canonical.js";
import { assertName } from "./member-name.js";
import { foundAt, Misfit, misfit } from "./misfit.js";
import { assertDepth } from "./nesting.js";
import { NumberValue } from "./number-value.js";
import { isPlainObject, type PlainObject } from "./plain-object.js";
import {
  assertText,
  exactNumber,
  ownBytes,
  storableNumber,
  storableText,
  wholeNumber,
} from "./scalar-types.js";
import { type AttributeValue, setOwn, type WireItem } from "./wire.js";

function numeric(value: unknown): string | undefined {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw misfit("a finite number", value);
    return storableText(value);
  }
  if (typeof value === "bigint" || value instanceof NumberValue) {
    return storableNumber(value.toString(), value);
  }
  return undefined;
}

function textOf(value: string): string {
  assertText(value);
  return value;
}

function encodeSet(value: ReadonlySet<unknown>): AttributeValue | undefined {
  const members = [...value];
  if (members.length === 0) return undefined;
  if (members.every((member) => typeof member === "string")) return { SS: members.map(textOf) };
  if (members.every((member) => member instanceof Uint8Array)) {
    // DynamoDB refuses a set with the same bytes twice.
    const distinct = new Map(members.map((bytes) => [hex(bytes), bytes]));
    return { BS: Array.from(distinct.values(), (bytes) => new Uint8Array(bytes)) };
  }
  const texts = members.map((member) => {
    const text = numeric(member);
    if (text === undefined) throw misfit("a set of strings, of numbers or of bytes", value);
    return text;
  });
  return { NS: [...new Set(texts)] };
}

/** @param depth the lists and maps around the value */
function encodeDocument(value: unknown, depth: number): AttributeValue | undefined {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return { S: textOf(value) };
    case "boolean":
      return { BOOL: value };
    case "object":
      return value === null ? { NULL: true } : encodeObject(value, depth);
  }
  const number = numeric(value);
  if (number === undefined) throw misfit("plain data", value);
  return { N: number };
}

function encodeObject(value: object, depth: number): AttributeValue | undefined {
  if (Array.isArray(value)) return { L: encodeList(value, depth + 1) };
  if (isPlainObject(value)) return { M: encodeMembers(value, depth + 1) };
  if (value instanceof Uint8Array) return { B: new Uint8Array(value) };
  if (value instanceof Set) return encodeSet(value);
  const number = numeric(value);
  if (number !== undefined) return { N: number };
  throw misfit("plain data (convert Dates and instances of classes first)", value);
}

function encodeList(list: readonly unknown[], depth: number): AttributeValue[] {
  assertDepth(depth);
  const wires: AttributeValue[] = [];
  // By position: iteration helpers would pass over the holes of a sparse list.
  for (let at = 0; at < list.length; at++) {
    try {
      const wire = encodeDocument(list[at], depth);
      if (wire === undefined) {
        throw new Misfit(
          "expected a value in a list but got undefined or an empty set: leave it out",
        );
      }
      wires.push(wire);
    } catch (error) {
      throw foundAt(at, error);
    }
  }
  return wires;
}

function encodeMembers(map: PlainObject, depth: number): WireItem {
  assertDepth(depth);
  const members: WireItem = {};
  for (const name of Object.keys(map)) {
    try {
      const wire = encodeDocument(map[name], depth);
      if (wire === undefined) continue;
      assertName(name);
      setOwn(members, name, wire);
    } catch (error) {
      throw foundAt(name, error);
    }
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
  if ("B" in wire && wire.B !== undefined) return ownBytes(wire.B);
  if ("SS" in wire && wire.SS !== undefined) return new Set(wire.SS);
  if ("NS" in wire && wire.NS !== undefined) return new Set(wire.NS.map(decodeNumber));
  if ("BS" in wire && wire.BS !== undefined) return new Set(wire.BS.map(ownBytes));
  throw misfit("an attribute value", wire);
}

/** What can't be stored is left as it is, for `encode` to refuse it; a copy must not make it fit. */
function copyDocument(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    assertDepth(depth);
    return Array.from(value, (element) => copyDocument(element, depth + 1));
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Set) return new Set(Array.from(value, (each) => copyDocument(each, depth)));
  if (value instanceof NumberValue) return NumberValue.from(value.toString());
  if (!isPlainObject(value)) return value;
  assertDepth(depth);
  const copy: PlainObject = {};
  for (const name of Object.keys(value)) {
    setOwn(copy, name, copyDocument(value[name], depth + 1));
  }
  return copy;
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
  copy(value) {
    try {
      return copyDocument(value, 1);
    } catch (error) {
      // Too deep, or it contains itself.
      if (error instanceof Misfit) return value;
      throw error;
    }
  },
  member: (): Member => anyMember,
  get element(): AttributeType {
    return anyType;
  },
});

const anyMember: Member = Object.freeze({ type: anyType, isRequired: false });
