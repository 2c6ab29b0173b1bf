import type { TableSpec } from "../schema/table.js";
import type { AttributeValue, WireType } from "../schema/wire.js";

/** A place in an item: `steps[0]` is the attribute's name in the table, then map members and list positions. */
export interface PathNode {
  readonly kind: "path";
  /** The model and the column it belongs to, for messages. */
  readonly model: string;
  readonly column: string;
  readonly steps: readonly (string | number)[];
  /**
   * The table that the path was made for: two models may have one name. Not enumerable, so that a
   * tree prints and compares as data; absent in trees that the session makes itself.
   */
  readonly table?: TableSpec;
}

/** A value as it travels: encoded once, when the tree is built. */
export interface ValueNode {
  readonly kind: "value";
  readonly wire: AttributeValue;
}

/** `size(path)`. */
export interface SizeNode {
  readonly kind: "size";
  readonly path: PathNode;
}

export type Operand = PathNode | ValueNode | SizeNode;

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export interface ComparisonNode {
  readonly kind: "comparison";
  readonly operator: Comparator;
  readonly left: Operand;
  readonly right: Operand;
}

export interface BetweenNode {
  readonly kind: "between";
  readonly operand: Operand;
  readonly low: Operand;
  readonly high: Operand;
}

export interface InNode {
  readonly kind: "in";
  readonly operand: Operand;
  readonly options: readonly Operand[];
}

export interface ExistsNode {
  readonly kind: "exists" | "missing";
  readonly path: PathNode;
}

export interface TypeNode {
  readonly kind: "isType";
  readonly path: PathNode;
  readonly type: WireType;
}

export interface MatchNode {
  readonly kind: "contains" | "beginsWith";
  readonly path: PathNode;
  readonly operand: Operand;
}

export interface JunctionNode {
  readonly kind: "and" | "or";
  /** Two or more. */
  readonly terms: readonly ConditionNode[];
}

export interface NotNode {
  readonly kind: "not";
  readonly term: ConditionNode;
}

export type ConditionNode =
  | ComparisonNode
  | BetweenNode
  | InNode
  | ExistsNode
  | TypeNode
  | MatchNode
  | JunctionNode
  | NotNode;

/** A condition that holds no other. */
export type TestNode = Exclude<ConditionNode, JunctionNode | NotNode>;

export interface IfMissingNode {
  readonly kind: "ifMissing";
  readonly path: PathNode;
  readonly value: Operand;
}

export interface SumNode {
  readonly kind: "sum";
  readonly operator: "+" | "-";
  readonly left: UpdateValueNode;
  readonly right: UpdateValueNode;
}

export interface ListAppendNode {
  readonly kind: "listAppend";
  readonly left: UpdateValueNode;
  readonly right: UpdateValueNode;
}

export type UpdateValueNode = Operand | IfMissingNode | SumNode | ListAppendNode;

export interface SetAction {
  readonly kind: "set";
  readonly path: PathNode;
  readonly value: UpdateValueNode;
}

export interface RemoveAction {
  readonly kind: "remove";
  readonly path: PathNode;
}

/** `ADD` of a number or of members to a set; `DELETE` of members of a set. */
export interface AddAction {
  readonly kind: "add" | "delete";
  readonly path: PathNode;
  readonly value: ValueNode;
}

export type ActionNode = SetAction | RemoveAction | AddAction;

/** Everything that a tree is made of. */
export type ExpressionNode = ConditionNode | UpdateValueNode | ActionNode;

export type NodeKind = ExpressionNode["kind"];

/** The node of a kind; one node may serve two kinds. */
export type NodeOf<K extends NodeKind> = Having<ExpressionNode, K>;

type Having<N, K> = N extends { readonly kind: infer J }
  ? [J & K] extends [never]
    ? never
    : N
  : never;

export function valueNode(wire: AttributeValue): ValueNode {
  return Object.freeze({ kind: "value", wire });
}

export function pathNode(
  model: string,
  column: string,
  steps: readonly (string | number)[],
  table?: TableSpec,
): PathNode {
  const node: PathNode = { kind: "path", model, column, steps: Object.freeze([...steps]) };
  if (table !== undefined) Object.defineProperty(node, "table", { value: table });
  return Object.freeze(node);
}

/** Whether a path leads into the items of this table: two models may have one name. */
export function belongsTo(path: PathNode, table: TableSpec): boolean {
  return path.table === undefined ? path.model === table.model : path.table === table;
}

export function isJunction(node: ConditionNode): node is JunctionNode {
  return node.kind === "and" || node.kind === "or";
}

/** Joins terms, leaving out what is `undefined`; one term stays itself, none gives `undefined`. */
export function junction(
  kind: "and" | "or",
  terms: readonly (ConditionNode | undefined)[],
): ConditionNode | undefined {
  const present = terms.filter((term) => term !== undefined);
  if (present.length < 2) return present[0];
  const flat = present.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  return Object.freeze({ kind, terms: Object.freeze(flat) });
}
