import type { AttributeType } from "../schema/attribute-type.js";
import { describePath, describeValue } from "../schema/errors.js";
import { Misfit } from "../schema/misfit.js";
import { type AttributeValue, type WireType, wireTypeOf } from "../schema/wire.js";
import { InvalidExpression } from "./errors.js";
import { freezeWire } from "./freeze-wire.js";
import { type Operand, type PathNode, type SizeNode, valueNode } from "./nodes.js";
import { printPath } from "./print-path.js";
import { nameOfWire } from "./wire-names.js";

/** What an operator is applied to, or compared with: a path, or the size of one. */
export abstract class Operable {
  abstract readonly node: PathNode | SizeNode;
  /** How a value that is compared with it is stored. */
  abstract readonly type: AttributeType;
}

/** The refusal of an operator, naming the place that it was applied to. */
export function refuse(
  target: Operable,
  operator: string,
  problem: string,
  cause?: unknown,
): InvalidExpression {
  const path = pathOf(target);
  const text = printPath(path);
  return new InvalidExpression(`${path.model}.${text}: ${operator}() ${problem}.`, {
    model: path.model,
    column: path.column,
    path: text,
    cause,
  });
}

export function pathOf({ node }: Operable): PathNode {
  return node.kind === "size" ? node.path : node;
}

/**
 * A value as it is stored, frozen and sharing nothing with the caller's; `undefined` for what is
 * stored as nothing, as an empty set.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION for a value that doesn't fit the type.
 */
export function encodeFor(
  target: Operable,
  operator: string,
  type: AttributeType,
  value: unknown,
): AttributeValue | undefined {
  if (value instanceof Operable) {
    throw refuse(target, operator, "takes values here, not another column");
  }
  let wire: AttributeValue | undefined;
  try {
    wire = type.encode(value);
    // A custom type may give a value of no type at all.
    if (wire !== undefined) wireTypeOf(wire);
  } catch (error) {
    throw misfitOf(target, operator, error);
  }
  return wire && freezeWire(wire);
}

/** What a type says of a value that doesn't fit, and where in the value; a custom type may say anything. */
function misfitOf(target: Operable, operator: string, error: unknown): InvalidExpression {
  const problem = error instanceof Error ? error.message : String(error);
  const steps = error instanceof Misfit ? error.path : [];
  const place = steps.length > 0 ? ` (at ${describePath(steps)} of the value)` : "";
  // A misfit is of the library's own; what lies behind it may be the user's.
  const cause = error instanceof Misfit ? error.cause : error;
  return refuse(target, operator, `${problem}${place}`, cause);
}

/**
 * An operand that must be there: a value, another path, or a size.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION for what can't be compared.
 */
export function operandFor(
  target: Operable,
  operator: string,
  value: unknown,
  type: AttributeType = target.type,
): Operand {
  if (value instanceof Operable) {
    const other = relatedTo(target, operator, value, type);
    if (!isSamePlace(target.node, other)) return other;
    throw refuse(target, operator, "compares it with itself, which DynamoDB refuses");
  }
  assertGiven(target, operator, value);
  const wire = encodeFor(target, operator, type, value);
  if (wire === undefined) {
    throw refuse(
      target,
      operator,
      `can't compare with ${describeValue(value)}, which is stored as nothing`,
    );
  }
  return valueNode(wire);
}

export function assertGiven(target: Operable, operator: string, value: unknown): void {
  if (value !== undefined && value !== null) return;
  const hint = "to ask for a missing attribute use missing() or eq(undefined)";
  throw refuse(target, operator, `needs a value but got ${value}: ${hint}`);
}

/**
 * Another path, or a size, of the same item and stored as the same type.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION for another model's, or one of another type.
 */
export function relatedTo(
  target: Operable,
  operator: string,
  other: Operable,
  type: AttributeType = target.type,
): PathNode | SizeNode {
  const [mine, its] = [pathOf(target), pathOf(other)];
  if (mine.table !== its.table) {
    throw refuse(
      target,
      operator,
      `compares within one item, and ${its.model}.${printPath(its)} belongs to another model`,
    );
  }
  const [expected, found] = [type.wire, other.type.wire];
  if (expected !== undefined && found !== undefined && expected !== found) {
    throw refuse(
      target,
      operator,
      `can't relate ${nameOfWire(expected)} to ${printOperable(other)}, which is ${nameOfWire(found)}`,
    );
  }
  return other.node;
}

function isSamePlace(a: PathNode | SizeNode, b: PathNode | SizeNode): boolean {
  if (a.kind !== "path" || b.kind !== "path" || a.steps.length !== b.steps.length) return false;
  return a.steps.every((step, at) => step === b.steps[at]);
}

function printOperable({ node }: Operable): string {
  return node.kind === "size" ? `size(${printPath(node.path)})` : printPath(node);
}

/**
 * Refuses an operator that a type doesn't have. In a column of any type everything is allowed here,
 * and the operand says what can be.
 */
export function assertSuits(
  target: Operable,
  operator: string,
  wires: readonly WireType[],
  what: string,
): void {
  const { wire, name } = target.type;
  if (wire === undefined || wires.includes(wire)) return;
  throw refuse(
    target,
    operator,
    `works on ${what}, and this is ${nameOfWire(wire)}, of type ${name}`,
  );
}

/** Refuses an operand's value that DynamoDB doesn't take for an operator. */
export function assertOperandSuits(
  target: Operable,
  operator: string,
  operand: Operand,
  wires: readonly WireType[],
  what: string,
): void {
  if (operand.kind !== "value") return;
  const wire = wireTypeOf(operand.wire);
  if (wires.includes(wire)) return;
  throw refuse(target, operator, `takes ${what}, and got ${nameOfWire(wire)}`);
}
