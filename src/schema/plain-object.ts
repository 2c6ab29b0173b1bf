export type PlainObject = Record<string, unknown>;

/** An object that is nothing but its own properties: a literal, or one without a prototype. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  // Objects of another realm, such as a test runner's, have an Object.prototype of their own.
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, "hasOwnProperty") &&
    Object.prototype.toString.call(value) === "[object Object]"
  );
}
