import type { FlatForm } from "./flat.js";
import type { WireScanner } from "./scan/wire-scanner.js";
import type { AttributeValue, WireType } from "./wire.js";

/** A member of a map: its type and whether a stored map must have it. */
export interface Member {
  readonly type: AttributeType;
  readonly isRequired: boolean;
}

/**
 * What the library knows of a type of values: how one is stored, read, compared and copied.
 * `encode` and `decode` throw a Misfit for what doesn't fit.
 */
export interface AttributeType<T = unknown> {
  /** For messages: `string`, `set(string)`. */
  readonly name: string;
  /** The type in the table; `undefined` where any type may stand. */
  readonly wire: WireType | undefined;
  /** Whether values are immutable and equal by `===`: then a copy is the value itself. */
  readonly isScalar: boolean;
  /**
   * Whether encoding what was decoded may give another text, as a type of the user's own may: then
   * what is stored is kept as it came, and written as a whole.
   */
  readonly isOpaque?: boolean;
  /** `undefined` where nothing is to be stored, as for an empty set. */
  encode(value: T): AttributeValue | undefined;
  decode(wire: AttributeValue): T;
  /**
   * The same from an answer's text, for types that gain by it. Throws `unexpected` for whatever it
   * doesn't know, and then `decode` is asked.
   */
  scan?(scanner: WireScanner): T;
  /** Of a list or a map: how one that is read from an answer's text lies in its flat item. */
  readonly flat?: FlatForm;
  /** Equality by stored value: order of sets and of map members doesn't count. */
  equals(a: T, b: T): boolean;
  /** A deep copy that shares nothing mutable with the value. */
  copy(value: T): T;
  /** Of a map, the declared member; of an open map, any. */
  member?(name: string): Member | undefined;
  /** Of a list or a set. */
  readonly element?: AttributeType;
}
