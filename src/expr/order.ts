import { canonicalNumber } from "../schema/number-text.js";
import { type AttributeValue, wireTypeOf } from "../schema/wire.js";
import type { Operand } from "./nodes.js";

/**
 * What is wrong with the ends of a range; `undefined` for nothing. DynamoDB refuses one whose lower
 * end is above the upper, or whose ends are of two types.
 */
export function areOrdered(low: Operand, high: Operand): string | undefined {
  if (low.kind !== "value" || high.kind !== "value") return undefined;
  const [first, second] = [wireTypeOf(low.wire), wireTypeOf(high.wire)];
  if (first !== second) return `needs both ends of one type, and got ${first} and ${second}`;
  return compareWires(low.wire, high.wire) > 0
    ? "needs the lower end first: nothing is between them the other way round"
    : undefined;
}

/** Below, equal or above 0, by DynamoDB's order: numbers by value, text and binary by bytes. */
export function compareWires(a: AttributeValue, b: AttributeValue): number {
  if ("N" in a && "N" in b) return compareNumbers(a.N, b.N);
  if ("S" in a && "S" in b) {
    const encoder = new TextEncoder();
    return compareBytes(encoder.encode(a.S), encoder.encode(b.S));
  }
  if ("B" in a && "B" in b) return compareBytes(a.B, b.B);
  return 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at < shared; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.byteLength - b.byteLength;
}

/** Below any exponent of a stored number's last digit, so that all become whole. */
const scale = 200;

function compareNumbers(a: string, b: string): number {
  const [left, right] = [scaled(a), scaled(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function scaled(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E(-?\d+))?$/.exec(canonicalNumber(text));
  if (match === null) return 0n;
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? 0) - fraction.length + scale;
  const digits = BigInt(`${match[2]}${fraction}`) * 10n ** BigInt(Math.max(0, exponent));
  return match[1] === "-" ? -digits : digits;
}
