/** A value as DynamoDB's JSON protocol has it: one property that names its type. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { L: AttributeValue[] }
  | { M: WireItem };

export type WireType = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

/** An item, or a map inside one, by attribute name. */
export interface WireItem {
  [attribute: string]: AttributeValue;
}

/** Sets an own property, whatever its name: `__proto__` would otherwise change the prototype. */
export function setOwn<T>(target: Record<string, T>, name: string, value: T): void {
  if (name === "__proto__") defineOwn(target, name, value);
  else target[name] = value;
}

/** The same for an inherited name, and in an accessor's place. */
export function defineOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    value,
  });
}

/** An own property, so that inherited names, such as `constructor`, are never taken for data. */
export function getOwn<T>(target: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(target, name) ? target[name] : undefined;
}

/** The type of a wire value: the name of its one property. */
export function wireTypeOf(value: AttributeValue): WireType {
  for (const type in value) {
    if ((value as Record<string, unknown>)[type] !== undefined) return type as WireType;
  }
  throw new TypeError("An attribute value must have a type.");
}
