import type { AttributeType } from "../schema/attribute-type.js";
import { maxInOperands } from "../schema/limits.js";
import { misfit } from "../schema/misfit.js";
import { numberText } from "../schema/scalar-types.js";
import type { WireType } from "../schema/wire.js";
import { type Condition, conditionOn } from "./condition.js";
import type { Comparator, ConditionNode, Operand } from "./nodes.js";
import { assertOperandSuits, assertSuits, Operable, operandFor, refuse } from "./operand.js";
import { areOrdered } from "./order.js";

const ordered: readonly WireType[] = ["S", "N", "B"];
const orderedInWords = "text, numbers and binary, which have an order";

/** The comparisons that a path and a size have alike; their types say for which values. */
export abstract class Comparable extends Operable {
  eq(value: unknown): Condition {
    return this.#compare("eq", "=", value);
  }

  ne(value: unknown): Condition {
    return this.#compare("ne", "<>", value);
  }

  lt(value: unknown): Condition {
    return this.#order("lt", "<", value);
  }

  lte(value: unknown): Condition {
    return this.#order("lte", "<=", value);
  }

  gt(value: unknown): Condition {
    return this.#order("gt", ">", value);
  }

  gte(value: unknown): Condition {
    return this.#order("gte", ">=", value);
  }

  between(low: unknown, high: unknown): Condition {
    const ends = [low, high].map((end) => this.#ordered("between", end)) as [Operand, Operand];
    const problem = areOrdered(...ends);
    if (problem !== undefined) throw refuse(this, "between", problem);
    return this.condition({ kind: "between", operand: this.node, low: ends[0], high: ends[1] });
  }

  in(...options: readonly unknown[]): Condition {
    const given = this.#optionsOf(options);
    if (given.length === 0) {
      throw refuse(this, "in", "needs at least one value: with none, nothing could ever match");
    }
    if (given.length > maxInOperands) {
      throw refuse(
        this,
        "in",
        `takes up to ${maxInOperands} values but got ${given.length}: join several by or()`,
      );
    }
    return this.condition({
      kind: "in",
      operand: this.node,
      options: Object.freeze(given.map((option) => operandFor(this, "in", option))),
    });
  }

  protected condition(node: ConditionNode): Condition {
    return conditionOn(Object.freeze(node));
  }

  #compare(name: string, operator: Comparator, value: unknown): Condition {
    const right = operandFor(this, name, value);
    return this.condition({ kind: "comparison", operator, left: this.node, right });
  }

  #order(name: string, operator: Comparator, value: unknown): Condition {
    const right = this.#ordered(name, value);
    return this.condition({ kind: "comparison", operator, left: this.node, right });
  }

  #ordered(name: string, value: unknown): Operand {
    assertSuits(this, name, ordered, orderedInWords);
    const operand = operandFor(this, name, value);
    assertOperandSuits(this, name, operand, ordered, orderedInWords);
    return operand;
  }

  /**
   * One iterable may hold the options, unless it is a value of the type itself: `in(["a"])` on a
   * list of text asks for that list.
   */
  #optionsOf(options: readonly unknown[]): readonly unknown[] {
    const [only] = options;
    if (options.length !== 1 || !isIterable(only) || isValueOf(this.type, only)) return options;
    return [...only];
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function isValueOf(type: AttributeType, value: unknown): boolean {
  // A custom type may take anything: `String(value)` makes a text of a list, too.
  if (type.name === "custom") return false;
  try {
    return type.encode(value) !== undefined;
  } catch {
    return false;
  }
}

/** A number to compare a size with. */
export const sizeType: AttributeType = Object.freeze<AttributeType>({
  name: "size",
  wire: "N",
  isScalar: true,
  encode(value) {
    if (typeof value === "number" && Number.isFinite(value)) return { N: numberText(value) };
    throw misfit("a finite number", value);
  },
  decode: (wire) => Number((wire as { N?: string }).N),
  equals: Object.is,
  copy: (value) => value,
});
