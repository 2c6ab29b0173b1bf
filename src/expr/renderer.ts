import { maxExpressionBytes, maxInOperands, maxOperators } from "../schema/limits.js";
import type { WireItem } from "../schema/wire.js";
import { countOperators, countUpdateOperators } from "./count-operators.js";
import { InvalidExpression } from "./errors.js";
import type {
  ActionNode,
  ConditionNode,
  ExpressionNode,
  NodeKind,
  NodeOf,
  PathNode,
} from "./nodes.js";
import { isJunction, valueNode } from "./nodes.js";
import { assertNoOverlap, withoutCovered } from "./overlap.js";
import { Placeholders } from "./placeholders.js";
import { printPath } from "./print-path.js";

type Renderings = {
  readonly [K in NodeKind]: (node: NodeOf<K>, out: Placeholders) => string;
};

/** One for each kind of node: a new kind without a rendering doesn't compile. */
const renderings: Renderings = {
  path: ({ steps }, out) => {
    let text = "";
    for (const step of steps) {
      if (typeof step === "number") text += `[${step}]`;
      else text += `${text === "" ? "" : "."}${out.name(step)}`;
    }
    return text;
  },
  value: ({ wire }, out) => out.value(wire),
  size: ({ path }, out) => `size(${render(path, out)})`,
  comparison: ({ operator, left, right }, out) =>
    `${render(left, out)} ${operator} ${render(right, out)}`,
  between: ({ operand, low, high }, out) =>
    `${render(operand, out)} BETWEEN ${render(low, out)} AND ${render(high, out)}`,
  in: ({ operand, options }, out) => {
    if (options.length > maxInOperands) throw tooManyOptions(options.length);
    return `${render(operand, out)} IN (${list(options, out)})`;
  },
  exists: existence,
  missing: existence,
  isType: ({ path, type }, out) =>
    `attribute_type(${render(path, out)}, ${render(valueNode({ S: type }), out)})`,
  contains: ({ path, operand }, out) => `contains(${list([path, operand], out)})`,
  beginsWith: ({ path, operand }, out) => `begins_with(${list([path, operand], out)})`,
  and: junction,
  or: junction,
  not: ({ term }, out) => `NOT ${isJunction(term) ? `(${render(term, out)})` : render(term, out)}`,
  ifMissing: ({ path, value }, out) => `if_not_exists(${list([path, value], out)})`,
  sum: ({ operator, left, right }, out) => `${render(left, out)} ${operator} ${render(right, out)}`,
  listAppend: ({ left, right }, out) => `list_append(${list([left, right], out)})`,
  set: ({ path, value }, out) => `${render(path, out)} = ${render(value, out)}`,
  remove: ({ path }, out) => render(path, out),
  add: amount,
  delete: amount,
};

function render<N extends ExpressionNode>(node: N, out: Placeholders): string {
  // The table holds the rendering of exactly this kind; TypeScript can't tie the two together.
  const rendering = renderings[node.kind] as unknown as (node: N, out: Placeholders) => string;
  return rendering(node, out);
}

function list(nodes: readonly ExpressionNode[], out: Placeholders): string {
  return nodes.map((node) => render(node, out)).join(", ");
}

function existence({ kind, path }: NodeOf<"exists">, out: Placeholders): string {
  return `${kind === "exists" ? "attribute_exists" : "attribute_not_exists"}(${render(path, out)})`;
}

function amount({ path, value }: NodeOf<"add">, out: Placeholders): string {
  return `${render(path, out)} ${render(value, out)}`;
}

/** `AND` binds closer than `OR`, and DynamoDB refuses parentheses that aren't needed. */
function junction({ kind, terms }: NodeOf<"and">, out: Placeholders): string {
  return terms
    .map((term) =>
      isJunction(term) && term.kind !== kind ? `(${render(term, out)})` : render(term, out),
    )
    .join(kind === "and" ? " AND " : " OR ");
}

/** The clauses of an update, in the order in which they are written. */
const clauses = { set: "SET", remove: "REMOVE", add: "ADD", delete: "DELETE" } as const;

/**
 * Writes the expressions of one request, which share their placeholders. Nothing that a user gave
 * stands in the text: names and values travel beside it.
 */
export class Renderer {
  readonly #placeholders = new Placeholders();

  /**
   * A `ConditionExpression` or `FilterExpression`.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION over 4 KB, 300 operators or 2 MB of values.
   */
  condition(node: ConditionNode): string {
    return this.#condition(node, "condition");
  }

  /** A `KeyConditionExpression`. */
  keyCondition(node: ConditionNode): string {
    return this.#condition(node, "key condition");
  }

  /**
   * An `UpdateExpression`.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for overlapping paths, or over a limit.
   */
  update(actions: readonly ActionNode[]): string {
    if (actions.length === 0) {
      throw new InvalidExpression("An update needs at least one action: leave the update out.");
    }
    assertNoOverlap(actions);
    assertOperators(countUpdateOperators(actions), "update", actions[0]?.path);
    const parts: string[] = [];
    for (const [kind, clause] of Object.entries(clauses)) {
      const own = actions.filter((action) => action.kind === kind);
      if (own.length > 0) parts.push(`${clause} ${list(own, this.#placeholders)}`);
    }
    return checked(parts.join(" "), "update", actions[0]?.path);
  }

  /** A `ProjectionExpression`; a path below another one is part of that. */
  projection(paths: readonly PathNode[]): string {
    if (paths.length === 0) {
      throw new InvalidExpression("A projection needs at least one path: name what to read.");
    }
    return checked(list(withoutCovered(paths), this.#placeholders), "projection", paths[0]);
  }

  /** `ExpressionAttributeNames` of all that was rendered. */
  names(): Record<string, string> | undefined {
    return this.#placeholders.names();
  }

  /** `ExpressionAttributeValues` of all that was rendered. */
  values(): WireItem | undefined {
    return this.#placeholders.values();
  }

  #condition(node: ConditionNode, what: string): string {
    // Counted before it is rendered: what passes isn't deep enough to exhaust the stack.
    assertOperators(countOperators(node), what, undefined);
    return checked(render(node, this.#placeholders), what, undefined);
  }
}

/** Placeholders are ASCII, so that characters are bytes. */
function checked(text: string, what: string, path: PathNode | undefined): string {
  if (text.length <= maxExpressionBytes) return text;
  throw new InvalidExpression(
    `The ${what}${about(path)} takes ${text.length} bytes as an expression, and DynamoDB takes ` +
      `${maxExpressionBytes}: ${remedyOf(what)}.`,
    factsOf(path),
  );
}

function assertOperators(count: number, what: string, path: PathNode | undefined): void {
  if (count <= maxOperators) return;
  throw new InvalidExpression(
    `The ${what}${about(path)} has ${count} operators, and DynamoDB takes ${maxOperators}: ` +
      `${remedyOf(what)}.`,
    factsOf(path),
  );
}

function remedyOf(what: string): string {
  if (what === "update") return "set a document as a whole instead of its members one by one";
  if (what === "projection") return "name whole documents, or read all attributes";
  return "use in() for many values of one column, or split it into several requests";
}

function about(path: PathNode | undefined): string {
  return path === undefined ? "" : ` of ${path.model}.${printPath(path)} and others`;
}

function factsOf(path: PathNode | undefined): { model?: string; column?: string; path?: string } {
  return path === undefined
    ? {}
    : { model: path.model, column: path.column, path: printPath(path) };
}

function tooManyOptions(count: number): InvalidExpression {
  return new InvalidExpression(
    `An IN has ${count} values, and DynamoDB takes ${maxInOperands}: join several by or().`,
  );
}

export { assertNoOverlap };
