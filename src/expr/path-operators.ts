import type { AttributeType } from "../schema/attribute-type.js";
import { describeValue } from "../schema/errors.js";
import { maxNesting } from "../schema/limits.js";
import { stringType } from "../schema/scalar-types.js";
import type { WireType } from "../schema/wire.js";
import { Comparable } from "./comparable.js";
import type { Condition } from "./condition.js";
import { type Operand, type PathNode, pathNode } from "./nodes.js";
import {
  assertOperandSuits,
  assertSuits,
  encodeFor,
  Operable,
  operandFor,
  refuse,
} from "./operand.js";
import type { AnyPath, family } from "./path.js";
import { printPath } from "./print-path.js";
import { type Size, SizeOperators } from "./size.js";
import type { Update } from "./update.js";
import {
  addNumber,
  appendTo,
  changeMembers,
  removePath,
  setIfMissing,
  setValue,
} from "./update-actions.js";
import { wireTypes } from "./wire-names.js";

/** The highest list position that an expression may name. */
const maxPosition = 2 ** 31 - 1;

/**
 * A path with every operator: which of them suit its type is checked when one is used, as the type
 * `Path` does for TypeScript.
 */
export class PathOperators extends Comparable implements AnyPath {
  /** Only for types: it may stand beside anything. */
  declare readonly [family]: never;
  readonly node: PathNode;
  readonly type: AttributeType;

  constructor(node: PathNode, type: AttributeType) {
    super();
    this.node = node;
    this.type = type;
    Object.freeze(this);
  }

  at(step: string | number): PathOperators {
    const { node } = this;
    const type = typeof step === "number" ? this.#element(step) : this.#member(step);
    if (node.steps.length >= maxNesting) {
      throw refuse(this, "at", `can't lead deeper: a path has at most ${maxNesting} steps`);
    }
    const steps = [...node.steps, step];
    return new PathOperators(pathNode(node.model, node.column, steps, node.table), type);
  }

  override eq(value: unknown): Condition {
    return this.#isNothing("eq", value) ? this.missing() : super.eq(value);
  }

  override ne(value: unknown): Condition {
    return this.#isNothing("ne", value) ? this.exists() : super.ne(value);
  }

  exists(): Condition {
    return this.condition({ kind: "exists", path: this.node });
  }

  missing(): Condition {
    return this.condition({ kind: "missing", path: this.node });
  }

  isType(type: WireType): Condition {
    if (!wireTypes.has(type)) {
      const known = [...wireTypes].join(", ");
      throw refuse(this, "isType", `takes one of ${known}, not ${describeValue(type)}`);
    }
    return this.condition({ kind: "isType", path: this.node, type });
  }

  contains(value: unknown): Condition {
    const wires = ["S", "SS", "NS", "BS", "L"] as const;
    assertSuits(this, "contains", wires, "text, sets and lists");
    const operand =
      this.type.wire === "S"
        ? this.#text("contains", value)
        : operandFor(this, "contains", value, this.#elements("contains"));
    return this.condition({ kind: "contains", path: this.node, operand });
  }

  beginsWith(prefix: unknown): Condition {
    assertSuits(this, "beginsWith", ["S", "B"], "text and binary");
    const operand =
      this.type.wire === "S"
        ? this.#text("beginsWith", prefix)
        : operandFor(this, "beginsWith", prefix);
    assertOperandSuits(this, "beginsWith", operand, ["S", "B"], "text or bytes");
    return this.condition({ kind: "beginsWith", path: this.node, operand });
  }

  size(): Size {
    const wires = ["S", "B", "SS", "NS", "BS", "L", "M"] as const;
    assertSuits(this, "size", wires, "text, binary, sets, lists and maps");
    return new SizeOperators(this.node);
  }

  set(value: unknown): Update {
    return setValue(this, value);
  }

  ifMissing(value: unknown): Update {
    return setIfMissing(this, value);
  }

  remove(): Update {
    return removePath(this);
  }

  plus(amount: unknown): Update {
    return addNumber(this, "plus", amount);
  }

  minus(amount: unknown): Update {
    return addNumber(this, "minus", amount);
  }

  append(...elements: readonly unknown[]): Update {
    return appendTo(this, "append", elements);
  }

  prepend(...elements: readonly unknown[]): Update {
    return appendTo(this, "prepend", elements);
  }

  with(...members: readonly unknown[]): Update {
    return changeMembers(this, "with", members);
  }

  without(...members: readonly unknown[]): Update {
    return changeMembers(this, "without", members);
  }

  override toString(): string {
    return printPath(this.node);
  }

  /** @internal What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Path(${this.node.model}.${this})`;
  }

  /** Whether equality with a value means that there is none: bloop's rule, for empty sets too. */
  #isNothing(operator: string, value: unknown): boolean {
    if (value === undefined || value === null) return true;
    if (value instanceof Operable) return false;
    return value instanceof Set && encodeFor(this, operator, this.type, value) === undefined;
  }

  /** A part of a text needn't be a value of the column: the first letters of a UUID aren't one. */
  #text(operator: string, value: unknown): Operand {
    return operandFor(this, operator, value, stringType);
  }

  #elements(operator: string): AttributeType {
    const { element, name } = this.type;
    if (element !== undefined) return element;
    throw refuse(
      this,
      operator,
      `needs to know the type of its elements, which ${name} doesn't tell`,
    );
  }

  #element(position: number): AttributeType {
    if (this.type.wire !== undefined && this.type.wire !== "L") {
      const hint =
        this.type.wire === "M" ? "name its member by a string" : "only a list has positions";
      throw refuse(
        this,
        "at",
        `can't take position ${position} of type ${this.type.name}: ${hint}`,
      );
    }
    if (!Number.isInteger(position) || position < 0 || position > maxPosition) {
      throw refuse(
        this,
        "at",
        `takes a whole position counted from 0 (a list's end has no number), not ${describeValue(position)}`,
      );
    }
    return this.#elements("at");
  }

  #member(name: string): AttributeType {
    if (typeof name !== "string") {
      throw refuse(
        this,
        "at",
        `takes a member's name or a list's position, not ${describeValue(name)}`,
      );
    }
    // As DynamoDB would read it: half of a surrogate pair would name another member.
    encodeFor(this, "at", stringType, name);
    if (name === "") throw refuse(this, "at", "needs a name: DynamoDB can't address an empty one");
    const { wire } = this.type;
    if (wire !== undefined && wire !== "M") {
      const hint = wire === "L" ? "a list's elements have numbers" : "only a map has members";
      throw refuse(
        this,
        "at",
        `can't take ${describeValue(name)} of type ${this.type.name}: ${hint}`,
      );
    }
    const member = this.type.member?.(name);
    if (member !== undefined) return member.type;
    throw refuse(
      this,
      "at",
      `knows no member ${describeValue(name)}: declare it, or use t.record or t.any`,
    );
  }
}

/** Whether a value is a path, of whatever model. */
export function isPath(value: unknown): value is PathOperators {
  return value instanceof PathOperators;
}
