import { builtinModule } from "../builtin-module.js";

/** Eight tables of 256 entries: eight bytes a step, about four times as fast as one. Made when needed. */
let tables: Tables | undefined;

type Crc32 = (bytes: Uint8Array) => number;

let builtIn: Crc32 | undefined;
let isAsked = false;

/**
 * The CRC-32 of IEEE 802.3, as the service computes it over each answer, as an unsigned number. Where
 * the runtime has its own, that one is about ten times as fast.
 */
export function crc32(bytes: Uint8Array): number {
  if (!isAsked) {
    isAsked = true;
    builtIn = (builtinModule("zlib") as { crc32?: Crc32 } | undefined)?.crc32;
  }
  return builtIn === undefined ? computedCrc32(bytes) : builtIn(bytes);
}

/** @internal for runtimes without one of their own. */
export function computedCrc32(bytes: Uint8Array): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  const { length } = bytes;
  let crc = -1;
  let at = 0;
  for (const last = length - 8; at <= last; at += 8) {
    const low = crc ^ fourAt(bytes, at);
    const high = fourAt(bytes, at + 4);
    crc =
      entry(t7, low & 255) ^
      entry(t6, (low >>> 8) & 255) ^
      entry(t5, (low >>> 16) & 255) ^
      entry(t4, low >>> 24) ^
      entry(t3, high & 255) ^
      entry(t2, (high >>> 8) & 255) ^
      entry(t1, (high >>> 16) & 255) ^
      entry(t0, high >>> 24);
  }
  for (; at < length; at++) crc = entry(t0, (crc ^ (bytes[at] as number)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

type Tables = [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function entry(table: Int32Array, at: number): number {
  return table[at] as number;
}

function fourAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function makeTables(): Tables {
  const first = new Int32Array(256).map((_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let n = 1; n < 8; n++) {
    const before = all[n - 1] as Int32Array;
    all.push(before.map((crc) => entry(first, crc & 255) ^ (crc >>> 8)));
  }
  return all as Tables;
}
