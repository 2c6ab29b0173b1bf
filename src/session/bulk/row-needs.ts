import {
  type ActionNode,
  type ConditionNode,
  junction,
  type PathNode,
  pathNode,
  type UpdateValueNode,
} from "../../expr/nodes.js";
import { printCondition } from "../../expr/print.js";

/**
 * What a row must have for an update's paths to lead somewhere: DynamoDB refuses the update of one
 * that lacks it as invalid, and tells neither which nor why. As a condition it is a row like any other
 * that the update isn't for.
 */
export function rowNeeds(actions: readonly ActionNode[]): ConditionNode | undefined {
  const needs: ConditionNode[] = [];
  for (const action of actions) {
    needs.push(...parentOf(action.path));
    if (action.kind === "set") needs.push(...operandNeeds(action.value));
  }
  const unique = new Map(needs.map((need) => [printCondition(need), need]));
  return junction("and", [...unique.values()]);
}

/** That what holds a document's member, or a list's element, is a document or a list. */
function parentOf({ model, column, steps }: PathNode): ConditionNode[] {
  const last = steps.at(-1);
  if (last === undefined || steps.length === 1) return [];
  const path = pathNode(model, column, steps.slice(0, -1));
  return [{ kind: "isType", path, type: typeof last === "number" ? "L" : "M" }];
}

/** That what is computed with is there. */
function operandNeeds(value: UpdateValueNode): ConditionNode[] {
  switch (value.kind) {
    case "path":
    case "size":
      return [{ kind: "exists", path: value.kind === "size" ? value.path : value }];
    case "sum":
    case "listAppend": {
      const type = value.kind === "sum" ? "N" : "L";
      return [value.left, value.right].flatMap((operand): ConditionNode[] =>
        operand.kind === "path" ? [{ kind: "isType", path: operand, type }] : operandNeeds(operand),
      );
    }
    case "ifMissing":
      return operandNeeds(value.value);
    default:
      return [];
  }
}
