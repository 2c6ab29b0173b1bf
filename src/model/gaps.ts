import { describeKey } from "../schema/key.js";
import { defineOwn } from "../schema/wire.js";
import { AttributeInvalid, AttributeMissing, AttributeNotLoaded } from "./errors.js";
import { findState, type InstanceState } from "./instance-state.js";
import type { Gap } from "./particulars.js";

/**
 * The accessor of a column that throws when it is read, and becomes an ordinary property when it is
 * assigned: one for all instances of the model. V8 makes a slow dictionary of an object with functions of
 * its own for its accessors, and keeps the object with them until all memory is looked through.
 */
export function gapAccessor(model: string, column: string): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: false,
    get(this: object): never {
      const state = findState(this);
      const gap = state?.gaps?.get(column);
      if (state !== undefined && gap !== undefined) throw gapError(state, column, gap);
      // Read through a proxy of the instance: nobody knows of which.
      throw new AttributeNotLoaded({ model, attribute: column, key: undefined }, false);
    },
    set(this: object, value: unknown) {
      findState(this)?.gaps?.delete(column);
      defineOwn(this, column, value);
    },
  };
}

/** Makes an attribute throw when it is read; assigning it makes it an ordinary property. */
export function showGap(state: InstanceState, column: string, gap: Gap): void {
  state.gaps ??= new Map();
  state.gaps.set(column, gap);
  const accessor = state.info.gapAccessors.get(column) as PropertyDescriptor;
  Object.defineProperty(state.instance, column, accessor);
}

/** Gives an attribute a value as an ordinary own property, whatever its name. */
export function showValue(state: InstanceState, column: string, value: unknown): void {
  state.gaps?.delete(column);
  defineOwn(state.instance, column, value);
}

/** Whether reading the attribute throws. */
export function isGap(state: InstanceState, column: string): boolean {
  if (state.gaps?.has(column) !== true) return false;
  // What was assigned through a proxy of the instance is a value that nobody has told of.
  const own = Object.getOwnPropertyDescriptor(state.instance, column);
  if (own === undefined || own.get !== undefined) return true;
  state.gaps.delete(column);
  return false;
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
