import type { AttributeType } from "./attribute-type.js";
import { carriedBy } from "./carried.js";
import { canonicalNumber } from "./number-text.js";
import { NumberValue } from "./number-value.js";
import { isPlainObject } from "./plain-object.js";
import type { AttributeValue, WireItem } from "./wire.js";

/** The length of a text in UTF-8, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      // Two units make one character of four bytes.
      bytes += 2;
      at += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** A number takes a byte for two digits, one for the exponent and one for a sign: AWS guide, "Item sizes and formats". */
function numberBytes(text: string): number {
  const canonical = canonicalNumber(text);
  const digits = canonical
    .replace(/^-|E.*$/g, "")
    .replace(".", "")
    .replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1 + (canonical.startsWith("-") ? 1 : 0);
}

/** The bytes of a key's value. */
export function scalarBytes(wire: AttributeValue): number {
  if ("S" in wire) return utf8Bytes(wire.S);
  if ("B" in wire) return wire.B.byteLength;
  return valueBytes(wire);
}

export function valueBytes(value: AttributeValue): number {
  if ("S" in value) return utf8Bytes(value.S);
  if ("N" in value) return numberBytes(value.N);
  if ("B" in value) return value.B.byteLength;
  if ("SS" in value) return sum(value.SS, utf8Bytes);
  if ("NS" in value) return sum(value.NS, numberBytes);
  if ("BS" in value) return sum(value.BS, (bytes) => bytes.byteLength);
  if ("L" in value) return 3 + sum(value.L, (element) => 1 + valueBytes(element));
  if ("M" in value) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

/** The size of an item as DynamoDB counts it against 400 KB: names and values. */
export function itemBytes(item: WireItem): number {
  return sum(
    Object.keys(item),
    (name) => utf8Bytes(name) + valueBytes(item[name] as AttributeValue),
  );
}

/**
 * At least as many bytes as a value takes once it is stored, without encoding it; `Infinity` where that
 * can't be told: of a custom type's, and of maps that carry undeclared members.
 */
export function valueAtMost(type: AttributeType, value: unknown): number {
  return type.isOpaque === true ? Number.POSITIVE_INFINITY : atMost(value);
}

/** What a number takes at most, a Date as text and a document's `null`. */
const scalarAtMost = 32;

function atMost(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 3 * value.length;
    case "number":
    case "bigint":
    case "boolean":
    case "undefined":
      return scalarAtMost;
    case "object":
      break;
    default:
      return Number.POSITIVE_INFINITY;
  }
  if (value === null || value instanceof Date || value instanceof NumberValue) return scalarAtMost;
  if (value instanceof Uint8Array) return value.byteLength;
  let bytes = 3;
  if (Array.isArray(value) || value instanceof Set) {
    for (const member of value) bytes += 1 + atMost(member);
    return bytes;
  }
  if (!isPlainObject(value) || carriedBy(value) !== undefined) return Number.POSITIVE_INFINITY;
  for (const name in value) bytes += 1 + 3 * name.length + atMost(value[name]);
  return bytes;
}

/** About how many bytes an item takes in a request's JSON; never less than it does for plain text. */
export function wireJsonBytes(item: WireItem): number {
  return sum(
    Object.keys(item),
    (name) => utf8Bytes(name) + 16 + jsonBytes(item[name] as AttributeValue),
  );
}

/**
 * At least as many bytes as an item takes in JSON, and as DynamoDB counts: without a look at each
 * character, so that the exact count is only needed for what comes near a limit.
 */
export function wireJsonAtMost(item: WireItem): number {
  let bytes = 0;
  for (const name in item) {
    bytes += attributeJsonAtMost(name, item[name] as AttributeValue);
  }
  return bytes;
}

/** The same of one attribute of an item. */
export function attributeJsonAtMost(name: string, value: AttributeValue): number {
  return 6 * name.length + 16 + jsonAtMost(value);
}

/** Asked of all that is written: one member after the other, and not first whether it is there. */
function jsonAtMost(value: AttributeValue): number {
  const members = value as Members;
  if (members.S !== undefined) return 6 * members.S.length;
  if (members.N !== undefined) return members.N.length;
  if (members.L !== undefined) return sum(members.L, (element) => 8 + jsonAtMost(element));
  return members.M === undefined ? jsonBytes(value) : wireJsonAtMost(members.M);
}

interface Members {
  readonly S?: string;
  readonly N?: string;
  readonly L?: readonly AttributeValue[];
  readonly M?: WireItem;
}

function jsonBytes(value: AttributeValue): number {
  if ("L" in value) return sum(value.L, (element) => 8 + jsonBytes(element));
  if ("M" in value) return wireJsonBytes(value.M);
  if ("SS" in value) return sum(value.SS, (text) => 3 + jsonTextBytes(text));
  if ("BS" in value) return sum(value.BS, (bytes) => 3 + base64Bytes(bytes));
  if ("NS" in value) return sum(value.NS, (text) => 3 + text.length);
  if ("S" in value) return jsonTextBytes(value.S);
  if ("B" in value) return base64Bytes(value.B);
  return "N" in value ? value.N.length : 4;
}

/** Quotes, backslashes and control characters are escaped. */
function jsonTextBytes(text: string): number {
  let bytes = utf8Bytes(text);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (unit < 0x20) bytes += 5;
  }
  return bytes;
}

function base64Bytes(bytes: Uint8Array): number {
  return Math.ceil(bytes.byteLength / 3) * 4;
}

function sum<T>(values: readonly T[], sizeOf: (value: T) => number): number {
  let total = 0;
  for (const value of values) total += sizeOf(value);
  return total;
}
