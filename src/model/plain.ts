import { setOwn } from "../schema/wire.js";
import { InvalidState } from "./errors.js";
import { isGap } from "./gaps.js";
import { findState } from "./instance-state.js";

/** The data of an instance: its loaded attributes, without methods, `readonly` taken off. */
export type Plain<T> = {
  -readonly [K in keyof T & string as T[K] extends (...args: never[]) => unknown ? never : K]: T[K];
};

/**
 * A deep plain copy of an instance: Date, Set, bigint and bytes are kept, and nothing is shared with
 * it, so that it fits `structuredClone` and server components. Attributes that aren't loaded are left out.
 *
 * @throws {InvalidState} INVALID_STATE for a value that isn't an instance of a model.
 * @example plain(post); // { forum: "DynamoDB", id: "…", views: 3 }
 */
export function plain<T extends object>(instance: T): Plain<T> {
  const state = findState(instance);
  if (state === undefined) {
    throw new InvalidState("plain() takes an instance of a model.", {
      operation: "plain",
      state: "unknown",
    });
  }
  const copy: Record<string, unknown> = {};
  for (const column of state.info.table.columns) {
    const { name, type } = column;
    if (isGap(state, name) || !Object.hasOwn(instance, name)) continue;
    const value = (instance as Record<string, unknown>)[name];
    setOwn(copy, name, value === undefined || value === null ? value : type.copy(value));
  }
  return copy as Plain<T>;
}

/**
 * A value as JSON can hold it: sets as arrays, bigints and decimals as strings, bytes as base64,
 * dates as ISO strings, values of other classes as their own `toJSON` says.
 */
export function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Set) return Array.from(value, jsonValue);
  if (Array.isArray(value)) return value.map(jsonValue);
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain && Object.getPrototypeOf(value) !== null) {
    const { toJSON } = value as { readonly toJSON?: unknown };
    const own: unknown = typeof toJSON === "function" ? toJSON.call(value) : value;
    return own === value ? String(value) : jsonValue(own);
  }
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) setOwn(result, name, jsonValue(member));
  return result;
}

/** What `JSON.stringify` takes of an instance: its loaded attributes, and whatever else was put on it. */
export function jsonInstance(instance: object): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(instance)) setOwn(result, name, jsonValue(value));
  return result;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // In pieces, since a call takes only so many arguments.
  for (let start = 0; start < bytes.length; start += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x2000));
  }
  return btoa(text);
}
