import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Misfit } from "../../../src/schema/misfit.js";
import { t } from "../../../src/schema/types.js";
import { property } from "../../support/property.js";
import { typeOf } from "./type-of.js";

const datetime = typeOf(t.datetime());
const timestamp = typeOf(t.timestamp());
const zone = process.env["TZ"];

afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

const storable = fc.date({
  min: new Date("0000-01-01T00:00:00.000Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

describe("a datetime", () => {
  it("is stored as ISO text in UTC, of one width", () => {
    const text = (iso: string) => datetime.encode(new Date(iso));
    expect(text("2015-07-19T12:00:00+02:00")).toEqual({ S: "2015-07-19T10:00:00.000Z" });
    expect(text("0000-01-01T00:00:00Z")).toEqual({ S: "0000-01-01T00:00:00.000Z" });
    expect(text("9999-12-31T23:59:59.999Z")).toEqual({ S: "9999-12-31T23:59:59.999Z" });
  });

  property("sorts as time does", [storable, storable], (a, b) => {
    const [left, right] = [datetime.encode(a), datetime.encode(b)] as { S: string }[];
    expect(Math.sign(a.getTime() - b.getTime())).toBe(
      left?.S === right?.S ? 0 : (left?.S as string) < (right?.S as string) ? -1 : 1,
    );
  });

  property("survives", [storable], (date) => {
    const read = datetime.decode(datetime.encode(date) as { S: string });
    expect(read).toEqual(date);
    expect(datetime.equals(read, date)).toBe(true);
  });

  it.each([
    new Date("-000001-12-31T23:59:59.999Z"),
    new Date("+010000-01-01T00:00:00.000Z"),
    new Date(Number.NaN),
    "2015-07-19T10:00:00.000Z",
    0,
    null,
    {},
  ])("refuses %o", (value) => {
    expect(() => datetime.encode(value as Date)).toThrow(Misfit);
  });

  it.each([
    ["2015-07-19T10:00:00.000Z", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10:00:00Z", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10:00Z", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10:00:00.5Z", "2015-07-19T10:00:00.500Z"],
    ["2015-07-19T10:00:00.123456Z", "2015-07-19T10:00:00.123Z"],
    ["2015-07-19T12:00:00+02:00", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T12:00:00+0200", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T05:00:00-05", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10:00:00.000000+00:00", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19 10:00:00", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10:00:00", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19T10", "2015-07-19T10:00:00.000Z"],
    ["20150719T100000Z", "2015-07-19T10:00:00.000Z"],
    ["2015-07-19", "2015-07-19T00:00:00.000Z"],
    ["20150719", "2015-07-19T00:00:00.000Z"],
    ["2015-07", "2015-07-01T00:00:00.000Z"],
    ["2015", "2015-01-01T00:00:00.000Z"],
    ["2015-W29-7", "2015-07-19T00:00:00.000Z"],
    ["2015-200", "2015-07-19T00:00:00.000Z"],
    ["2015-07-19T24:00:00.000Z", "2015-07-20T00:00:00.000Z"],
  ])("reads %s, wherever the program runs", (text, iso) => {
    for (const place of ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]) {
      process.env["TZ"] = place;
      expect(datetime.decode({ S: text }).toISOString()).toBe(iso);
    }
  });

  it("reads times that a local clock skips", () => {
    process.env["TZ"] = "America/New_York";
    expect(datetime.decode({ S: "2024-03-10T02:30:00" }).toISOString()).toBe(
      "2024-03-10T02:30:00.000Z",
    );
  });

  it.each([
    "",
    "yesterday",
    "2015-13-01",
    "2015-02-30",
    "2021-02-30T00:00:00.000Z",
    "2021-04-31T00:00:00.000Z",
    "2021-01-32T00:00:00.000Z",
    "2021-01-01T25:00:00.000Z",
    "10:00:00",
    "1437300000",
  ])("doesn't read %j", (text) => {
    expect(() => datetime.decode({ S: text })).toThrow(Misfit);
  });

  it("is equal by time, also when it was changed in place", () => {
    const date = new Date(0);
    const copy = datetime.copy(date);
    expect(copy).not.toBe(date);
    expect(datetime.equals(date, copy)).toBe(true);
    date.setUTCDate(2);
    expect(datetime.equals(date, copy)).toBe(false);
    expect(copy.getTime()).toBe(0);
  });

  it("is no equal of an invalid one", () => {
    expect(datetime.equals(new Date(Number.NaN), new Date(Number.NaN))).toBe(false);
  });
});

describe("a datetime in another form", () => {
  const text = "2015-07-19T12:00:00+02:00";

  it("is written as it was found, until it is changed", () => {
    const date = datetime.decode({ S: text });
    expect(datetime.encode(date)).toEqual({ S: text });
    expect(datetime.encode(datetime.copy(date))).toEqual({ S: text });
    date.setUTCHours(11);
    expect(datetime.encode(date)).toEqual({ S: "2015-07-19T11:00:00.000Z" });
    expect(datetime.encode(datetime.copy(date))).toEqual({ S: "2015-07-19T11:00:00.000Z" });
  });

  it("is equal to the same time in the usual form", () => {
    expect(datetime.equals(datetime.decode({ S: text }), new Date(text))).toBe(true);
  });

  it("shows nothing of that", () => {
    const date = datetime.decode({ S: text });
    expect(Object.keys(date)).toEqual([]);
    expect({ ...date }).toEqual({});
    expect(structuredClone(date)).toEqual(new Date(text));
    expect(datetime.encode(new Date(date))).toEqual({ S: "2015-07-19T10:00:00.000Z" });
  });

  it("doesn't bring its text into a column of another type", () => {
    expect(timestamp.encode(datetime.decode({ S: text }))).toEqual({ N: "1437300000" });
    expect(datetime.encode(timestamp.decode({ N: "1.5" }))).toEqual({
      S: "1970-01-01T00:00:01.500Z",
    });
  });
});

describe("a timestamp", () => {
  it("is stored as whole seconds, fractions cut off", () => {
    expect(timestamp.encode(new Date(1_500))).toEqual({ N: "1" });
    expect(timestamp.encode(new Date(-1))).toEqual({ N: "-1" });
    expect(timestamp.encode(new Date(0))).toEqual({ N: "0" });
  });

  it("reads seconds, also with fractions, and writes them as it found them", () => {
    expect(timestamp.decode({ N: "10" })).toEqual(new Date(10_000));
    const date = timestamp.decode({ N: "1.5" });
    expect(date).toEqual(new Date(1_500));
    expect(timestamp.encode(timestamp.copy(date))).toEqual({ N: "1.5" });
  });

  it("is equal within one second, as it is stored", () => {
    expect(timestamp.equals(new Date(1_000), new Date(1_999))).toBe(true);
    expect(timestamp.equals(new Date(1_999), new Date(2_000))).toBe(false);
    expect(timestamp.equals(new Date(Number.NaN), new Date(Number.NaN))).toBe(false);
  });

  it.each([{ S: "10" }, { N: "1E20" }, { N: "99999999999999999999.5" }, { NULL: true as const }])(
    "doesn't read %o",
    (wire) => {
      expect(() => timestamp.decode(wire)).toThrow(Misfit);
    },
  );

  it.each([new Date(Number.NaN), 10, "10", null])("refuses %o", (value) => {
    expect(() => timestamp.encode(value as Date)).toThrow(Misfit);
  });
});
