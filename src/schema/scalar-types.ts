import type { AttributeType } from "./attribute-type.js";
import { bytesEqual } from "./canonical.js";
import { Misfit, misfit } from "./misfit.js";
import { canonicalNumber, numberProblem } from "./number-text.js";
import { NumberValue } from "./number-value.js";
import { unexpected } from "./scan/sign.js";
import type { WireScanner } from "./scan/wire-scanner.js";
import { storedAs } from "./stored-as.js";

function identical<T>(a: T, b: T): boolean {
  return a === b;
}

function itself<T>(value: T): T {
  return value;
}

/** Half of a pair of UTF-16 units. UTF-8 has no such thing: in keys, DynamoDB makes all of them one character. */
const halfPair = /\p{Surrogate}/u;

/** @throws {Misfit} for a text that isn't stored as it is. */
export function assertText(text: string): void {
  if (halfPair.test(text)) {
    throw misfit("text that UTF-8 can hold, without halves of surrogate pairs,", text);
  }
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
      assertText(value);
      return { S: value };
    },
    decode(wire) {
      const text = (wire as { S?: string }).S;
      if (text === undefined || !fits(text)) throw storedAs(expected, wire);
      return text as T;
    },
    scan(scanner) {
      const text = scanner.text("S");
      if (!fits(text)) throw unexpected;
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

const storedTrue = new TextEncoder().encode('{"BOOL":true}');
const storedFalse = new TextEncoder().encode('{"BOOL":false}');

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
  scan(scanner) {
    if (scanner.hasAll(storedTrue)) return true;
    if (scanner.hasAll(storedFalse)) return false;
    throw unexpected;
  },
  equals: identical,
  copy: itself,
});

/** The text of a JavaScript number as DynamoDB takes it; −0 is 0. */
export function numberText(value: number): string {
  return String(value);
}

/** The number that a text says, if JavaScript holds it exactly. */
export function exactNumber(text: string): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  const own = String(value);
  // Written the common way, as nearly all are, it needs no second look.
  if (own === text || canonicalNumber(own) === canonicalNumber(text)) {
    return value === 0 ? 0 : value;
  }
  return undefined;
}

/** The text of a finite number. @throws {Misfit} for one that DynamoDB doesn't store. */
export function storableText(value: number): string {
  const text = numberText(value);
  // Without an exponent it has 17 digits at most, and is written the common way.
  return text.includes("e") ? storableNumber(text, value) : text;
}

/** The text as DynamoDB keeps it. @throws {Misfit} for a number that it doesn't store. */
export function storableNumber(text: string, value: unknown): string {
  const problem = numberProblem(text);
  if (problem !== undefined) {
    throw misfit(`a number that DynamoDB stores (this one ${problem})`, value);
  }
  return canonicalNumber(text);
}

function readNumber(expected: string, wire: { readonly N?: string }): number {
  const text = wire.N;
  if (text === undefined) throw storedAs(expected, wire as { N: string });
  const value = exactNumber(text);
  if (value === undefined) {
    throw new Misfit(
      `expected ${expected} that JavaScript can hold exactly but found ${text}: t.bigint and t.decimal hold it`,
    );
  }
  return value;
}

function scanNumber(scanner: WireScanner): number {
  const found = scanner.number();
  if (typeof found === "number") return found;
  const value = exactNumber(found);
  if (value === undefined) throw unexpected;
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
    return { N: storableText(value) };
  },
  decode: (wire) => readNumber("a number", wire as { N?: string }),
  scan: scanNumber,
  equals: identical,
  copy: itself,
});

function wholeNumberType(name: string): AttributeType<number> {
  return Object.freeze<AttributeType<number>>({
    name,
    wire: "N",
    isScalar: true,
    encode(value) {
      if (!Number.isSafeInteger(value)) throw misfit("a safe integer", value);
      return { N: numberText(value) };
    },
    decode(wire) {
      const value = readNumber("a safe integer", wire as { N?: string });
      if (!Number.isSafeInteger(value)) throw storedAs("a safe integer", wire);
      return value;
    },
    scan(scanner) {
      const value = scanNumber(scanner);
      if (!Number.isSafeInteger(value)) throw unexpected;
      return value;
    },
    equals: identical,
    copy: itself,
  });
}

export const integerType = wholeNumberType("integer");
export const versionType = wholeNumberType("version");

export const bigintType: AttributeType<bigint> = Object.freeze<AttributeType<bigint>>({
  name: "bigint",
  wire: "N",
  isScalar: true,
  encode(value) {
    if (typeof value !== "bigint") throw misfit("a bigint", value);
    return { N: storableNumber(value.toString(), value) };
  },
  decode(wire) {
    const text = (wire as { N?: string }).N;
    const value = text === undefined ? undefined : wholeNumber(text);
    if (value === undefined) throw storedAs("a whole number", wire);
    return value;
  },
  equals: identical,
  copy: itself,
});

/** The bigint that a text says; `undefined` if it has a fraction. */
export function wholeNumber(text: string): bigint | undefined {
  const match = /^(-?\d+)(?:E(\d+))?$/.exec(canonicalNumber(text));
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
    return { N: storableNumber(value.toString(), value) };
  },
  decode(wire) {
    const text = (wire as { N?: string }).N;
    if (text === undefined) throw storedAs("a number", wire);
    return NumberValue.from(text);
  },
  equals: (a, b) =>
    a instanceof NumberValue &&
    b instanceof NumberValue &&
    canonicalNumber(a.toString()) === canonicalNumber(b.toString()),
  copy: (value) => (value instanceof NumberValue ? NumberValue.from(value.toString()) : value),
});

/**
 * The bytes in memory of their own. The SDK answers with views on a pool that holds other data too,
 * and that a view would keep alive; a Buffer's `slice` shares its memory.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const isOwn = bytes.constructor === Uint8Array && bytes.byteLength === bytes.buffer.byteLength;
  return isOwn ? bytes : new Uint8Array(bytes);
}

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
    return ownBytes(bytes);
  },
  equals: (a, b) => a instanceof Uint8Array && b instanceof Uint8Array && bytesEqual(a, b),
  copy: (value) => (value instanceof Uint8Array ? new Uint8Array(value) : value),
});
