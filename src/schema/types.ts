import { anyType } from "./any-type.js";
import type { AttributeType, Member } from "./attribute-type.js";
import { isSetElement, listType, setType } from "./collection-types.js";
import {
  type AnyColumn,
  type Column,
  type Columns,
  columnOf,
  type ElementColumn,
  type MemberColumns,
  type ValueOf,
} from "./column.js";
import { type CustomType, customType, type WireValues } from "./custom-type.js";
import { describeValue, InvalidModel } from "./errors.js";
import type { MapValue } from "./infer.js";
import { mapType, recordType } from "./map-type.js";
import { Misfit } from "./misfit.js";
import type { NumberValue } from "./number-value.js";
import {
  bigintType,
  binaryType,
  booleanType,
  decimalType,
  enumType,
  integerType,
  numberType,
  stringType,
  uuidType,
  versionType,
} from "./scalar-types.js";
import { datetimeType, timestampType } from "./time-types.js";

/** A type without a name yet: what a model is called is known only later. */
const unnamed = { model: "a type" };

function invalid(problem: string): InvalidModel {
  return new InvalidModel(`${problem}.`, unnamed);
}

function settingsOf(column: AnyColumn | undefined, owner: string): AnyColumn["settings"] {
  const settings = column?.settings;
  if (settings?.mistake !== undefined) throw invalid(`${owner}: ${settings.mistake}`);
  if (settings !== undefined) return settings;
  throw invalid(`${owner} needs a type such as t.string(), not ${describeValue(column)}`);
}

function elementType<C extends AnyColumn>(column: C, owner: string): AttributeType<ValueOf<C>> {
  const settings = settingsOf(column, owner);
  const modifier = modifierOf(settings);
  if (modifier !== undefined || settings.isOptional) {
    throw invalid(
      `${modifier ?? ".optional()"} can't be used inside ${owner}: put it on the column itself`,
    );
  }
  return validated(settings.type, settings.validators) as AttributeType<ValueOf<C>>;
}

/** A modifier that only an item's own attributes can have. */
function modifierOf(settings: AnyColumn["settings"]): string | undefined {
  const { role } = settings;
  if (role !== "none") return role === "hash" ? ".hashKey()" : ".rangeKey()";
  if (settings.attribute !== undefined) return ".as()";
  const hasDefault = settings.makeDefault !== undefined || settings.fixedDefault !== undefined;
  if (hasDefault) return ".default()";
  if (settings.onUpdate !== undefined) return ".onUpdate()";
  if (settings.isTtl) return ".ttl()";
  return settings.isVersion ? "t.version()" : undefined;
}

/** A type whose values are also checked by the user's validators. */
function validated(
  type: AttributeType,
  validators: AnyColumn["settings"]["validators"],
): AttributeType {
  if (validators.length === 0) return type;
  return Object.freeze<AttributeType>({
    ...type,
    encode(value) {
      const wire = type.encode(value);
      for (const validator of validators) {
        const problem = validator(value);
        if (problem !== undefined) throw new Misfit(problem);
      }
      return wire;
    },
  });
}

function membersOf(columns: Columns): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const [name, column] of Object.entries(columns)) {
    const member = `the member ${describeValue(name)} of a map`;
    const settings = settingsOf(column, member);
    const modifier = modifierOf(settings);
    if (modifier !== undefined) {
      throw invalid(`${modifier} can't be used on ${member}: only .optional() and .validate() can`);
    }
    if (name === "") throw invalid("A member of a map needs a name");
    const type = validated(settings.type, settings.validators);
    members.set(name, Object.freeze({ type, isRequired: !settings.isOptional }));
  }
  return members;
}

function enumOf<T extends string>(options: readonly T[]): AttributeType<T> {
  if (options.length === 0) throw invalid("t.enum() needs at least one text");
  for (const option of options) {
    if (typeof option !== "string") {
      throw invalid(`t.enum() takes texts, not ${describeValue(option)}`);
    }
  }
  return enumType(options);
}

const wireTypes: ReadonlySet<unknown> = new Set<keyof WireValues>([
  "S",
  "N",
  "B",
  "BOOL",
  "SS",
  "NS",
  "BS",
]);

function customOf<T, W extends keyof WireValues>(type: CustomType<T, W>): AttributeType<T> {
  if (!wireTypes.has(type?.wire)) {
    const known = [...wireTypes].join(", ");
    throw invalid(
      `t.custom() needs a wire type, one of ${known}, not ${describeValue(type?.wire)}`,
    );
  }
  for (const part of ["encode", "decode"] as const) {
    if (typeof type[part] !== "function") throw invalid(`t.custom() needs a function ${part}`);
  }
  return customType(type);
}

/** Sets hold text, numbers or bytes. */
type SetElement<C extends ElementColumn> = [ValueOf<C>] extends [
  boolean | ReadonlySet<unknown> | readonly unknown[],
]
  ? never
  : C;

/** The types of columns; each call makes a column to which modifiers can be added. */
export const t = Object.freeze({
  /** Text. The empty text is a value, but not in a key. */
  string: (): Column<string> => columnOf(stringType),
  /** A UUID as text, kept as it was written. */
  uuid: (): Column<string> => columnOf(uuidType),
  boolean: (): Column<boolean> => columnOf(booleanType),
  /** A whole number that JavaScript holds exactly: up to 2^53 − 1 in size. */
  integer: (): Column<number> => columnOf(integerType),
  /** A finite number. A stored one that JavaScript can't hold exactly throws when it is read; it is never rounded. */
  number: (): Column<number> => columnOf(numberType),
  /** A whole number of up to 38 digits. */
  bigint: (): Column<bigint> => columnOf(bigintType),
  /** An exact decimal number of up to 38 digits, as lib-dynamodb's `NumberValue`. */
  decimal: (): Column<NumberValue> => columnOf(decimalType),
  /** A Date, stored as ISO 8601 text in UTC with milliseconds, which sorts as time does. */
  datetime: (): Column<Date> => columnOf(datetimeType),
  /** A Date, stored as whole seconds since 1970, as `.ttl()` needs it. */
  timestamp: (): Column<Date> => columnOf(timestampType),
  binary: (): Column<Uint8Array> => columnOf(binaryType),
  /** One of the given texts. */
  enum: <const T extends readonly [string, ...string[]]>(...options: T): Column<T[number]> =>
    columnOf(enumOf<T[number]>(options)),
  /** A set of texts, numbers or bytes. An empty one is stored as nothing. */
  set: <C extends ElementColumn>(element: SetElement<C>): Column<Set<ValueOf<C>>> => {
    const type = elementType(element, "t.set()");
    if (!isSetElement(type as AttributeType)) {
      throw invalid(`t.set() holds text, numbers or bytes, not ${type.name}: use t.list()`);
    }
    return columnOf(setType(type));
  },
  /** A list whose elements are of one type. */
  list: <C extends ElementColumn>(element: C): Column<ValueOf<C>[]> =>
    columnOf(listType(elementType(element, "t.list()"))),
  /** A map with the given members. Others that a stored map has are kept, but not shown. */
  map: <const C extends MemberColumns>(members: C): Column<MapValue<C>> =>
    // The members' types are what MapValue says of them.
    columnOf(mapType(membersOf(members)) as unknown as AttributeType<MapValue<C>>),
  /** A map with any names, whose values are of one type. */
  record: <C extends ElementColumn>(element: C): Column<Record<string, ValueOf<C>>> =>
    columnOf(recordType(elementType(element, "t.record()"))),
  /** A document without a schema: whatever lib-dynamodb would marshall. */
  any(): Column<unknown> {
    return columnOf(anyType);
  },
  /** A counter of the item's writes: each write demands the loaded one and stores the next. */
  version: () =>
    columnOf(versionType, { isVersion: true }) as unknown as Column<number, "none", "defaulted">,
  /** A type of your own, stored as text, number, bytes, boolean or set. */
  custom: <T, W extends keyof WireValues>(type: CustomType<T, W>): Column<T> =>
    columnOf(customOf(type)),
});
