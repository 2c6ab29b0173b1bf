import type { ActionNode, ConditionNode, Operand, UpdateValueNode } from "./nodes.js";

/**
 * The operators and functions of a condition as DynamoDB counts them: each comparison, `BETWEEN`,
 * `IN` and function, each `size`, each `NOT`, and one less than its terms for an `AND` or `OR`.
 * Walks by a stack of its own, so that it can also count what is too deep to render.
 */
export function countOperators(condition: ConditionNode): number {
  let count = 0;
  const pending: ConditionNode[] = [condition];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    switch (node.kind) {
      case "and":
      case "or":
        count += node.terms.length - 1;
        for (const term of node.terms) pending.push(term);
        break;
      case "not":
        count += 1;
        pending.push(node.term);
        break;
      default:
        count += 1 + operandsOf(node).filter(({ kind }) => kind === "size").length;
    }
  }
  return count;
}

/** Of an update: the sums and functions; the actions themselves count nothing. */
export function countUpdateOperators(actions: readonly ActionNode[]): number {
  let count = 0;
  for (const action of actions) if (action.kind === "set") count += countInValue(action.value);
  return count;
}

function countInValue(node: UpdateValueNode): number {
  switch (node.kind) {
    case "sum":
    case "listAppend":
      return 1 + countInValue(node.left) + countInValue(node.right);
    case "ifMissing":
      return 1;
    default:
      return 0;
  }
}

type Leaf = Exclude<ConditionNode, { readonly kind: "and" | "or" | "not" }>;

/** Everything that a test compares: paths, sizes and values. */
export function operandsOf(node: Leaf): readonly Operand[] {
  switch (node.kind) {
    case "comparison":
      return [node.left, node.right];
    case "between":
      return [node.operand, node.low, node.high];
    case "in":
      return [node.operand, ...node.options];
    case "contains":
    case "beginsWith":
      return [node.path, node.operand];
    default:
      return [node.path];
  }
}
