import type { AttributeValue } from "../schema/wire.js";
import {
  type ActionNode,
  type ConditionNode,
  isJunction,
  type NodeKind,
  type Operand,
  type TestNode,
  type UpdateValueNode,
} from "./nodes.js";
import { printPath } from "./print-path.js";

/** Characters of a value that are shown. */
const maxValueLength = 60;

/**
 * A condition for people: `views > 5 and begins_with(content, "Hello")`, in DynamoDB's own words
 * but with names and values, long values cut.
 */
export function printCondition(node: ConditionNode): string {
  const text: string[] = [];
  // By a stack of what is left to print: conditions may be nested deeper than calls can be.
  const pending: (ConditionNode | string)[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === "string") text.push(next);
    else if (isJunction(next)) {
      for (let at = next.terms.length - 1; at >= 0; at--) {
        const term = next.terms[at] as ConditionNode;
        pushTerm(pending, term, next.kind === "and" && term.kind === "or");
        if (at > 0) pending.push(` ${next.kind} `);
      }
    } else if (next.kind === "not") {
      text.push("not ");
      pushTerm(pending, next.term, !isCall(next.term));
    } else text.push(printTest(next));
  }
  return text.join("");
}

function pushTerm(
  pending: (ConditionNode | string)[],
  term: ConditionNode,
  isNested: boolean,
): void {
  if (isNested) pending.push(")", term, "(");
  else pending.push(term);
}

const calls: ReadonlySet<NodeKind> = new Set([
  "exists",
  "missing",
  "isType",
  "contains",
  "beginsWith",
] as const);

function isCall({ kind }: ConditionNode): boolean {
  return calls.has(kind);
}

function printTest(node: TestNode): string {
  switch (node.kind) {
    case "comparison":
      return `${printOperand(node.left)} ${node.operator} ${printOperand(node.right)}`;
    case "between":
      return `${printOperand(node.operand)} between ${printOperand(node.low)} and ${printOperand(node.high)}`;
    case "in":
      return `${printOperand(node.operand)} in (${node.options.map(printOperand).join(", ")})`;
    case "exists":
      return `attribute_exists(${printPath(node.path)})`;
    case "missing":
      return `attribute_not_exists(${printPath(node.path)})`;
    case "isType":
      return `attribute_type(${printPath(node.path)}, "${node.type}")`;
    case "contains":
      return `contains(${printPath(node.path)}, ${printOperand(node.operand)})`;
    case "beginsWith":
      return `begins_with(${printPath(node.path)}, ${printOperand(node.operand)})`;
  }
}

/** One change of an update for people: `set content = "Hello"`, `add 1 to views`. */
export function printAction(action: ActionNode): string {
  const path = printPath(action.path);
  switch (action.kind) {
    case "set":
      return `set ${path} = ${printUpdateValue(action.value)}`;
    case "remove":
      return `remove ${path}`;
    case "add":
      return `add ${printOperand(action.value)} to ${path}`;
    case "delete":
      return `delete ${printOperand(action.value)} from ${path}`;
  }
}

function printUpdateValue(node: UpdateValueNode): string {
  switch (node.kind) {
    case "ifMissing":
      return `if_not_exists(${printPath(node.path)}, ${printOperand(node.value)})`;
    case "sum":
      return `${printUpdateValue(node.left)} ${node.operator} ${printUpdateValue(node.right)}`;
    case "listAppend":
      return `list_append(${printUpdateValue(node.left)}, ${printUpdateValue(node.right)})`;
    default:
      return printOperand(node);
  }
}

function printOperand(node: Operand): string {
  switch (node.kind) {
    case "path":
      return printPath(node);
    case "size":
      return `size(${printPath(node.path)})`;
    case "value":
      return printValue(node.wire);
  }
}

/** A stored value, cut at about 60 characters. */
export function printValue(wire: AttributeValue): string {
  if ("S" in wire) return quote(wire.S);
  const text = show(wire, maxValueLength);
  return text.length > maxValueLength ? `${cut(text)}…` : text;
}

function show(wire: AttributeValue, room: number): string {
  if ("S" in wire) return quote(wire.S);
  if ("N" in wire) return wire.N;
  if ("BOOL" in wire) return String(wire.BOOL);
  if ("NULL" in wire) return "null";
  if ("B" in wire) return `<${wire.B.byteLength} bytes>`;
  if ("SS" in wire) return `{${several(wire.SS, room, quote)}}`;
  if ("NS" in wire) return `{${several(wire.NS, room, (text) => text)}}`;
  if ("BS" in wire) return `{${several(wire.BS, room, (bytes) => `<${bytes.byteLength} bytes>`)}}`;
  if ("L" in wire) return `[${several(wire.L, room, show)}]`;
  const member = (name: string, left: number) =>
    `${printName(name)}: ${show(wire.M[name] as AttributeValue, left)}`;
  return `{${several(Object.keys(wire.M), room, member)}}`;
}

/** As many members as there is room for: the rest of a large document would only be cut off again. */
function several<T>(
  members: readonly T[],
  room: number,
  print: (each: T, room: number) => string,
): string {
  let text = "";
  for (const member of members) {
    if (text.length > room) return `${text}, …`;
    text += `${text === "" ? "" : ", "}${print(member, room - text.length)}`;
  }
  return text;
}

function quote(text: string): string {
  return JSON.stringify(text.length > maxValueLength ? `${cut(text)}…` : text);
}

/** Not in the middle of a character that takes two units. */
function cut(text: string): string {
  return text.slice(0, maxValueLength).replace(/[\uD800-\uDBFF]$/, "");
}

function printName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}
