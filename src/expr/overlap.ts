import { InvalidExpression } from "./errors.js";
import type { ActionNode, PathNode } from "./nodes.js";
import { printPath } from "./print-path.js";

/** The paths of one expression as a tree of their steps; a name and a number are never one step. */
interface Branch {
  /** The path that ends here. */
  end: PathNode | undefined;
  /** Some path that goes on from here, to name in a message. */
  readonly through: PathNode;
  readonly next: Map<string | number, Branch>;
}

/**
 * Refuses an update whose actions meet: two at one place, one inside another's document, or a member
 * and a position of one parent, which can't be both a map and a list.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION naming the two paths.
 */
export function assertNoOverlap(actions: readonly Pick<ActionNode, "path">[]): void {
  let root: Branch | undefined;
  for (const { path } of actions) {
    root ??= branch(path);
    const { last, covering } = walk(root, path);
    const inside = last.next.values().next().value;
    const other = covering ?? last.end ?? inside?.through;
    if (other !== undefined) throw overlap(path, other);
    last.end = path;
  }
}

/** The paths without those that repeat another one or lie inside it, in their order. */
export function withoutCovered(paths: readonly PathNode[]): readonly PathNode[] {
  const [first] = paths;
  if (first === undefined) return paths;
  const root = branch(first);
  const kept = new Set<PathNode>();
  for (const path of paths) {
    const { last, covering } = walk(root, path);
    if (covering !== undefined || last.end !== undefined) continue;
    kept.add(path);
    last.end = path;
  }
  return [...kept].filter((path) => walk(root, path).covering === undefined);
}

function branch(through: PathNode): Branch {
  return { end: undefined, through, next: new Map() };
}

function walk(root: Branch, path: PathNode): { last: Branch; covering: PathNode | undefined } {
  let at = root;
  let covering: PathNode | undefined;
  for (const step of path.steps) {
    covering ??= at.end;
    const [sibling] = at.next.keys();
    if (sibling !== undefined && typeof sibling !== typeof step) {
      throw conflict(path, at.next.get(sibling)?.through ?? path);
    }
    let next = at.next.get(step);
    if (next === undefined) {
      next = branch(path);
      at.next.set(step, next);
    }
    at = next;
  }
  return { last: at, covering };
}

function overlap(path: PathNode, other: PathNode): InvalidExpression {
  const [a, b] = [printPath(other), printPath(path)];
  const problem = a === b ? `${a} is changed twice` : `${a} and ${b} overlap`;
  return new InvalidExpression(
    `${path.model}: ${problem} in one update, which DynamoDB refuses: make one change of them, or flush between them.`,
    { model: path.model, column: path.column, path: b },
  );
}

function conflict(path: PathNode, other: PathNode): InvalidExpression {
  const [a, b] = [printPath(other), printPath(path)];
  return new InvalidExpression(
    `${path.model}: ${a} takes a map where ${b} takes a list, or the other way round: one of them is wrong.`,
    { model: path.model, column: path.column, path: b },
  );
}
