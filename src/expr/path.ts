import type { AttributeType } from "../schema/attribute-type.js";
import type { Columns, RoleOf, ValueOf } from "../schema/column.js";
import type { NumberValue } from "../schema/number-value.js";
import type { ColumnSpec, TableSpec } from "../schema/table.js";
import type { WireType } from "../schema/wire.js";
import type { Condition } from "./condition.js";
import { type PathNode, pathNode } from "./nodes.js";
import { PathOperators } from "./path-operators.js";
import type { Size } from "./size.js";
import type { Update } from "./update.js";

/** What DynamoDB compares and adds as numbers. */
export type Numeric = number | bigint | NumberValue;

/** What values are compared with one another: all numbers are, and all strings. */
type Family<T> = unknown extends T
  ? never
  : [T] extends [Numeric]
    ? Numeric
    : [T] extends [string]
      ? string
      : T;

export declare const family: unique symbol;

/** Something of an item that a comparison may name: a path or a size. */
export interface Comparand<out F> {
  /** Only for types: what it can be compared with; `never` for what fits anything. */
  readonly [family]: F;
}

/** A path, whatever its operators. */
export interface PathLike<out F> extends Comparand<F> {
  readonly node: PathNode;
}

/** A value, or another path or a size to compare with. */
export type Operand<T> = T | Comparand<Family<T>>;

/** A value to store, or another path whose value is copied. */
export type Source<T> = T | PathLike<Family<T>>;

/** An array of values, spread: it may turn out to be empty, but no arguments are refused. */
type NotEmpty<O extends readonly unknown[]> = O extends readonly [] ? [value: never] : O;

/** The operators that every path has. */
export interface BasePath<T> extends PathLike<Family<T>> {
  readonly node: PathNode;
  /** How values at this path are stored. */
  readonly type: AttributeType;
  /** Equality by stored value; `undefined` and `null`: that there is no attribute. */
  eq(value: Operand<T> | null | undefined): Condition;
  /**
   * The opposite of `eq`; true as well where the attribute is missing. `undefined` and `null`: that
   * there is an attribute.
   */
  ne(value: Operand<T> | null | undefined): Condition;
  /** Whether it equals one of up to 100 values, given one by one or as one iterable. */
  in(first: Operand<T>, ...more: readonly Operand<T>[]): Condition;
  in<O extends readonly Operand<T>[]>(...options: NotEmpty<O>): Condition;
  in(options: Iterable<Operand<T>>): Condition;
  exists(): Condition;
  missing(): Condition;
  /** Whether what is stored is of this type, such as `"S"` or `"L"`. */
  isType(type: WireType): Condition;
  /** Stores the value, or a copy of what stands at another path. */
  set(value: Source<T>): Update<T>;
  /** Stores the value where there is none. */
  ifMissing(value: Source<T>): Update<T>;
  /** Removes the attribute, the map's member or the list's element. */
  remove(): Update<T>;
  /** As people read it: `meta.refs[0]`. */
  toString(): string;
}

/** Comparisons by order: of numbers by value, of text by its UTF-8 bytes, of binary by its bytes. */
export interface OrderedPath<T> extends BasePath<T> {
  lt(value: Operand<T>): Condition;
  lte(value: Operand<T>): Condition;
  gt(value: Operand<T>): Condition;
  gte(value: Operand<T>): Condition;
  /** Both ends belong to it. */
  between(low: Operand<T>, high: Operand<T>): Condition;
}

export interface NumberPath<T> extends OrderedPath<T> {
  /** Adds; a missing attribute counts as 0. Sent twice, it adds twice. */
  plus(amount: Source<T>): Update<T>;
  /** Subtracts; a missing attribute counts as 0. */
  minus(amount: Source<T>): Update<T>;
}

export interface TextPath<T> extends OrderedPath<T> {
  beginsWith(prefix: string | PathLike<string>): Condition;
  /** Whether the text is part of it. */
  contains(part: string | PathLike<string>): Condition;
  /** Its length in bytes of UTF-8. */
  size(): Size;
}

export interface BinaryPath<T> extends OrderedPath<T> {
  beginsWith(prefix: Operand<T>): Condition;
  /** Its length in bytes. */
  size(): Size;
}

export interface SetPath<T, E> extends BasePath<T> {
  /** Whether it has this member. */
  contains(member: Operand<E>): Condition;
  /** The number of its members. */
  size(): Size;
  /** Adds members; a missing set is made. */
  with(...members: readonly E[]): Update<T>;
  /** Takes members out; the set without members is no attribute any more. */
  without(...members: readonly E[]): Update<T>;
}

export interface ListPath<T, E> extends BasePath<T> {
  /** An element, counted from 0. */
  at(position: number): Path<E>;
  /** Whether an element equals this. */
  contains(element: Operand<E>): Condition;
  /** The number of its elements. */
  size(): Size;
  /** Adds elements at the end; a missing list is made. Sent twice, it adds twice. */
  append(...elements: readonly E[]): Update<T>;
  /** Adds elements at the beginning, in the order given. */
  prepend(...elements: readonly E[]): Update<T>;
}

export interface MapPath<T> extends BasePath<T> {
  at<K extends keyof T & string>(name: K): Path<Exclude<T[K], undefined>>;
  /** The number of its members. */
  size(): Size;
}

/** A value of the user's own class, stored as text, number or bytes. */
export interface CustomPath<T> extends OrderedPath<T> {
  /** Of its stored text. */
  beginsWith(prefix: string): Condition;
}

/**
 * A document without a schema: every operator, whose operand says what it is. A `null` inside it is
 * a stored value, but `eq(null)` asks for a missing attribute here too: `isType("NULL")` finds one.
 * `in([1, 2])` has one option, that list; several are given one by one.
 */
export interface AnyPath extends OrderedPath<unknown> {
  at(step: string | number): AnyPath;
  beginsWith(prefix: string | Uint8Array | PathLike<string | Uint8Array>): Condition;
  contains(value: unknown): Condition;
  size(): Size;
  plus(amount: Source<Numeric>): Update<unknown>;
  minus(amount: Source<Numeric>): Update<unknown>;
  append(...elements: readonly unknown[]): Update<unknown>;
  prepend(...elements: readonly unknown[]): Update<unknown>;
  with(...members: readonly unknown[]): Update<unknown>;
  without(...members: readonly unknown[]): Update<unknown>;
}

/** Whether a type has methods: then it is a class of the user's, for documents have only data. */
type HasMethod<T> = [Extract<T[keyof T], (...values: never) => unknown>] extends [never]
  ? false
  : true;

/**
 * A place in the items of a model, with the operators that suit what is stored there. A model's
 * static columns are paths; `at` leads into documents.
 *
 * @example Post.meta.at("refs").at(0).eq("https://example.org")
 */
export type Path<T> = unknown extends T
  ? AnyPath
  : [T] extends [Numeric]
    ? NumberPath<T>
    : [T] extends [string]
      ? TextPath<T>
      : [T] extends [boolean]
        ? BasePath<T>
        : [T] extends [Date]
          ? OrderedPath<T>
          : [T] extends [Uint8Array]
            ? BinaryPath<T>
            : [T] extends [ReadonlySet<infer E>]
              ? SetPath<T, E>
              : [T] extends [readonly (infer E)[]]
                ? ListPath<T, E>
                : HasMethod<T> extends true
                  ? CustomPath<T>
                  : MapPath<T>;

/** The path of a key, which never changes: it has no updates. */
export type KeyPath<T> = Omit<Path<T>, "set" | "ifMissing" | "remove" | "plus" | "minus">;

/** A model's columns as paths. */
export type Paths<C extends Columns> = {
  readonly [N in keyof C]: RoleOf<C[N]> extends "none"
    ? Path<ValueOf<C[N]>>
    : KeyPath<ValueOf<C[N]>>;
};

/** The path of a column. Its type is what the column says: the caller knows it, this doesn't. @internal */
export function columnPath(table: TableSpec, column: ColumnSpec): Path<unknown> {
  const node = pathNode(table.model, column.name, [column.attribute], table);
  return new PathOperators(node, column.type);
}
