import { InvalidCursor } from "../errors.js";

/** Puts bytes together. A block has its length before it, so that it can't run into the next. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  byte(value: number): void {
    this.raw(Uint8Array.of(value));
  }

  block(bytes: Uint8Array): void {
    // Seven bits a byte, the lowest first; the eighth says that there are more.
    let rest = bytes.length;
    for (; rest > 127; rest >>>= 7) this.byte((rest & 127) | 128);
    this.byte(rest);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Takes bytes apart that may be anything. */
export interface ByteReader {
  readonly isAtEnd: boolean;
  byte(): number;
  block(maxBytes: number): Uint8Array;
}

/** @returns a reader whose methods throw InvalidCursor where the bytes end too soon. */
export function readerOf(bytes: Uint8Array): ByteReader {
  let at = 0;
  const byte = () => {
    const value = bytes[at];
    if (value === undefined) throw truncated();
    at += 1;
    return value;
  };
  return {
    get isAtEnd() {
      return at === bytes.length;
    },
    byte,
    block(maxBytes) {
      const low = byte();
      const length = low < 128 ? low : (low & 127) | (byte() << 7);
      if (length > maxBytes || at + length > bytes.length) throw truncated();
      const block = bytes.subarray(at, at + length);
      at += length;
      return block;
    },
  };
}

function truncated(): InvalidCursor {
  return new InvalidCursor("The cursor is no whole one. Begin without one.");
}
