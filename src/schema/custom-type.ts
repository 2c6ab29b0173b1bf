import type { AttributeType } from "./attribute-type.js";
import { canonicalWire, wireEquals } from "./canonical.js";
import { misfit } from "./misfit.js";
import { assertText, ownBytes, storableNumber } from "./scalar-types.js";
import { storedAs } from "./stored-as.js";
import type { AttributeValue } from "./wire.js";

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

/** What an `encode` must have returned, as it is stored. */
const stored: { readonly [W in keyof WireValues]: (raw: unknown) => AttributeValue | undefined } = {
  S: (raw) => ({ S: text(raw) }),
  N: (raw) => ({ N: number(raw) }),
  B: (raw) => ({ B: bytes(raw) }),
  BOOL(raw) {
    if (typeof raw !== "boolean") throw misfit("a boolean from its encode function", raw);
    return { BOOL: raw };
  },
  SS: (raw) => set(raw, text, "S", (SS) => ({ SS })),
  NS: (raw) => set(raw, number, "N", (NS) => ({ NS })),
  BS: (raw) => set(raw, bytes, "B", (BS) => ({ BS })),
};

function text(raw: unknown): string {
  if (typeof raw !== "string") throw misfit("text from its encode function", raw);
  assertText(raw);
  return raw;
}

function number(raw: unknown): string {
  if (typeof raw !== "string") throw misfit("a number's text from its encode function", raw);
  return storableNumber(raw, raw);
}

function bytes(raw: unknown): Uint8Array {
  if (!(raw instanceof Uint8Array)) throw misfit("a Uint8Array from its encode function", raw);
  return new Uint8Array(raw);
}

function set<M>(
  raw: unknown,
  read: (member: unknown) => M,
  kind: "S" | "N" | "B",
  wrap: (members: M[]) => AttributeValue,
): AttributeValue | undefined {
  if (!Array.isArray(raw))
    throw misfit("an array of a set's members from its encode function", raw);
  const members = new Map<string, M>();
  for (const each of raw) {
    const member = read(each);
    members.set(canonicalWire({ [kind]: member } as unknown as AttributeValue), member);
  }
  return members.size === 0 ? undefined : wrap([...members.values()]);
}

export function customType<T, W extends keyof WireValues>({
  wire,
  encode,
  decode,
  equals,
}: CustomType<T, W>): AttributeType<T> {
  const encoded = (value: T): AttributeValue | undefined => {
    if (value === null || value === undefined) throw misfit("a value", value);
    return stored[wire](encode(value));
  };
  const decoded = (wireValue: AttributeValue): T => {
    const raw = (wireValue as Partial<WireValues>)[wire];
    if (raw === undefined) throw storedAs(`a value of type ${wire}`, wireValue);
    // Bytes of its own, as of a binary column.
    const own = raw instanceof Uint8Array ? ownBytes(raw) : raw;
    return decode(own as WireValues[W]);
  };
  return Object.freeze<AttributeType<T>>({
    name: "custom",
    wire,
    isScalar: false,
    isOpaque: true,
    encode: encoded,
    decode: decoded,
    equals(a, b) {
      try {
        if (equals !== undefined) return equals(a, b);
        // Immutable and itself: without asking the functions.
        if (a === b && typeof a !== "object" && typeof a !== "function") return true;
        const left = encoded(a);
        const right = encoded(b);
        if (left === undefined || right === undefined) return left === right;
        return wireEquals(left, right);
      } catch {
        // What can't be stored, or isn't what the functions expect, equals nothing.
        return false;
      }
    },
    copy(value) {
      if (typeof value !== "object" || value === null) return value;
      try {
        const wireValue = encoded(value);
        // By way of what is stored: the library knows no other way to copy a value of an unknown class.
        return wireValue === undefined ? value : decoded(wireValue);
      } catch {
        // Left as it is, for encoding to refuse it.
        return value;
      }
    },
  });
}
