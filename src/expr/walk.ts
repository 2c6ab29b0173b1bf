import {
  type ActionNode,
  type ConditionNode,
  isJunction,
  type Operand,
  type PathNode,
  type TestNode,
  type UpdateValueNode,
} from "./nodes.js";

/** A condition and all conditions in it, by a stack of its own: they may nest deeper than calls can. */
export function* nodesOf(condition: ConditionNode): Generator<ConditionNode> {
  const pending: ConditionNode[] = [condition];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node;
    if (node.kind === "not") pending.push(node.term);
    else if (isJunction(node)) {
      for (let at = node.terms.length - 1; at >= 0; at--)
        pending.push(node.terms[at] as ConditionNode);
    }
  }
}

/** The paths that a condition names, from left to right, sizes' and compared ones included. */
export function* pathsOf(condition: ConditionNode): Generator<PathNode> {
  for (const node of nodesOf(condition)) {
    if (isJunction(node) || node.kind === "not") continue;
    for (const operand of operandsOf(node)) {
      if (operand.kind === "path") yield operand;
      else if (operand.kind === "size") yield operand.path;
    }
  }
}

/** Everything that a test compares: paths, sizes and values. */
export function operandsOf(node: TestNode): readonly Operand[] {
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

/** The paths that an update names: what it changes, and what it computes the new value from. */
export function* pathsOfAction(action: ActionNode): Generator<PathNode> {
  yield action.path;
  if (action.kind === "set") yield* pathsOfValue(action.value);
}

function* pathsOfValue(value: UpdateValueNode): Generator<PathNode> {
  switch (value.kind) {
    case "path":
      yield value;
      break;
    case "size":
      yield value.path;
      break;
    case "ifMissing":
      yield value.path;
      yield* pathsOfValue(value.value);
      break;
    case "sum":
    case "listAppend":
      yield* pathsOfValue(value.left);
      yield* pathsOfValue(value.right);
  }
}
