import { canonicalWire } from "../schema/canonical.js";
import { type AttributeValue, getOwn, type WireItem } from "../schema/wire.js";

/** What requests have of keys: the members of all operations' inputs that hold them. */
interface Keyed {
  readonly Key?: WireItem;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly Key?: WireItem }>>[];
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: WireItem;
}

/**
 * A short text that is the same for the same keys, in whatever order, in each process: it shows in
 * logs that two requests are about one item without showing which. `undefined` for a request that
 * names no key. `keys`: those of a write, since an item that is put doesn't tell which of its
 * attributes are the key.
 *
 * It is no secret: whoever knows all possible keys can hash each.
 */
export function keysHash(input: object, keys?: readonly WireItem[]): string | undefined {
  const found = keys ?? keysIn(input);
  if (found.length === 0) return undefined;
  return shortHash(found.map(keyText).sort().join("\n"));
}

function keysIn(input: Keyed): readonly WireItem[] {
  if (input.Key !== undefined) return [input.Key];
  if (input.RequestItems !== undefined) {
    return Object.values(input.RequestItems).flatMap(
      (request) => (request as { readonly Keys?: readonly WireItem[] }).Keys ?? [],
    );
  }
  if (input.TransactItems !== undefined) {
    return input.TransactItems.flatMap((action) =>
      Object.values(action).flatMap(({ Key }) => (Key === undefined ? [] : [Key])),
    );
  }
  const condition = input.KeyConditionExpression;
  return condition === undefined ? [] : [searched(condition, input.ExpressionAttributeValues)];
}

/** What a key condition asks for; a filter's values, which share the placeholders, are none of it. */
function searched(condition: string, values: WireItem = {}): WireItem {
  const key: WireItem = {};
  for (const [at, name] of (condition.match(/:\w+/g) ?? []).entries()) {
    const value = getOwn(values, name);
    if (value !== undefined) key[at] = value;
  }
  return key;
}

function keyText(key: WireItem): string {
  return Object.keys(key)
    .sort()
    .map((name) => `${name.length}:${name}${canonicalWire(key[name] as AttributeValue)}`)
    .join("");
}

/**
 * FNV-1a over UTF-16 code units, twice with different starts: 64 bits, of which 50 are kept. Made
 * here, as the hashes of `crypto.subtle` come by promise alone, and those of Node on Node alone.
 */
function shortHash(text: string): string {
  let one = 0x811c9dc5;
  let two = 0x01000193;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    two = Math.imul(two ^ code, 0x5bd1e995);
    two ^= two >>> 15;
  }
  return digits(one) + digits(two);
}

const digits = (half: number) => (half >>> 7).toString(32).padStart(5, "0");
