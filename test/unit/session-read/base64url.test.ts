import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "../../../src/session/read/base64url.js";
import { property } from "../../support/property.js";

describe("base64url", () => {
  property("writes what Node writes, and reads it back", [fc.uint8Array()], (bytes) => {
    const text = toBase64Url(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64url"));
    expect(fromBase64Url(text)).toEqual(bytes);
  });

  property("reads only what it would write", [fc.string({ unit: "grapheme" })], (text) => {
    const bytes = fromBase64Url(text);
    if (bytes !== undefined) expect(toBase64Url(bytes)).toBe(text);
  });

  it.each([
    ["padding", "AA=="],
    ["the other alphabet", "-+/_"],
    ["white space", "AA A"],
    ["a letter too many", "AAAAA"],
    ["bits that stand for nothing", "AB"],
    ["letters of no alphabet", "ÄÄ"],
    ["a character of two units", "😀A"],
  ])("refuses %s", (_, text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});
