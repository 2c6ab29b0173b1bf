import fc from "fast-check";
import { NumberValue } from "../../../src/schema/number-value.js";
import { setOwn } from "../../../src/schema/wire.js";

/** Names that plain objects inherit something under, beside ordinary ones. */
export const names = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "hasOwnProperty",
    "toString",
    "valueOf",
    "length",
    "name",
    "a.b",
    "a[0]",
    "0",
    " ",
  ),
  fc.string({ minLength: 1, maxLength: 8, unit: "binary" }),
);

export const bytes = fc.uint8Array({ maxLength: 6 }).map((each) => new Uint8Array(each));

export const decimals = fc
  .tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: -60, max: 60 }))
  .map(([digits, exponent]) => NumberValue.from(`${digits}E${exponent}`));

const numbers = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
    .map((each) => (Math.abs(each) < 1e-100 ? 0 : each)),
  fc.bigInt(-(10n ** 37n), 10n ** 37n),
  decimals,
);

const texts = fc.string({ maxLength: 6, unit: "binary" });

const sets = fc.oneof(
  fc.array(texts, { minLength: 1, maxLength: 4 }).map((each) => new Set<unknown>(each)),
  fc.array(numbers, { minLength: 1, maxLength: 4 }).map((each) => new Set<unknown>(each)),
  fc.array(bytes, { minLength: 1, maxLength: 4 }).map((each) => new Set<unknown>(each)),
);

/** An object with own properties whatever their names, unlike one made by assignment. */
export function objectOf<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const object: Record<string, T> = {};
  for (const [name, value] of entries) setOwn(object, name, value);
  return object;
}

/** Documents as `t.any()` takes them. */
export const documents: fc.Arbitrary<unknown> = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, depthIdentifier: "document" },
    texts,
    fc.boolean(),
    fc.constant(null),
    numbers,
    bytes,
    sets,
    fc.array(tie("document"), { maxLength: 4, depthIdentifier: "document" }),
    fc
      .array(fc.tuple(names, tie("document")), { maxLength: 4, depthIdentifier: "document" })
      .map(objectOf),
  ),
})).document;

/** Lists around a value, one in another. */
export function nested(levels: number, innermost: unknown): unknown {
  let document = innermost;
  for (let level = 0; level < levels; level++) document = level % 2 ? [document] : { a: document };
  return document;
}
