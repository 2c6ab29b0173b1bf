import type { ActionNode, UpdateValueNode } from "../expr/nodes.js";
import { valueNode } from "../expr/nodes.js";
import { Update } from "../expr/update.js";
import { canonicalWire } from "../schema/canonical.js";
import { canonicalNumber, numberProblem } from "../schema/number-text.js";
import type { AttributeValue } from "../schema/wire.js";
import { addNumbers } from "./flush/evaluate.js";

/** What combined updates were made of: one of the parts may be written before the other. */
const parts = new WeakMap<Update, readonly [Update, Update]>();

/** The same update as one of its own: each time that it is given counts. */
export function copyOf({ action, type, isIdempotent }: Update): Update {
  return new Update(action, type, isIdempotent);
}

/** One update that does what two do, one after the other; `undefined` where there is none. */
export function combine(first: Update, second: Update): Update | undefined {
  if (overwrites(second.action, first.action)) return second;
  const action = isSamePath(first, second) ? joined(first.action, second.action) : undefined;
  if (action === undefined) return undefined;
  const isIdempotent = first.isIdempotent && second.isIdempotent;
  const both = new Update(action, second.type, isIdempotent);
  parts.set(both, [first, second]);
  return both;
}

/** What is left of an update once a part of it is written; `undefined`: nothing. */
export function withoutWritten(update: Update, written: Update): Update | undefined {
  if (update === written) return undefined;
  const [first, second] = parts.get(update) ?? [];
  if (first === undefined || second === undefined) return update;
  const rest = withoutWritten(first, written);
  if (rest === first) return update;
  return rest === undefined ? second : combine(rest, second);
}

/** Whether the second action leaves nothing of what the first one did. */
function overwrites(second: ActionNode, first: ActionNode): boolean {
  const isPlain =
    second.kind === "remove" || (second.kind === "set" && second.value.kind === "value");
  // By position, what is meant may have moved meanwhile.
  if (!isPlain || second.path.steps.some((step) => typeof step === "number")) return false;
  return second.path.steps.every((step, at) => step === first.path.steps[at]);
}

function isSamePath({ path: a }: Update, { path: b }: Update): boolean {
  return JSON.stringify(a.steps) === JSON.stringify(b.steps);
}

function joined(first: ActionNode, second: ActionNode): ActionNode | undefined {
  const { path } = first;
  if (first.kind === "set" && second.kind === "set") {
    const value = joinedLists(first.value, second.value);
    return value && Object.freeze({ kind: "set", path, value });
  }
  if (!("value" in first && "value" in second) || first.kind !== second.kind) return undefined;
  if (first.kind === "set" || second.kind === "set") return undefined;
  const wire = joinedValues(first.value.wire, second.value.wire);
  return wire && Object.freeze({ kind: first.kind, path, value: valueNode(wire) });
}

/** Two appends, or two prepends. */
function joinedLists(first: UpdateValueNode, second: UpdateValueNode): UpdateValueNode | undefined {
  if (first.kind !== "listAppend" || second.kind !== "listAppend") return undefined;
  const [tail, further] = [listOf(first.right), listOf(second.right)];
  if (tail && further) return { ...first, right: valueNode({ L: [...tail, ...further] }) };
  const [head, before] = [listOf(first.left), listOf(second.left)];
  return head && before && { ...first, left: valueNode({ L: [...before, ...head] }) };
}

function listOf(node: UpdateValueNode): AttributeValue[] | undefined {
  return node.kind === "value" && "L" in node.wire ? node.wire.L : undefined;
}

function joinedValues(a: AttributeValue, b: AttributeValue): AttributeValue | undefined {
  if ("N" in a && "N" in b) {
    const N = addNumbers(a.N, b.N);
    return numberProblem(N) === undefined ? { N } : undefined;
  }
  if ("SS" in a && "SS" in b) return { SS: [...new Set([...a.SS, ...b.SS])] };
  if ("NS" in a && "NS" in b) return { NS: [...new Set([...a.NS, ...b.NS].map(canonicalNumber))] };
  if ("BS" in a && "BS" in b) {
    const byText = new Map([...a.BS, ...b.BS].map((B) => [canonicalWire({ B }), B]));
    return { BS: [...byText.values()] };
  }
  return undefined;
}
