import { describeValue } from "../schema/errors.js";
import { InvalidExpression } from "./errors.js";
import type { ConditionNode, JunctionNode } from "./nodes.js";
import { printCondition } from "./print.js";

type Junction = JunctionNode["kind"];

/** What a condition is made of: its tree, or the conditions that it will join when first asked. */
type Parts =
  | { readonly kind: Junction; readonly operands: readonly Condition[] }
  | { readonly kind: "tree"; readonly node: ConditionNode };

/**
 * A condition on one item, made by a column's operators. Immutable: `and`, `or` and `not` give new
 * ones, so that it can be kept and used in any number of requests.
 *
 * @example Post.views.gt(5).and(Post.content.beginsWith("Hello"))
 */
export class Condition {
  /** The condition as a frozen tree. */
  declare readonly node: ConditionNode;
  #parts: Parts;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    Object.defineProperty(this, "node", node);
    Object.freeze(this);
  }

  /** Whether this and all the others hold. */
  and(...others: readonly Condition[]): Condition {
    return join("and", [this, ...others]);
  }

  /** Whether this or any of the others holds. */
  or(...others: readonly Condition[]): Condition {
    return join("or", [this, ...others]);
  }

  /** Whether this doesn't hold. */
  not(): Condition {
    const { node } = this;
    return conditionOn(
      node.kind === "not" ? node.term : Object.freeze({ kind: "not", term: node }),
    );
  }

  /** The condition as people read it; a request has placeholders instead. */
  toString(): string {
    return printCondition(this.node);
  }

  /** @internal What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Condition(${this})`;
  }

  /** @internal The tree, joined when first asked for: adding 10,000 terms one by one would else copy 50 million. */
  static treeOf(condition: Condition): ConditionNode {
    const parts = condition.#parts;
    if (parts.kind === "tree") return parts.node;
    const tree = flatten(parts.kind, parts.operands);
    condition.#parts = { kind: "tree", node: tree };
    return tree;
  }

  /** @internal What is still to be joined as `kind`; `undefined` if it is one term of it, or a tree. */
  static unjoined(condition: Condition, kind: Junction): readonly Condition[] | undefined {
    const parts = condition.#parts;
    return parts.kind === kind ? parts.operands : undefined;
  }

  /** @internal Joins it, unless it will be part of the same junction. */
  static settle(condition: Condition, kind: Junction): void {
    // So a tree of "and" in "or" in "and" is made from the leaves up, never by recursion.
    if (condition.#parts.kind !== kind) Condition.treeOf(condition);
  }
}

/** An own property, so that two conditions are compared by what they say, as by a test's `toEqual`. */
const node: PropertyDescriptor & ThisType<Condition> = {
  enumerable: true,
  get() {
    return Condition.treeOf(this);
  },
};

/** The condition of a tree. @internal */
export function conditionOn(node: ConditionNode): Condition {
  return new Condition({ kind: "tree", node });
}

/**
 * All of the conditions.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION for none: an empty list would silently mean "always".
 */
export function and(...conditions: readonly Condition[]): Condition {
  return join("and", conditions);
}

/**
 * Any of the conditions.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION for none.
 */
export function or(...conditions: readonly Condition[]): Condition {
  return join("or", conditions);
}

/** The opposite of a condition. */
export function not(condition: Condition): Condition {
  assertCondition("not", condition);
  return condition.not();
}

function join(kind: Junction, conditions: readonly Condition[]): Condition {
  for (const condition of conditions) assertCondition(kind, condition);
  const [first] = conditions;
  if (first === undefined) {
    throw new InvalidExpression(
      `${kind}() needs at least one condition; without any it isn't clear whether it should hold.`,
    );
  }
  if (conditions.length === 1) return first;
  for (const condition of conditions) Condition.settle(condition, kind);
  return new Condition({ kind, operands: Object.freeze([...conditions]) });
}

function flatten(kind: Junction, operands: readonly Condition[]): ConditionNode {
  const terms: ConditionNode[] = [];
  const pending = [...operands].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const deeper = Condition.unjoined(next, kind);
    if (deeper !== undefined) {
      for (let at = deeper.length - 1; at >= 0; at--) pending.push(deeper[at] as Condition);
      continue;
    }
    const { node } = next;
    if (node.kind === kind) for (const term of node.terms) terms.push(term);
    else terms.push(node);
  }
  return Object.freeze({ kind, terms: Object.freeze(terms) });
}

function assertCondition(operator: string, value: unknown): asserts value is Condition {
  if (value instanceof Condition) return;
  throw new InvalidExpression(
    `${operator}() takes conditions, such as Post.views.gt(5), but got ${describeValue(value)}.`,
  );
}
