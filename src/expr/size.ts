import type { AttributeType } from "../schema/attribute-type.js";
import { Comparable, sizeType } from "./comparable.js";
import type { Condition } from "./condition.js";
import type { PathNode, SizeNode } from "./nodes.js";
import type { Comparand, family, Numeric } from "./path.js";
import { printPath } from "./print-path.js";

type SizeOperand = number | Comparand<Numeric>;

/** How large what a path holds is: bytes of text and binary, members of sets, lists and maps. */
export interface Size extends Comparand<Numeric> {
  readonly node: SizeNode;
  eq(value: SizeOperand): Condition;
  ne(value: SizeOperand): Condition;
  lt(value: SizeOperand): Condition;
  lte(value: SizeOperand): Condition;
  gt(value: SizeOperand): Condition;
  gte(value: SizeOperand): Condition;
  /** Both ends belong to it. */
  between(low: SizeOperand, high: SizeOperand): Condition;
  /** Whether it is one of up to 100 numbers, given one by one or as one iterable. */
  in(...options: readonly SizeOperand[]): Condition;
  in(options: Iterable<SizeOperand>): Condition;
  toString(): string;
}

export class SizeOperators extends Comparable implements Size {
  /** Only for types. */
  declare readonly [family]: Numeric;
  readonly node: SizeNode;
  readonly type: AttributeType = sizeType;

  constructor(path: PathNode) {
    super();
    this.node = Object.freeze({ kind: "size", path });
    Object.freeze(this);
  }

  override toString(): string {
    return `size(${printPath(this.node.path)})`;
  }
}
