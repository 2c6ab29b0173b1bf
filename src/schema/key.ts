import { canonicalText, canonicalWire } from "./canonical.js";
import type { KeyRole } from "./column.js";
import { describeValue, InvalidValue } from "./errors.js";
import { maxHashKeyBytes, maxRangeKeyBytes } from "./limits.js";
import { Misfit } from "./misfit.js";
import { scalarBytes } from "./size.js";
import type { ColumnSpec, TableSpec } from "./table.js";
import { type AttributeValue, getOwn, setOwn, type WireItem } from "./wire.js";

/** What names one item of a table. */
export interface Key {
  /** By column. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By attribute, as requests have it. */
  readonly wire: WireItem;
  /** One text for all ways to write the key, and another for each other key. */
  readonly id: string;
}

/**
 * The key in an object's values. `exact` refuses anything that isn't part of the key; `pick` takes
 * it out of an instance.
 *
 * @throws {InvalidValue} INVALID_VALUE, naming the attribute.
 */
export function keyOf(table: TableSpec, values: object, mode: "exact" | "pick" = "exact"): Key {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new InvalidValue(
      `A key of ${table.model} is an object such as ${exampleOf(table)}, not ${describeValue(values)}.`,
      { model: table.model, attribute: "" },
    );
  }
  const { hashKey, rangeKey } = table;
  if (mode === "exact") assertOnlyKey(table, partsOf(table), values);
  const copies: Record<string, unknown> = {};
  const wire: WireItem = {};
  let id = takeGiven(table, hashKey, values, copies, wire);
  if (rangeKey !== undefined) id += takeGiven(table, rangeKey, values, copies, wire);
  return Object.freeze({ values: Object.freeze(copies), wire, id });
}

/** Takes one part of a key, and returns its part of the key's text. */
function takeGiven(
  table: TableSpec,
  column: ColumnSpec,
  values: object,
  copies: Record<string, unknown>,
  wire: WireItem,
): string {
  const value = getOwn(values as Record<string, unknown>, column.name);
  const encoded = encodeKey(table, column, value, values);
  setOwn(copies, column.name, column.type.copy(value));
  setOwn(wire, column.attribute, encoded);
  return canonicalWire(encoded);
}

/** The key of a stored item. A part that doesn't fit its column is shown as it is stored. */
export function keyFromWire(table: TableSpec, item: WireItem): Key {
  const wire: WireItem = {};
  takeKey(table, table.hashKey, item, wire);
  if (table.rangeKey !== undefined) takeKey(table, table.rangeKey, item, wire);
  return new StoredKey(table, wire);
}

/** Every loaded item has one, and few are asked for more than what requests need: the rest is made then. */
class StoredKey implements Key {
  readonly wire: WireItem;
  readonly #table: TableSpec;
  #values: Readonly<Record<string, unknown>> | undefined;

  constructor(table: TableSpec, wire: WireItem) {
    this.#table = table;
    this.wire = wire;
  }

  get values(): Readonly<Record<string, unknown>> {
    this.#values ??= this.#decode();
    return this.#values;
  }

  get id(): string {
    return idOf(partsOf(this.#table), this.wire);
  }

  #decode(): Readonly<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const column of partsOf(this.#table)) {
      const wire = this.wire[column.attribute] as AttributeValue;
      setOwn(values, column.name, decodeKey(column, wire));
    }
    return Object.freeze(values);
  }
}

/** The key of an item from the decoded values of its parts. */
export function keyFromValues(table: TableSpec, hash: unknown, range: unknown): Key {
  const { hashKey, rangeKey } = table;
  const missing = hash === undefined ? hashKey : range === undefined ? rangeKey : undefined;
  if (missing !== undefined) {
    throw withoutKey(table, missing, (column) => (column === hashKey ? hash : range));
  }
  return new DecodedKey(table, hash, range);
}

/** As a stored one: it keeps its two values alone, and makes of them what is asked for. */
class DecodedKey implements Key {
  readonly #table: TableSpec;
  readonly #hash: unknown;
  readonly #range: unknown;

  constructor(table: TableSpec, hash: unknown, range: unknown) {
    this.#table = table;
    this.#hash = table.hashKey.type.copy(hash);
    this.#range = table.rangeKey?.type.copy(range);
  }

  get values(): Readonly<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const column of partsOf(this.#table)) {
      setOwn(values, column.name, column.type.copy(this.#part(column)));
    }
    return Object.freeze(values);
  }

  get wire(): WireItem {
    const wire: WireItem = {};
    for (const column of partsOf(this.#table)) {
      setOwn(wire, column.attribute, column.type.encode(this.#part(column)) as AttributeValue);
    }
    return wire;
  }

  get id(): string {
    const { hashKey, rangeKey } = this.#table;
    const id = idPart(hashKey, this.#hash);
    return rangeKey === undefined ? id : id + idPart(rangeKey, this.#range);
  }

  #part(column: ColumnSpec): unknown {
    return column === this.#table.hashKey ? this.#hash : this.#range;
  }
}

/** What a part of a key adds to the key's `id`; for most without the wire value between. */
export function idPart({ type }: ColumnSpec, value: unknown): string {
  return typeof value === "string" && type.isScalar
    ? canonicalText(value)
    : canonicalWire(type.encode(value) as AttributeValue);
}

function takeKey(table: TableSpec, column: ColumnSpec, item: WireItem, wire: WireItem): void {
  const encoded = getOwn(item, column.attribute);
  if (encoded === undefined) {
    throw withoutKey(table, column, ({ attribute, type }) => {
      const wire = getOwn(item, attribute);
      return wire && decodeKey({ type }, wire);
    });
  }
  setOwn(wire, column.attribute, encoded);
}

function withoutKey(
  table: TableSpec,
  { name }: ColumnSpec,
  read: (column: ColumnSpec) => unknown,
): InvalidValue {
  const given: Record<string, unknown> = {};
  for (const column of partsOf(table)) {
    const value = read(column);
    if (value !== undefined) setOwn(given, column.name, value);
  }
  return new InvalidValue(`An item of ${table.model} came without its key.`, {
    model: table.model,
    key: describeGiven(table, given),
    attribute: name,
  });
}

/** A key as messages have it: `{ forum: "DynamoDB", id: 3 }`. */
export function describeKey({ values }: Pick<Key, "values">): string {
  const parts = Object.entries(values).map(([name, value]) => `${name}: ${describeValue(value)}`);
  return `{ ${parts.join(", ")} }`;
}

/** The key as far as it is among the values, whether or not it fits: which of many objects it was. */
export function describeGiven(table: TableSpec, values: object): string | undefined {
  const given: Record<string, unknown> = {};
  for (const { name } of partsOf(table)) {
    const value = getOwn(values as Record<string, unknown>, name);
    if (value !== undefined) setOwn(given, name, value);
  }
  return Object.keys(given).length === 0 ? undefined : describeKey({ values: given });
}

function partsOf({ hashKey, rangeKey }: TableSpec): readonly ColumnSpec[] {
  return rangeKey === undefined ? [hashKey] : [hashKey, rangeKey];
}

function idOf(parts: readonly ColumnSpec[], wire: WireItem): string {
  let id = "";
  for (const { attribute } of parts) id += canonicalWire(wire[attribute] as AttributeValue);
  return id;
}

function decodeKey({ type }: Pick<ColumnSpec, "type">, wire: AttributeValue): unknown {
  try {
    return type.decode(wire);
  } catch {
    return Object.values(wire)[0];
  }
}

/** `values`: all that was given, so that a message about one part tells the other. */
function encodeKey(
  table: TableSpec,
  column: ColumnSpec,
  value: unknown,
  values: object,
): AttributeValue {
  const refuse = (problem: string, cause?: unknown): never => {
    const key = describeGiven(table, values);
    const owner = key === undefined ? "" : ` of ${key}`;
    throw new InvalidValue(
      `${table.model}.${column.name}${owner} is the ${column.role} key: ${problem}.`,
      { model: table.model, key, attribute: column.name },
      { cause },
    );
  };
  if (value === undefined || value === null) return refuse("give it a value");
  let wire: AttributeValue | undefined;
  try {
    wire = column.type.encode(value);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return refuse(problem, error instanceof Misfit ? error.cause : error);
  }
  const problem = keyProblem(column.role, wire);
  return problem === undefined ? (wire as AttributeValue) : refuse(problem);
}

/** Why an encoded value can't be a key of a table; `undefined` if it can. */
export function keyProblem(role: KeyRole, wire: AttributeValue | undefined): string | undefined {
  if (wire === undefined) return "give it a value";
  const bytes = scalarBytes(wire);
  if (bytes === 0) return "a key can't be empty";
  const limit = role === "hash" ? maxHashKeyBytes : maxRangeKeyBytes;
  return bytes > limit ? `it has ${bytes} bytes, and may have ${limit}` : undefined;
}

function assertOnlyKey(table: TableSpec, parts: readonly ColumnSpec[], values: object): void {
  for (const name of Object.keys(values)) {
    if (parts.some((column) => column.name === name)) continue;
    throw new InvalidValue(
      `${describeValue(name)} isn't part of the key of ${table.model}, which is ${exampleOf(table)}.`,
      { model: table.model, key: describeGiven(table, values), attribute: name },
    );
  }
}

function exampleOf(table: TableSpec): string {
  return `{ ${partsOf(table)
    .map(({ name }) => name)
    .join(", ")} }`;
}
