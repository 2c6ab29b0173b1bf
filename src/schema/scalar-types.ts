import type { AttributeType } from "./attribute-type.js";
import { bytesEqual } from "./canonical.js";
import { Misfit, misfit } from "./misfit.js";
import { canonicalNumber, numberProblem } from "./number-text.js";
import { NumberValue } from "./number-value.js";
import { type AttributeValue, wireTypeOf } from "./wire.js";

/** What a stored value of another type is called in messages. */
export function storedAs(expected: string, wire: AttributeValue): Error {
  return misfit(`${expected} in the table`, Object.values(wire)[0] ?? wireTypeOf(wire));
}

function identical<T>(a: T, b: T): boolean {
  return a === b;
}

function itself<T>(value: T): T {
  return value;
}

/** A type of text: its values are checked, and stored as they are. */
function textType<T extends string>(
  name: string,
  expected: string,
  fits: (text: string) => boolean,
): AttributeType<T> {
  return Object.freeze<AttributeType<T>>({
    name,
    wire: "S",
    isScalar: true,
    encode(value) {
      if (typeof value !== "string" || !fits(value)) throw misfit(expected, value);
      return { S: value };
    },
    decode(wire) {
      const text = (wire as { S?: string }).S;
      if (text === undefined || !fits(text)) throw storedAs(expected, wire);
      return text as T;
    },
    equals: identical,
    copy: itself,
  });
}

export const stringType = textType<string>("string", "a string", () => true);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const uuidType = textType<string>("uuid", "a UUID as text", (text) => uuid.test(text));

export function enumType<T extends string>(options: readonly T[]): AttributeType<T> {
  const known: ReadonlySet<string> = new Set(options);
  const expected = `one of ${options.map((option) => JSON.stringify(option)).join(", ")}`;
  return textType<T>("enum", expected, (text) => known.has(text));
}

export const booleanType: AttributeType<boolean> = Object.freeze<AttributeType<boolean>>({
  name: "boolean",
  wire: "BOOL",
  isScalar: true,
  encode(value) {
    if (typeof value !== "boolean") throw misfit("a boolean", value);
    return { BOOL: value };
  },
  decode(wire) {
    const value = (wire as { BOOL?: boolean }).BOOL;
    if (typeof value !== "boolean") throw storedAs("a boolean", wire);
    return value;
  },
  equals: identical,
  copy: itself,
});

/** The text of a JavaScript number as DynamoDB takes it. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? "0" : String(value);
}

/** The number that a text says, if JavaScript holds it exactly. */
export function exactNumber(text: string): number | undefined {
  const value = Number(text);
  if (Number.isSafeInteger(value)) {
    // The common case, a short integer written the common way, needs no second look.
    if (text.length < 16 && String(value) === text) return value;
  } else if (!Number.isFinite(value)) return undefined;
  return canonicalNumber(String(value)) === canonicalNumber(text)
    ? value === 0
      ? 0
      : value
    : undefined;
}

function readNumber(expected: string, wire: AttributeValue): number {
  const text = (wire as { N?: string }).N;
  if (text === undefined) throw storedAs(expected, wire);
  const value = exactNumber(text);
  if (value === undefined) {
    throw new Misfit(
      `expected ${expected} that JavaScript can hold exactly but got ${text}: t.bigint and t.decimal hold it`,
    );
  }
  return value;
}

export const numberType: AttributeType<number> = Object.freeze<AttributeType<number>>({
  name: "number",
  wire: "N",
  isScalar: true,
  encode(value) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw misfit("a finite number", value);
    }
    const text = numberText(value);
    const problem = numberProblem(text);
    if (problem !== undefined)
      throw misfit(`a number that DynamoDB stores (this one ${problem})`, value);
    return { N: text };
  },
  decode: (wire) => readNumber("a number", wire),
  equals: identical,
  copy: itself,
});

function integerType(name: string): AttributeType<number> {
  return Object.freeze<AttributeType<number>>({
    name,
    wire: "N",
    isScalar: true,
    encode(value) {
      if (!Number.isSafeInteger(value)) throw misfit("a safe integer", value);
      return { N: numberText(value) };
    },
    decode(wire) {
      const value = readNumber("a safe integer", wire);
      if (!Number.isSafeInteger(value)) throw misfit("a safe integer in the table", value);
      return value;
    },
    equals: identical,
    copy: itself,
  });
}

export const integerTypeOf = integerType("integer");
export const versionType = integerType("version");

export const bigintType: AttributeType<bigint> = Object.freeze<AttributeType<bigint>>({
  name: "bigint",
  wire: "N",
  isScalar: true,
  encode(value) {
    if (typeof value !== "bigint") throw misfit("a bigint", value);
    const text = value.toString();
    const problem = numberProblem(text);
    if (problem !== undefined)
      throw misfit(`a bigint that DynamoDB stores (this one ${problem})`, value);
    return { N: text };
  },
  decode(wire) {
    const text = (wire as { N?: string }).N;
    if (text === undefined) throw storedAs("a whole number", wire);
    const value = wholeNumber(text);
    if (value === undefined) throw storedAs("a whole number", wire);
    return value;
  },
  equals: identical,
  copy: itself,
});

/** The bigint that a text says; `undefined` if it has a fraction. */
export function wholeNumber(text: string): bigint | undefined {
  const canonical = canonicalNumber(text);
  const match = /^(-?\d+)(?:E(\d+))?$/.exec(canonical);
  return match === null ? undefined : BigInt(match[1] as string) * 10n ** BigInt(match[2] ?? 0);
}

export const decimalType: AttributeType<NumberValue> = Object.freeze<AttributeType<NumberValue>>({
  name: "decimal",
  wire: "N",
  isScalar: false,
  encode(value) {
    if (!(value instanceof NumberValue)) {
      throw misfit('a NumberValue, made by NumberValue.from("12.50"),', value);
    }
    const problem = numberProblem(value.value);
    if (problem !== undefined) {
      throw misfit(`a decimal that DynamoDB stores (this one ${problem})`, value.value);
    }
    return { N: canonicalNumber(value.value) };
  },
  decode(wire) {
    const text = (wire as { N?: string }).N;
    if (text === undefined) throw storedAs("a number", wire);
    return NumberValue.from(text);
  },
  equals: (a, b) =>
    a instanceof NumberValue &&
    b instanceof NumberValue &&
    canonicalNumber(a.value) === canonicalNumber(b.value),
  copy: (value) => NumberValue.from(value.value),
});

export const binaryType: AttributeType<Uint8Array> = Object.freeze<AttributeType<Uint8Array>>({
  name: "binary",
  wire: "B",
  isScalar: false,
  encode(value) {
    if (!(value instanceof Uint8Array)) throw misfit("a Uint8Array", value);
    return { B: new Uint8Array(value) };
  },
  decode(wire) {
    const bytes = (wire as { B?: Uint8Array }).B;
    if (bytes === undefined) throw storedAs("bytes", wire);
    return bytes;
  },
  equals: (a, b) => a instanceof Uint8Array && b instanceof Uint8Array && bytesEqual(a, b),
  // A plain Uint8Array also of a Buffer, whose own slice() would share its memory.
  copy: (value) => new Uint8Array(value),
});
