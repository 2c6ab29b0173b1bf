import { canonicalNumber } from "./number-text.js";
import { type AttributeValue, getOwn, type WireItem } from "./wire.js";

/**
 * One text for each value, and another for each other value: numbers by value, sets and maps without
 * order, every part with its length before it, so that no two can run together.
 */
export function canonicalWire(value: AttributeValue): string {
  if ("S" in value && value.S !== undefined) return part("S", value.S);
  if ("N" in value && value.N !== undefined) return part("N", canonicalNumber(value.N));
  if ("B" in value && value.B !== undefined) return part("B", hex(value.B));
  if ("BOOL" in value && value.BOOL !== undefined) return part("T", String(value.BOOL));
  if ("SS" in value && value.SS !== undefined) return part("s", unordered(value.SS));
  if ("NS" in value && value.NS !== undefined) {
    return part("n", unordered(value.NS.map(canonicalNumber)));
  }
  if ("BS" in value && value.BS !== undefined) return part("b", unordered(value.BS.map(hex)));
  if ("L" in value && value.L !== undefined) return part("L", value.L.map(canonicalWire).join(""));
  if ("M" in value && value.M !== undefined) {
    const members = value.M;
    const names = Object.keys(members).sort();
    return part(
      "M",
      names
        .map((name) => part("k", name) + canonicalWire(members[name] as AttributeValue))
        .join(""),
    );
  }
  return "0";
}

/** The same of a value of type S. */
export function canonicalText(text: string): string {
  return part("S", text);
}

function part(type: string, text: string): string {
  return `${type}${text.length}:${text}`;
}

function unordered(members: readonly string[]): string {
  return [...members]
    .sort()
    .map((member) => part("m", member))
    .join("");
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Equality as DynamoDB's `=` has it: numbers by value, sets without order, documents deeply. */
export function wireEquals(a: AttributeValue, b: AttributeValue): boolean {
  if (a === b) return true;
  if ("S" in a) return "S" in b && a.S === b.S;
  if ("N" in a) return "N" in b && (a.N === b.N || canonicalNumber(a.N) === canonicalNumber(b.N));
  if ("BOOL" in a) return "BOOL" in b && a.BOOL === b.BOOL;
  if ("NULL" in a) return "NULL" in b;
  if ("B" in a) return "B" in b && bytesEqual(a.B, b.B);
  if ("L" in a) {
    if (!("L" in b) || a.L.length !== b.L.length) return false;
    const other = b.L;
    return a.L.every((element, at) => wireEquals(element, other[at] as AttributeValue));
  }
  if ("M" in a) return "M" in b && mapsEqual(a.M, b.M);
  return canonicalWire(a) === canonicalWire(b);
}

function mapsEqual(a: WireItem, b: WireItem): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = getOwn(b, name);
    return other !== undefined && wireEquals(a[name] as AttributeValue, other);
  });
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let at = 0; at < a.byteLength; at++) if (a[at] !== b[at]) return false;
  return true;
}
