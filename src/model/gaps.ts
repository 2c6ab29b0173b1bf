import { describeKey } from "../schema/key.js";
import { AttributeInvalid, AttributeMissing, AttributeNotLoaded } from "./errors.js";
import type { Gap, InstanceState } from "./instance-state.js";

/** Makes an attribute throw when it is read; assigning it makes it an ordinary property. */
export function showGap(state: InstanceState, column: string, gap: Gap): void {
  state.gaps ??= new Map();
  state.gaps.set(column, gap);
  Object.defineProperty(state.instance, column, {
    configurable: true,
    enumerable: false,
    get(): never {
      throw gapError(state, column, gap);
    },
    set(value: unknown) {
      showValue(state, column, value);
    },
  });
}

/** Gives an attribute a value as an ordinary own property, whatever its name. */
export function showValue(state: InstanceState, column: string, value: unknown): void {
  state.gaps?.delete(column);
  Object.defineProperty(state.instance, column, {
    configurable: true,
    enumerable: true,
    writable: true,
    value,
  });
}

/** Whether reading the attribute throws. */
export function isGap(state: InstanceState, column: string): boolean {
  return state.gaps?.has(column) ?? false;
}

/** An own attribute's value; inherited names, such as `constructor`, are no values. */
export function ownValue(state: InstanceState, column: string): unknown {
  const { instance } = state;
  return Object.hasOwn(instance, column)
    ? (instance as Record<string, unknown>)[column]
    : undefined;
}

export function gapError(state: InstanceState, column: string, gap: Gap): Error {
  const facts = {
    model: state.info.name,
    attribute: column,
    key: state.key && describeKey(state.key),
  };
  switch (gap.kind) {
    case "missing":
      return new AttributeMissing(facts);
    case "invalid":
      return new AttributeInvalid(facts, gap.reason, gap.cause);
    default:
      return new AttributeNotLoaded(facts, gap.kind === "expired");
  }
}
