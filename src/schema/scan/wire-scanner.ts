import type { FlatItem } from "../flat.js";
import type { AttributeValue, WireItem } from "../wire.js";
import { isOfNumber, sign, unexpected } from "./sign.js";
import { type DecodeBase64, itemToBytes, toBytes } from "./wire-bytes.js";

/** Bytes of which parts can be made text: as much of Node's Buffer as is used. */
export interface TextBytes {
  readonly length: number;
  readonly [at: number]: number;
  toString(encoding: "latin1" | "utf8", start?: number, end?: number): string;
}

const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * V8 copies a slice of a text that is this short, and lets a longer one hold on to all of the text: one
 * item would keep its page of a megabyte in memory.
 */
const maxCopied = 12;

/** Texts up to this length are kept for the next time they come: items of one table repeat themselves. */
const maxKept = 48;

/** How many are kept; a power of two. */
const keptTexts = 512;

/** Of as many digits each number is exact. */
const maxDigits = 15;

const powersOfTen = Array.from({ length: maxDigits }, (_, power) => Number(`1e${power}`));

/** What a byte of a string is, other than text of ASCII. */
const [ends, forbidden, escaping, foreign] = [1, 2, 4, 8];
const kinds = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code === sign.quote) return ends;
  if (code === sign.backslash) return escaping;
  if (code < 0x20) return forbidden;
  return code < 0x80 ? 0 : foreign;
});

/** How deep JSON may be; DynamoDB's own limit is 32 levels of values, each of two levels of JSON. */
const maxDepth = 100;

/**
 * Walks through the JSON of an answer's items, byte by byte, and gives their values without making the
 * objects that `JSON.parse` makes of them. It takes compact JSON only, as the service writes it, and
 * accepts nothing that `JSON.parse` refuses: whatever else it meets, it throws `unexpected`.
 */
export class WireScanner {
  /** Where the scan stands. */
  at = 0;
  readonly #bytes: TextBytes;
  /** Each byte as a character: right where the text is ASCII. */
  readonly #text: string;
  readonly #decode: DecodeBase64;
  readonly #kept: (string | undefined)[] = new Array(keptTexts).fill(undefined);
  /** Where in the text each of them stands. */
  readonly #keptFrom = new Int32Array(keptTexts);
  /** The flat item that is being read. */
  readonly held: unknown[] = [];
  #heldCount = 0;

  constructor(bytes: TextBytes, decode: DecodeBase64) {
    this.#bytes = bytes;
    this.#text = bytes.toString("latin1");
    this.#decode = decode;
  }

  /** Where `held` ends. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** Begins a flat item of so many slots, all `undefined`. */
  beginItem(slots: number): void {
    this.#heldCount = 0;
    this.reserve(slots);
  }

  /** The whole item, without room to spare. */
  endItem(): FlatItem {
    return this.held.slice(0, this.#heldCount);
  }

  /** Goes back to where a value begins that is to be read in another way, and forgets what was held of it. */
  rewind(at: number, heldCount: number): void {
    this.at = at;
    this.#heldCount = heldCount;
  }

  /** Where `held` has room for so many more, all `undefined`. */
  reserve(count: number): number {
    const from = this.#heldCount;
    this.#heldCount += count;
    for (let at = from; at < this.#heldCount; at++) this.held[at] = undefined;
    return from;
  }

  /** Puts one more behind what is held, and tells its place. */
  hold(value: unknown): number {
    const at = this.#heldCount;
    this.held[at] = value;
    this.#heldCount = at + 1;
    return at;
  }

  get isAtEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  /** Steps over one sign. */
  take(code: number): void {
    if (this.#bytes[this.at] !== code) throw unexpected;
    this.at += 1;
  }

  /** Steps over the sign if it stands here. */
  has(code: number): boolean {
    if (this.#bytes[this.at] !== code) return false;
    this.at += 1;
    return true;
  }

  /** Between two members, or after the last one: whether another follows. */
  hasMore(close: number): boolean {
    const code = this.#bytes[this.at];
    this.at += 1;
    if (code === sign.comma) return true;
    if (code === close) return false;
    throw unexpected;
  }

  /** Steps over these bytes if they stand here. */
  hasAll(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const { at } = this;
    const { length } = expected;
    // From the end: names that begin alike are told apart at once.
    for (let offset = length - 1; offset >= 0; offset--) {
      if (bytes[at + offset] !== expected[offset]) return false;
    }
    this.at = at + length;
    return true;
  }

  /** A string with its quotes. */
  string(): string {
    this.take(sign.quote);
    const bytes = this.#bytes;
    const { length } = bytes;
    const start = this.at;
    let seen = 0;
    let end = start;
    // Most bytes are nothing but text: one look-up tells all that they are not.
    for (; end < length; end++) {
      const kind = kinds[bytes[end] as number] as number;
      if (kind === 0) continue;
      if (kind === ends) break;
      if (kind === forbidden) throw unexpected;
      seen |= kind;
      if (kind === escaping) end += 1;
    }
    if (end >= length) throw unexpected;
    this.at = end + 1;
    const isAscii = (seen & foreign) === 0;
    if ((seen & escaping) !== 0) {
      // Of ASCII, the text is at hand; anything else is decoded first.
      return (
        isAscii ? parse(this.#text.slice(start - 1, this.at)) : this.#parse(start - 1, this.at)
      ) as string;
    }
    if (!isAscii) return bytes.toString("utf8", start, end);
    return end - start <= maxKept ? this.#known(start, end) : bytes.toString("latin1", start, end);
  }

  /** A short ASCII text: the string of the one before that was the same, or another. */
  #known(start: number, end: number): string {
    const bytes = this.#bytes;
    const length = end - start;
    if (length === 0) return "";
    const last = bytes[end - 1] as number;
    const middle = bytes[start + (length >> 1)] as number;
    const place =
      (length * 61 + last * 31 + middle * 7 + (bytes[start] as number)) & (keptTexts - 1);
    const kept = this.#kept[place];
    if (kept !== undefined && kept.length === length) {
      const from = this.#keptFrom[place] as number;
      let at = 0;
      while (at < length && bytes[from + at] === bytes[start + at]) at += 1;
      if (at === length) return kept;
    }
    const text =
      length <= maxCopied ? this.#text.slice(start, end) : bytes.toString("latin1", start, end);
    this.#kept[place] = text;
    this.#keptFrom[place] = start;
    return text;
  }

  /** The text of a value of this type. */
  text(type: "S" | "N"): string {
    this.open(type);
    const text = this.string();
    this.take(sign.closeMap);
    return text;
  }

  /**
   * The number of a value `{"N":"1.5"}`, where it has so few digits that one division gives it exactly,
   * and is written as the service does; any other's text.
   */
  number(): number | string {
    this.open("N");
    const bytes = this.#bytes;
    const start = this.at;
    const isNegative = bytes[start + 1] === sign.minus;
    const first = isNegative ? start + 2 : start + 1;
    let value = 0;
    let end = first;
    let point = -1;
    for (; ; end++) {
      const code = bytes[end] as number;
      if (code >= 0x30 && code <= 0x39) value = value * 10 + (code - 0x30);
      else if (code === sign.point && point === -1) point = end;
      else break;
    }
    const whole = (point === -1 ? end : point) - first;
    const fraction = point === -1 ? 0 : end - point - 1;
    if (
      bytes[start] === sign.quote &&
      bytes[end] === sign.quote &&
      whole > 0 &&
      whole + fraction <= maxDigits &&
      // A zero neither before other digits nor after the last, and no zero below zero.
      (whole === 1 || bytes[first] !== sign.zero) &&
      (point === -1 || bytes[end - 1] !== sign.zero) &&
      (value !== 0 || (!isNegative && point === -1))
    ) {
      this.at = end + 1;
      this.take(sign.closeMap);
      const found = value / (powersOfTen[fraction] as number);
      return isNegative ? -found : found;
    }
    const text = this.string();
    this.take(sign.closeMap);
    return text;
  }

  /** Steps over the beginning of a value of this type: `{"S":`. */
  open(type: "S" | "N" | "L" | "M"): void {
    const bytes = this.#bytes;
    const { at } = this;
    if (
      bytes[at] !== sign.openMap ||
      bytes[at + 1] !== sign.quote ||
      bytes[at + 2] !== type.charCodeAt(0) ||
      bytes[at + 3] !== sign.quote ||
      bytes[at + 4] !== sign.colon
    ) {
      throw unexpected;
    }
    this.at = at + 5;
  }

  /** A value of any type, as `JSON.parse` and the SDK give it. */
  wire(): AttributeValue {
    const value = this.json() as AttributeValue;
    toBytes(value, this.#decode);
    return value;
  }

  /** The whole item that begins at this place. */
  itemAt(start: number): WireItem {
    this.at = start;
    // Its values may be as deep as when they were read one by one: what was scanned once can be again.
    const item = this.json(-1) as WireItem;
    itemToBytes(item, this.#decode);
    return item;
  }

  /** Whatever JSON stands here. */
  json(depth = 0): unknown {
    const start = this.at;
    this.skip(depth);
    return this.#parse(start, this.at);
  }

  /** Steps over any JSON but `null`, which the SDK leaves out, and the service doesn't write. */
  skip(depth = 0): void {
    if (depth > maxDepth) throw unexpected;
    const code = this.#bytes[this.at];
    if (code === sign.quote) {
      this.string();
    } else if (code === sign.openMap) {
      this.at += 1;
      if (this.has(sign.closeMap)) return;
      do {
        this.string();
        this.take(sign.colon);
        this.skip(depth + 1);
      } while (this.hasMore(sign.closeMap));
    } else if (code === sign.openList) {
      this.at += 1;
      if (this.has(sign.closeList)) return;
      do this.skip(depth + 1);
      while (this.hasMore(sign.closeList));
    } else if (!this.hasAll(yes) && !this.hasAll(no)) {
      this.#skipNumber();
    }
  }

  #skipNumber(): void {
    const start = this.at;
    while (isOfNumber(this.#bytes[this.at])) this.at += 1;
    if (!isNumber.test(this.#text.slice(start, this.at))) throw unexpected;
  }

  #parse(start: number, end: number): unknown {
    return parse(this.#bytes.toString("utf8", start, end));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected;
  }
}

const yes = new TextEncoder().encode("true");
const no = new TextEncoder().encode("false");
