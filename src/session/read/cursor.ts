import { canonicalWire } from "../../schema/canonical.js";
import { maxHashKeyBytes } from "../../schema/limits.js";
import { numberProblem } from "../../schema/number-text.js";
import type { ColumnSpec } from "../../schema/table.js";
import { type AttributeValue, getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import { builtinModule } from "../builtin-module.js";
import { InvalidCursor } from "../errors.js";
import { fromBase64Url, toBase64Url } from "./base64url.js";
import { type ByteReader, ByteWriter, readerOf } from "./bytes.js";
import { placeColumns, type SearchProps } from "./search-props.js";

/** How far a search, or one segment of it, has come: a key is that of the last item it gave. */
export type Position = "start" | "end" | WireItem;

const version = 1;
const tagBytes = 16;
const kinds = { start: 0, end: 1, key: 2 } as const;
/** No part of a key is longer than a hash key's value, and a number takes some 50 characters. */
const maxPartBytes = maxHashKeyBytes;

/**
 * Writes and reads cursors: where a search stands, as an opaque, URL-safe text. It carries a tag of
 * 128 bits over itself and over what it belongs to (table, index, direction, segments, key
 * condition), so that one that was changed, or is of another search, is found out. With a secret
 * the tag is an HMAC-SHA256, which nobody else can make; without one a SHA-256.
 */
export class CursorCodec {
  readonly #secret: string | undefined;
  readonly #columns: readonly ColumnSpec[];
  readonly #segments: number;
  readonly #belongsTo: string;
  /** The hash key that every key of a query's cursor has. */
  readonly #partition: { readonly attribute: string; readonly value: string } | undefined;

  constructor(props: SearchProps) {
    const { host, key, segments } = props;
    this.#secret = host.cursorSecret;
    this.#columns = placeColumns(props);
    this.#segments = segments;
    this.#belongsTo = bindingOf(props);
    this.#partition = key && {
      attribute: key.hash.column.attribute,
      value: canonicalWire(key.hash.wire),
    };
  }

  /** The cursor of these positions, one for each segment; `undefined` where all have come to the end. */
  async write(positions: readonly Position[]): Promise<string | undefined> {
    if (positions.every((position) => position === "end")) return undefined;
    const body = new ByteWriter();
    for (const position of positions) {
      if (typeof position === "string") body.byte(kinds[position]);
      else {
        body.byte(kinds.key);
        for (const { attribute } of this.#columns) {
          body.block(partBytes(getOwn(position, attribute) as AttributeValue));
        }
      }
    }
    const bytes = body.bytes();
    const cursor = new ByteWriter();
    cursor.byte(version);
    cursor.raw(await this.#tag(bytes));
    cursor.raw(bytes);
    return toBase64Url(cursor.bytes());
  }

  /**
   * The positions of a cursor, the tag checked.
   *
   * @throws {InvalidCursor} INVALID_CURSOR
   */
  async read(cursor: string): Promise<readonly Position[]> {
    const { tag, body, positions } = this.#parse(cursor);
    if (!isEqual(tag, await this.#tag(body))) throw invalid();
    return positions;
  }

  /**
   * The positions of a cursor, checked for form alone: what a request shows before it is sent.
   *
   * @throws {InvalidCursor} INVALID_CURSOR
   */
  peek(cursor: string): readonly Position[] {
    return this.#parse(cursor).positions;
  }

  /**
   * Checks a cursor at once where the runtime can, its tag included; elsewhere its form alone, and the
   * rest when it is read.
   *
   * @throws {InvalidCursor} INVALID_CURSOR
   */
  check(cursor: string): void {
    const { tag, body } = this.#parse(cursor);
    // The web's digests are promises; Node's are not.
    const crypto = builtinModule("crypto") as NodeCrypto | undefined;
    if (crypto === undefined) return;
    const hash =
      this.#secret === undefined
        ? crypto.createHash("sha256")
        : crypto.createHmac("sha256", this.#secret);
    const own = hash.update(this.#tagged(body)).digest().subarray(0, tagBytes);
    if (!isEqual(tag, own)) throw invalid();
  }

  #parse(cursor: string) {
    // Longer than any that could be: not worth reading.
    const maxBytes =
      1 + tagBytes + this.#segments * (1 + this.#columns.length * (2 + maxPartBytes));
    if (cursor.length > Math.ceil((maxBytes * 8) / 6)) throw invalid();
    const bytes = fromBase64Url(cursor);
    if (bytes === undefined || bytes[0] !== version) throw invalid();
    const tag = bytes.subarray(1, 1 + tagBytes);
    const body = bytes.subarray(1 + tagBytes);
    const reader = readerOf(body);
    const positions = Array.from({ length: this.#segments }, () => this.#position(reader));
    if (!reader.isAtEnd) throw invalid();
    return { tag, body, positions };
  }

  #position(reader: ByteReader): Position {
    switch (reader.byte()) {
      case kinds.start:
        return "start";
      case kinds.end:
        return "end";
      case kinds.key:
        return this.#key(reader);
      default:
        throw invalid();
    }
  }

  #key(reader: ByteReader): WireItem {
    const key: WireItem = {};
    for (const column of this.#columns) {
      const value = partOf(column, reader.block(maxPartBytes));
      if (value === undefined) throw invalid();
      setOwn(key, column.attribute, value);
    }
    const { attribute = "", value } = this.#partition ?? {};
    const own = getOwn(key, attribute);
    if (own !== undefined && canonicalWire(own) !== value) throw invalid();
    return key;
  }

  /** What the tag is over. */
  #tagged(body: Uint8Array) {
    const text = new ByteWriter();
    text.block(utf8(this.#belongsTo));
    text.raw(body);
    return text.bytes();
  }

  async #tag(body: Uint8Array): Promise<Uint8Array> {
    const bytes = this.#tagged(body);
    const { subtle } = globalThis.crypto;
    const tag =
      this.#secret === undefined
        ? await subtle.digest("SHA-256", bytes)
        : await subtle.sign("HMAC", await hmacKey(this.#secret), bytes);
    return new Uint8Array(tag, 0, tagBytes);
  }
}

/** What is needed of Node's module. */
interface NodeCrypto {
  createHash(name: string): Hash;
  createHmac(name: string, secret: string): Hash;
}

interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(): Uint8Array;
}

/** What a cursor belongs to, as a text that no two searches share. */
function bindingOf({ host, info, operation, index, key, isDescending, segments }: SearchProps) {
  const parts = [
    operation,
    host.tableName(info),
    index?.name ?? "",
    isDescending ? "descending" : "ascending",
    String(segments),
    ...(key === undefined ? [] : [key.hash.column.attribute, rangeOperator(key.range)]),
    ...(key?.values.map(canonicalWire) ?? []),
  ];
  return parts.map((part) => `${part.length}:${part}`).join("");
}

function rangeOperator(range: NonNullable<SearchProps["key"]>["range"]): string {
  if (range === undefined) return "";
  return range.kind === "comparison" ? range.operator : range.kind;
}

function hmacKey(secret: string): Promise<CryptoKey> {
  const { subtle } = globalThis.crypto;
  return subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** In a time that tells nothing about where they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < b.length; at++) difference |= (a[at] ?? 0) ^ (b[at] as number);
  return difference === 0;
}

function partBytes(value: AttributeValue): Uint8Array {
  if ("S" in value) return utf8(value.S);
  if ("N" in value) return utf8(value.N);
  return (value as { B: Uint8Array }).B;
}

const number = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** `undefined` for bytes that no key of the column has. */
function partOf({ type }: ColumnSpec, bytes: Uint8Array): AttributeValue | undefined {
  if (bytes.length === 0) return undefined;
  if (type.wire === "B") return { B: bytes.slice() };
  let text: string;
  try {
    // A mark at the beginning is part of the text, not a sign of its byte order.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  if (type.wire === "S") return { S: text };
  const isNumber =
    text.length <= maxNumberLength && number.test(text) && numberProblem(text) === undefined;
  return isNumber ? { N: text } : undefined;
}

const maxNumberLength = 100;

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function invalid(): InvalidCursor {
  return new InvalidCursor(
    "The cursor was changed, or belongs to another query: a cursor goes with the table, index, direction and " +
      "key condition that it came from. Begin without one.",
  );
}
