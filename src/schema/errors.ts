import { hex } from "./canonical.js";
import { NumberValue } from "./number-value.js";

/**
 * The base of every error that the library throws. `code` is stable; messages may change.
 * All codes stand in docs/errors.md.
 */
export abstract class DynalchemyError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * Keeps objects and items out of what Node prints of an error, and loggers copy: every enumerable
 * property, of an uncaught one without asking it. They stay readable.
 */
export function unprinted<T extends object>(error: T, names: readonly (keyof T)[]): void {
  for (const name of names) {
    if (Object.hasOwn(error, name)) Object.defineProperty(error, name, { enumerable: false });
  }
}

/** A model that can't be: two hash keys, an index on an unknown column. Thrown where it is declared. */
export class InvalidModel extends DynalchemyError {
  readonly code = "INVALID_MODEL";
  readonly model: string;
  readonly column: string | undefined;

  constructor(message: string, facts: { readonly model: string; readonly column?: string }) {
    super(message);
    this.model = facts.model;
    this.column = facts.column;
  }
}

/** A value that can't be stored. Thrown before any request leaves. */
export class InvalidValue extends DynalchemyError {
  readonly code = "INVALID_VALUE";
  readonly model: string;
  /** The item's key as text, where it is known. */
  readonly key: string | undefined;
  /** The attribute's path, as `meta.refs[2]`; empty for the item as a whole. */
  readonly attribute: string;
  /** What is wrong with it, such as a validator's words; without model and key, fit for a form's field. */
  readonly reason: string;

  constructor(
    message: string,
    facts: {
      readonly model: string;
      readonly key?: string | undefined;
      readonly attribute: string;
      readonly reason?: string | undefined;
    },
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.model = facts.model;
    this.key = facts.key;
    this.attribute = facts.attribute;
    this.reason = facts.reason ?? message;
  }
}

const maxTextLength = 60;
const maxShownBytes = 16;

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

/** A value as a message may show it: short, and never the whole of a document. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value));
    case "bigint":
      return cut(`${value}n`);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      return describeObject(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  }
  if (value instanceof Uint8Array) return describeBytes(value);
  if (value instanceof NumberValue) return cut(value.toString());
  if (value instanceof Set) return `a set of ${value.size}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "an object";
  const made = value.constructor as unknown;
  return `an instance of ${typeof made === "function" && made.name ? made.name : "a class"}`;
}

/** Enough of the bytes to tell one key from another. */
function describeBytes(bytes: Uint8Array): string {
  const shown = hex(bytes.subarray(0, maxShownBytes));
  const more = bytes.byteLength > maxShownBytes ? "…" : "";
  return `${bytes.byteLength} bytes${shown === "" ? "" : ` 0x${shown}${more}`}`;
}

const plainName = /^[A-Za-z_$][\w$]*$/;

/** A path as people write it: `meta.refs[2]`; names that aren't words in quotes. */
export function describePath(path: readonly (string | number)[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "string" && plainName.test(step)) text += text === "" ? step : `.${step}`;
    else if (text === "" && typeof step === "string") text = JSON.stringify(step);
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
