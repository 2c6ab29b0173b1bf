import type { AttributeType } from "./attribute-type.js";
import { wireEquals } from "./canonical.js";
import { misfit } from "./misfit.js";
import { storedAs } from "./scalar-types.js";
import { type AttributeValue, wireTypeOf } from "./wire.js";

/** What a stored value of each wire type is in JavaScript, as a custom type sees it. */
export interface WireValues {
  S: string;
  N: string;
  B: Uint8Array;
  BOOL: boolean;
  SS: string[];
  NS: string[];
  BS: Uint8Array[];
}

/** How a type of the user's own is stored. */
export interface CustomType<T, W extends keyof WireValues> {
  /** The type in the table. */
  readonly wire: W;
  /** To what is stored: text for `"S"` and `"N"`, bytes for `"B"`. What it throws is the error's cause. */
  readonly encode: (value: T) => WireValues[W];
  readonly decode: (stored: WireValues[W]) => T;
  /** Default: equal when stored alike. Needed where `encode` gives another text each time, as encryption does. */
  readonly equals?: (a: T, b: T) => boolean;
}

export function customType<T, W extends keyof WireValues>({
  wire,
  encode,
  decode,
  equals,
}: CustomType<T, W>): AttributeType<T> {
  // W is one of the keys, so that the one property makes a whole value.
  const encoded = (value: T) => ({ [wire]: encode(value) }) as unknown as AttributeValue;
  const read = (stored: AttributeValue): T => {
    const raw = (stored as Partial<WireValues>)[wire];
    if (raw === undefined) throw storedAs(`a value of type ${wire}`, stored);
    return decode(raw as WireValues[W]);
  };
  return Object.freeze<AttributeType<T>>({
    name: "custom",
    wire,
    isScalar: false,
    encode(value) {
      if (value === null) throw misfit("a value", value);
      return encoded(value);
    },
    decode: read,
    equals: (a, b) => {
      if (equals !== undefined) return equals(a, b);
      const left = encoded(a);
      const right = encoded(b);
      return wireTypeOf(left) === wireTypeOf(right) && wireEquals(left, right);
    },
    // By way of what is stored: the library knows no other way to copy a value of an unknown class.
    copy: (value) => (typeof value === "object" && value !== null ? read(encoded(value)) : value),
  });
}
