import { parseISO } from "date-fns/parseISO";
import type { AttributeType } from "./attribute-type.js";
import { misfit } from "./misfit.js";
import { exactNumber, storedAs } from "./scalar-types.js";

function timeOf(value: unknown): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime()))
    throw misfit("a valid Date", value);
  return value.getTime();
}

/** Years that ISO 8601 writes with four digits: text of one width sorts as time does. */
const earliest = Date.parse("0000-01-01T00:00:00.000Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

function sameTime(a: Date, b: Date): boolean {
  return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
}

const canonicalForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const hasZone = /(?:Z|[+-]\d\d(?::?\d\d)?)$/;

/** A date and time as text; without a zone it is read as UTC, wherever the program runs. */
function readTime(text: string): Date {
  if (canonicalForm.test(text)) return new Date(text);
  const isDateOnly = !text.includes("T") && !text.includes(" ");
  if (isDateOnly) return parseISO(`${text}T00:00:00Z`);
  return parseISO(hasZone.test(text) ? text : `${text}Z`);
}

/** A Date as ISO 8601 text in UTC with milliseconds, which sorts as time does. */
export const datetimeType: AttributeType<Date> = Object.freeze<AttributeType<Date>>({
  name: "datetime",
  wire: "S",
  isScalar: false,
  encode(value) {
    const time = timeOf(value);
    if (time < earliest || time > latest) {
      throw misfit("a Date in the years 0 to 9999, whose text sorts as time does,", value);
    }
    return { S: value.toISOString() };
  },
  decode(wire) {
    const text = (wire as { S?: string }).S;
    if (text === undefined) throw storedAs("a date as ISO 8601 text", wire);
    const value = readTime(text);
    if (Number.isNaN(value.getTime())) throw storedAs("a date as ISO 8601 text", wire);
    return value;
  },
  equals: sameTime,
  copy: (value) => new Date(value.getTime()),
});

/** A Date as whole seconds since 1970, as DynamoDB's TTL wants it; fractions are cut off. */
export const timestampType: AttributeType<Date> = Object.freeze<AttributeType<Date>>({
  name: "timestamp",
  wire: "N",
  isScalar: false,
  encode: (value) => ({ N: String(Math.floor(timeOf(value) / 1000)) }),
  decode(wire) {
    const text = (wire as { N?: string }).N;
    const seconds = text === undefined ? undefined : exactNumber(text);
    const value = new Date((seconds ?? Number.NaN) * 1000);
    if (Number.isNaN(value.getTime())) throw storedAs("a time as seconds since 1970", wire);
    return value;
  },
  // Within the same second two Dates are stored alike.
  equals: (a, b) =>
    a instanceof Date &&
    b instanceof Date &&
    Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000),
  copy: (value) => new Date(value.getTime()),
});
