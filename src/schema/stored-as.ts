import { describeValue } from "./errors.js";
import { Misfit } from "./misfit.js";
import { type AttributeValue, type WireType, wireTypeOf } from "./wire.js";

const plurals: Readonly<Partial<Record<WireType, string>>> = {
  SS: "a set of strings",
  NS: "a set of numbers",
  BS: "a set of bytes",
  L: "a list",
  M: "a map",
  NULL: "NULL",
};

/** The misfit of a stored value: `expected a boolean in the table but found NULL`. */
export function storedAs(expected: string, wire: AttributeValue): Misfit {
  return new Misfit(`expected ${expected} in the table but found ${describeWire(wire)}`);
}

function describeWire(wire: AttributeValue): string {
  const type = wireTypeOf(wire);
  if ("N" in wire) return `the number ${wire.N}`;
  return plurals[type] ?? describeValue(Object.values(wire)[0]);
}
