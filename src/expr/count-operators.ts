import { type ActionNode, type ConditionNode, isJunction, type UpdateValueNode } from "./nodes.js";
import { nodesOf, operandsOf } from "./walk.js";

/**
 * The operators and functions of a condition as DynamoDB counts them: each comparison, `BETWEEN`,
 * `IN` and function, each `size`, each `NOT`, and one less than its terms for an `AND` or `OR`.
 */
export function countOperators(condition: ConditionNode): number {
  let count = 0;
  for (const node of nodesOf(condition)) {
    if (isJunction(node)) count += node.terms.length - 1;
    else if (node.kind === "not") count += 1;
    else count += 1 + operandsOf(node).filter(({ kind }) => kind === "size").length;
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
