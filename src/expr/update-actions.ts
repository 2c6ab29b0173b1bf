import { describeValue } from "../schema/errors.js";
import { encodeColumn, validateColumn } from "../schema/item-codec.js";
import { negated } from "../schema/number-text.js";
import { NumberValue } from "../schema/number-value.js";
import type { AttributeValue } from "../schema/wire.js";
import {
  type ActionNode,
  type Operand,
  type PathNode,
  type UpdateValueNode,
  type ValueNode,
  valueNode,
} from "./nodes.js";
import { assertSuits, encodeFor, Operable, refuse, relatedTo } from "./operand.js";
import { Update } from "./update.js";

/** A path that is to be changed. */
type Target = Operable & { readonly node: PathNode };

const zero: ValueNode = valueNode(Object.freeze({ N: "0" }));
const emptyList: ValueNode = valueNode(Object.freeze({ L: Object.freeze([]) as never[] }));

export function setValue(target: Target, value: unknown): Update {
  assertChangeable(target, "set");
  const path = target.node;
  if (value instanceof Operable) {
    // Sent twice, it may read what another action of the same update has stored meanwhile.
    return update(target, { kind: "set", path, value: source(target, "set", value) }, false);
  }
  const wire = stored(target, "set", value, "remove() takes the attribute away");
  // An empty set is stored as nothing.
  if (wire === undefined) return removePath(target);
  return update(target, { kind: "set", path, value: valueNode(wire) }, true);
}

export function setIfMissing(target: Target, value: unknown): Update {
  assertChangeable(target, "ifMissing");
  const path = target.node;
  const wire = value instanceof Operable ? source(target, "ifMissing", value) : storedNode();
  return update(target, { kind: "set", path, value: ifMissing(path, wire) }, true);

  function storedNode(): ValueNode {
    const encoded = stored(target, "ifMissing", value, "what should stand there?");
    if (encoded !== undefined) return valueNode(encoded);
    throw refuse(target, "ifMissing", "got an empty set, which is stored as nothing");
  }
}

export function removePath(target: Target): Update {
  assertChangeable(target, "remove");
  return update(target, { kind: "remove", path: target.node }, true);
}

export function addNumber(target: Target, operator: "plus" | "minus", amount: unknown): Update {
  assertChangeable(target, operator);
  assertSuits(target, operator, ["N"], "numbers");
  const path = target.node;
  if (amount instanceof Operable) {
    const other = source(target, operator, amount);
    const value: UpdateValueNode = Object.freeze({
      kind: "sum",
      operator: operator === "plus" ? "+" : "-",
      left: ifMissing(path, zero),
      right: ifMissing(other, zero),
    });
    return update(target, { kind: "set", path, value }, false);
  }
  const isNumber =
    typeof amount === "number" || typeof amount === "bigint" || amount instanceof NumberValue;
  if (!isNumber) throw refuse(target, operator, `takes a number, not ${describeValue(amount)}`);
  const wire = encodeFor(target, operator, target.type, amount);
  if (wire === undefined || !("N" in wire)) {
    throw refuse(
      target,
      operator,
      `can't add ${describeValue(amount)} to type ${target.type.name}`,
    );
  }
  const sum = operator === "plus" ? wire : Object.freeze({ N: negated(wire.N) });
  return update(target, { kind: "add", path, value: valueNode(sum) }, false);
}

export function appendTo(
  target: Target,
  operator: "append" | "prepend",
  elements: readonly unknown[],
): Update {
  assertChangeable(target, operator);
  assertSuits(target, operator, ["L"], "lists");
  assertSome(target, operator, elements);
  const wire = encodeFor(target, operator, target.type, elements);
  if (wire === undefined) throw refuse(target, operator, "needs an element");
  const path = target.node;
  const list = ifMissing(path, emptyList);
  const added = valueNode(wire);
  const [left, right] = operator === "append" ? [list, added] : [added, list];
  const value: UpdateValueNode = Object.freeze({ kind: "listAppend", left, right });
  return update(target, { kind: "set", path, value }, false);
}

export function changeMembers(
  target: Target,
  operator: "with" | "without",
  members: readonly unknown[],
): Update {
  assertChangeable(target, operator);
  assertSuits(target, operator, ["SS", "NS", "BS"], "sets");
  if (target.type.wire !== undefined && target.type.element === undefined) {
    throw refuse(target, operator, `doesn't know the members of type ${target.type.name}`);
  }
  assertSome(target, operator, members);
  const wire = encodeFor(target, operator, target.type, new Set(members));
  if (wire === undefined) throw refuse(target, operator, "needs a member");
  const kind = operator === "with" ? "add" : "delete";
  return update(target, { kind, path: target.node, value: valueNode(wire) }, true);
}

function update(target: Target, action: ActionNode, isIdempotent: boolean): Update {
  // By position, a second removal takes the next element, and a value beyond the end is appended again.
  const isByPosition = typeof action.path.steps.at(-1) === "number";
  return new Update(Object.freeze(action), target.type, isIdempotent && !isByPosition);
}

function ifMissing(path: PathNode, value: Operand): UpdateValueNode {
  return Object.freeze({ kind: "ifMissing", path, value });
}

/** A value that will stand in the table, held to the same rules as one that is assigned. */
function stored(
  target: Target,
  operator: string,
  value: unknown,
  hint: string,
): AttributeValue | undefined {
  const isAny = target.type.wire === undefined;
  if (value === undefined || (value === null && !isAny)) {
    throw refuse(target, operator, `needs a value but got ${value}; ${hint}`);
  }
  const wire = encodeFor(target, operator, target.type, value);
  const { table, column: name, steps } = target.node;
  const column = table?.byName.get(name);
  if (table !== undefined && column !== undefined && steps.length === 1) {
    validateColumn(table, column, value);
    // The limits of an index's keys, which the type doesn't know.
    if (table.indexKeyBytes.has(name)) encodeColumn(table, column, value);
  }
  return wire;
}

/** Another path as what is stored; a size can't be: DynamoDB has none in updates. */
function source(target: Target, operator: string, other: Operable): PathNode {
  const node = relatedTo(target, operator, other);
  if (node.kind === "path") return node;
  throw refuse(target, operator, "can't store a size: DynamoDB has none in updates");
}

function assertSome(target: Target, operator: string, values: readonly unknown[]): void {
  if (values.length === 0) throw refuse(target, operator, "needs at least one value");
}

/** A key can't be updated: DynamoDB refuses it, since another key is another item. */
function assertChangeable(target: Target, operator: string): void {
  const { table, column } = target.node;
  const role = table?.byName.get(column)?.role ?? "none";
  if (role === "none") return;
  throw refuse(
    target,
    operator,
    `can't change the ${role} key: another key is another item, so add that one and delete this one`,
  );
}
