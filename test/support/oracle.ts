import type {
  ComparisonNode,
  ConditionNode,
  MatchNode,
  Operand,
  PathNode,
} from "../../src/expr/nodes.js";
import type { AttributeValue, WireItem } from "../../src/schema/wire.js";

/**
 * What a condition says of an item, by DynamoDB's rules and in plain JavaScript: what the engine
 * answers is held against it. It shares nothing with the library but the shapes of trees and values.
 */
export function meets(condition: ConditionNode, item: WireItem): boolean {
  switch (condition.kind) {
    case "and":
      return condition.terms.every((term) => meets(term, item));
    case "or":
      return condition.terms.some((term) => meets(term, item));
    case "not":
      return !meets(condition.term, item);
    case "comparison":
      return compares(condition, item);
    case "between": {
      const value = operandOf(condition.operand, item);
      const low = operandOf(condition.low, item);
      const high = operandOf(condition.high, item);
      return (order(value, low) ?? -1) >= 0 && (order(value, high) ?? 1) <= 0;
    }
    case "in": {
      const value = operandOf(condition.operand, item);
      return condition.options.some((option) => isEqual(value, operandOf(option, item)));
    }
    case "exists":
      return at(condition.path, item) !== undefined;
    case "missing":
      return at(condition.path, item) === undefined;
    case "isType": {
      const value = at(condition.path, item);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case "contains":
    case "beginsWith":
      return matches(condition, item);
  }
}

function compares({ operator, left, right }: ComparisonNode, item: WireItem): boolean {
  const a = operandOf(left, item);
  const b = operandOf(right, item);
  if (operator === "=") return isEqual(a, b);
  // Also where an attribute is missing.
  if (operator === "<>") return !isEqual(a, b);
  const sign = order(a, b);
  if (sign === undefined) return false;
  switch (operator) {
    case "<":
      return sign < 0;
    case "<=":
      return sign <= 0;
    case ">":
      return sign > 0;
    case ">=":
      return sign >= 0;
  }
}

function matches({ kind, path, operand }: MatchNode, item: WireItem): boolean {
  const value = at(path, item);
  const part = operandOf(operand, item);
  if (value === undefined || part === undefined) return false;
  if ("S" in value) {
    if (!("S" in part)) return false;
    return kind === "contains" ? value.S.includes(part.S) : value.S.startsWith(part.S);
  }
  if ("B" in value) {
    if (!("B" in part)) return false;
    const bytes = latin(value.B);
    return kind === "contains" ? bytes.includes(latin(part.B)) : bytes.startsWith(latin(part.B));
  }
  if (kind === "beginsWith") return false;
  if ("SS" in value) return "S" in part && value.SS.includes(part.S);
  if ("NS" in value) {
    return "N" in part && value.NS.some((member) => order({ N: member }, part) === 0);
  }
  if ("BS" in value) {
    return "B" in part && value.BS.some((member) => latin(member) === latin(part.B));
  }
  if (!("L" in value)) return false;
  return value.L.some((element) => isEqual(element, part));
}

function operandOf(operand: Operand, item: WireItem): AttributeValue | undefined {
  if (operand.kind === "value") return operand.wire;
  if (operand.kind === "path") return at(operand, item);
  const size = sizeOf(at(operand.path, item));
  return size === undefined ? undefined : { N: String(size) };
}

function at({ steps }: PathNode, item: WireItem): AttributeValue | undefined {
  return steps.reduce<AttributeValue | undefined>(into, { M: item });
}

function into(value: AttributeValue | undefined, step: string | number) {
  if (value === undefined) return undefined;
  if (typeof step === "number") return "L" in value ? value.L[step] : undefined;
  return "M" in value && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
}

function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] as string;
}

function sizeOf(value: AttributeValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  // DynamoDB Local counts UTF-16 units.
  if ("S" in value) return value.S.length;
  if ("B" in value) return value.B.length;
  if ("SS" in value) return value.SS.length;
  if ("NS" in value) return value.NS.length;
  if ("BS" in value) return value.BS.length;
  if ("L" in value) return value.L.length;
  if ("M" in value) return Object.keys(value.M).length;
  return undefined;
}

/** The sign of a's order against b; `undefined` for what has no order. */
export function order(
  a: AttributeValue | undefined,
  b: AttributeValue | undefined,
): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if ("N" in a && "N" in b) {
    const [x, y] = aligned(a.N, b.N);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const x = bytesOf(a);
  const y = bytesOf(b);
  if (x === undefined || y === undefined || typeOf(a) !== typeOf(b)) return undefined;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Bytes as text of one character each, which JavaScript orders as DynamoDB does the bytes. */
function bytesOf(value: AttributeValue): string | undefined {
  if ("S" in value) return latin(new TextEncoder().encode(value.S));
  return "B" in value ? latin(value.B) : undefined;
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Two decimals as integers of one scale. */
function aligned(a: string, b: string): [bigint, bigint] {
  const x = decimal(a);
  const y = decimal(b);
  const scale = Math.min(x.exponent, y.exponent);
  const scaled = ({ digits, exponent }: typeof x) => digits * 10n ** BigInt(exponent - scale);
  return [scaled(x), scaled(y)];
}

function decimal(text: string): { readonly digits: bigint; readonly exponent: number } {
  const [mantissa = "0", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function isEqual(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined || typeOf(a) !== typeOf(b)) return false;
  return canonical(a) === canonical(b);
}

/** Equal texts for equal values: numbers by value, sets and maps without order. */
export function canonical(value: AttributeValue): string {
  if ("N" in value) return `N${numberText(value.N)}`;
  if ("B" in value) return `B${JSON.stringify(latin(value.B))}`;
  if ("SS" in value) return `SS${JSON.stringify([...value.SS].sort())}`;
  if ("NS" in value) return `NS${JSON.stringify(value.NS.map(numberText).sort())}`;
  if ("BS" in value) return `BS${JSON.stringify(value.BS.map(latin).sort())}`;
  if ("L" in value) return `L${JSON.stringify(value.L.map(canonical))}`;
  if ("M" in value) {
    const members = Object.entries(value.M).map(([name, member]) => [name, canonical(member)]);
    return `M${JSON.stringify(members.sort(([x = ""], [y = ""]) => (x < y ? -1 : 1)))}`;
  }
  return JSON.stringify(value);
}

function numberText(text: string): string {
  let { digits, exponent } = decimal(text);
  if (digits === 0n) return "0";
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  return `${digits}e${exponent}`;
}
