import { crc32 as expected } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { computedCrc32, crc32 } from "../../../../src/session/aws/crc32.js";
import { fcOptions } from "../../../support/property.js";

it.each([crc32, computedCrc32])("gives the published check value", (crc32) => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

it.each([crc32, computedCrc32])("agrees with zlib for bytes of any length", (crc32) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32(bytes) === expected(bytes)),
    fcOptions(),
  );
});
