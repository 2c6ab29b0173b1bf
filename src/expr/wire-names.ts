import type { WireType } from "../schema/wire.js";

const wireNames: Readonly<Record<WireType, string>> = {
  S: "text (S)",
  N: "a number (N)",
  B: "binary (B)",
  BOOL: "a boolean (BOOL)",
  NULL: "null (NULL)",
  SS: "a set of text (SS)",
  NS: "a set of numbers (NS)",
  BS: "a set of binary (BS)",
  L: "a list (L)",
  M: "a map (M)",
};

/** The types that DynamoDB knows. */
export const wireTypes: ReadonlySet<string> = new Set(Object.keys(wireNames));

/** A type in words, with DynamoDB's letter for it. */
export function nameOfWire(wire: WireType): string {
  return wireNames[wire];
}
