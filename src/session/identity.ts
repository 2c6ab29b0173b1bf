import { canonicalText } from "../schema/canonical.js";
import { idPart, type Key } from "../schema/key.js";
import type { ColumnSpec } from "../schema/table.js";

/** Ends the table's name, in which it can't be; a slash can, since an ARN is taken for a name. */
const nameEnd = "\n";

/**
 * The identity of an item: table and key as one collision-free text. Joined, it is kept as one piece, and
 * not as a tree of all that it was made of.
 */
export function identityOf(tableName: string, key: Pick<Key, "id">): string {
  return [tableName, key.id].join(nameEnd);
}

/**
 * An identity in two parts. Thousands of rows share their item collection (a table's items with one hash
 * key) and have, as a text, what tells them apart in it: of most rows no text need be made.
 */
export interface Place {
  /** The table's name, and the hash key's part of the identity; without a range key, the table's name alone. */
  readonly collection: string;
  /** The key's last part: a text as it is, anything else marked, so that neither is taken for the other. */
  readonly member: string;
}

/** Begins the members that aren't texts as they are stored. */
const marker = "\0";

/** What `idPart` makes of a value, as a member. */
export function memberOf(column: ColumnSpec, value: unknown): string {
  return typeof value === "string" && column.type.isScalar && !value.startsWith(marker)
    ? value
    : memberOfPart(idPart(column, value));
}

function memberOfPart(part: string): string {
  if (part.startsWith("S")) {
    const text = part.slice(part.indexOf(":") + 1);
    if (!text.startsWith(marker)) return text;
  }
  return marker + part;
}

/** The two parts of an identity. */
export function placeOf(identity: string): Place {
  const first = identity.indexOf(nameEnd) + 1;
  // Each part of a key begins with its type and its length: `S5:hello`.
  const begin = identity.indexOf(":", first) + 1;
  const second = begin + Number(identity.slice(first + 1, begin - 1));
  const last = second < identity.length ? second : first;
  if (latest.length !== last || !identity.startsWith(latest)) latest = identity.slice(0, last);
  return { collection: latest, member: memberOfPart(identity.slice(last)) };
}

/** The collection that was met last: it mostly is the next one too, and then the same text does for it. */
let latest = "";

/** The table as the service knows it. */
export function tableNameOf({ collection }: Pick<Place, "collection">): string {
  return collection.slice(0, collection.indexOf(nameEnd));
}

/** The identity of which these are the parts. */
export function identityAt({ collection, member }: Place): string {
  const part = member.startsWith(marker) ? member.slice(marker.length) : canonicalText(member);
  return [collection, part].join("");
}
