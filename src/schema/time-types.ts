import { parseISO } from "date-fns/parseISO";
import type { AttributeType } from "./attribute-type.js";
import { misfit } from "./misfit.js";
import { exactNumber } from "./scalar-types.js";
import { storedAs } from "./stored-as.js";

function timeOf(value: unknown): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw misfit("a valid Date", value);
  }
  return value.getTime();
}

/**
 * Under this symbol a Date keeps how the table writes it, where that isn't how this library would:
 * until it is changed it is written and compared as it was found, so that conditions on it hold.
 */
const found = Symbol("dynalchemy.found");

interface Found {
  readonly wire: "S" | "N";
  readonly text: string;
  readonly time: number;
}

function foundAs(value: Date, wire: "S" | "N", text: string): Date {
  const was: Found = { wire, text, time: value.getTime() };
  Object.defineProperty(value, found, { value: was });
  return value;
}

/** How the table writes a Date that wasn't changed since it was read. */
function asFound(value: Date): Found | undefined {
  const was = (value as { readonly [found]?: Found })[found];
  return was?.time === value.getTime() ? was : undefined;
}

function copyDate(value: Date): Date {
  if (!(value instanceof Date)) return value;
  const copy = new Date(value.getTime());
  const was = asFound(value);
  return was === undefined ? copy : foundAs(copy, was.wire, was.text);
}

/** Years that ISO 8601 writes with four digits: text of one width sorts as time does. */
const earliest = Date.parse("0000-01-01T00:00:00.000Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

const canonicalForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const hasZone = /(?:Z|[+-]\d\d(?::?\d\d)?)$/;

/** A date and time as text; without a zone it is read as UTC, wherever the program runs. */
function readTime(text: string): Date {
  if (canonicalForm.test(text)) {
    const value = new Date(text);
    // Date itself takes a 30th of February for the 2nd of March.
    const isThatDay = value.getUTCDate() === Number(text.slice(8, 10));
    return isThatDay ? value : foundAs(parseISO(text), "S", text);
  }
  const isDateOnly = !text.includes("T") && !text.includes(" ");
  if (isDateOnly) return foundAs(parseISO(`${text}T00:00:00Z`), "S", text);
  return foundAs(parseISO(hasZone.test(text) ? text : `${text}Z`), "S", text);
}

/** A Date as ISO 8601 text in UTC with milliseconds, which sorts as time does. */
export const datetimeType: AttributeType<Date> = Object.freeze<AttributeType<Date>>({
  name: "datetime",
  wire: "S",
  isScalar: false,
  encode(value) {
    const time = timeOf(value);
    const was = asFound(value);
    if (was?.wire === "S") return { S: was.text };
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
  equals: (a, b) => a instanceof Date && b instanceof Date && a.getTime() === b.getTime(),
  copy: copyDate,
});

/** The seconds of a Date, cut to whole ones as DynamoDB's TTL wants them. */
function wholeSeconds(value: Date): number {
  return Math.floor(value.getTime() / 1000);
}

/** A Date as seconds since 1970, as DynamoDB's TTL wants it; fractions are cut off. */
export const timestampType: AttributeType<Date> = Object.freeze<AttributeType<Date>>({
  name: "timestamp",
  wire: "N",
  isScalar: false,
  encode(value) {
    const seconds = Math.floor(timeOf(value) / 1000);
    const was = asFound(value);
    return { N: was?.wire === "N" ? was.text : String(seconds) };
  },
  decode(wire) {
    const text = (wire as { N?: string }).N;
    const seconds = text === undefined ? undefined : exactNumber(text);
    const value = new Date((seconds ?? Number.NaN) * 1000);
    if (Number.isNaN(value.getTime())) throw storedAs("a time as seconds since 1970", wire);
    return Number.isInteger(seconds) ? value : foundAs(value, "N", text as string);
  },
  // Within the same second two Dates are stored alike.
  equals: (a, b) => a instanceof Date && b instanceof Date && wholeSeconds(a) === wholeSeconds(b),
  copy: copyDate,
});
