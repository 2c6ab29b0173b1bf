import type { ActionNode, PathNode, UpdateValueNode } from "../../expr/nodes.js";
import { canonicalNumber } from "../../schema/number-text.js";
import { type AttributeValue, getOwn } from "../../schema/wire.js";
import type { UpdateChange } from "./change.js";

/** Stands for what can't be told without the table. */
export const unknown = Symbol("unknown");

/** A stored value, `undefined` for none. */
type Stored = AttributeValue | undefined | typeof unknown;

/** What an action leaves at its path, if the item is what the update was based on. */
export function leaves(action: ActionNode, change: UpdateChange): Stored {
  switch (action.kind) {
    case "remove":
      return undefined;
    case "set":
      return evaluate(action.value, change);
    case "add": {
      const before = storedBefore(action.path, change);
      const { wire } = action.value;
      if (before === unknown || !("N" in wire)) return unknown;
      return before === undefined ? wire : sum(before, wire, 1n);
    }
    case "delete":
      return unknown;
  }
}

function evaluate(value: UpdateValueNode, change: UpdateChange): Stored {
  switch (value.kind) {
    case "value":
      return value.wire;
    case "path":
      return storedBefore(value, change);
    case "size":
      return unknown;
    case "ifMissing": {
      const before = storedBefore(value.path, change);
      return before === undefined ? evaluate(value.value, change) : before;
    }
    case "sum": {
      const left = evaluate(value.left, change);
      const right = evaluate(value.right, change);
      return sum(left, right, value.operator === "+" ? 1n : -1n);
    }
    case "listAppend": {
      const left = evaluate(value.left, change);
      const right = evaluate(value.right, change);
      return isList(left) && isList(right) ? { L: [...left.L, ...right.L] } : unknown;
    }
  }
}

/** What stood at a path when the update was planned. */
export function storedBefore(path: PathNode, { base, info }: UpdateChange): Stored {
  const column = info.table.byName.get(path.column);
  if (column === undefined || !Object.hasOwn(base, column.name)) return unknown;
  const value = base[column.name];
  const whole = value === undefined ? undefined : column.type.encode(value);
  return descend(whole, path.steps.slice(1));
}

/** The value at steps into a document. */
export function descend(
  value: AttributeValue | undefined,
  steps: readonly (string | number)[],
): AttributeValue | undefined {
  let here = value;
  for (const step of steps) {
    if (here === undefined) return undefined;
    if (typeof step === "number") here = "L" in here ? here.L[step] : undefined;
    else here = "M" in here ? getOwn(here.M, step) : undefined;
  }
  return here;
}

function isList(value: Stored): value is { L: AttributeValue[] } {
  return typeof value === "object" && "L" in value;
}

function sum(left: Stored, right: Stored, sign: 1n | -1n): Stored {
  if (typeof left !== "object" || !("N" in left)) return unknown;
  if (typeof right !== "object" || !("N" in right)) return unknown;
  return { N: addNumbers(left.N, right.N, sign) };
}

/** The exact sum of two numbers, or their difference. */
export function addNumbers(left: string, right: string, sign: 1n | -1n = 1n): string {
  const a = parse(left);
  const b = parse(right);
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent: own }: Decimal) => digits * 10n ** BigInt(own - exponent);
  return canonicalNumber(`${scaled(a) + sign * scaled(b)}E${exponent}`);
}

interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

function parse(text: string): Decimal {
  const [mantissa = "0", power = "0"] = canonicalNumber(text).split("E");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}
