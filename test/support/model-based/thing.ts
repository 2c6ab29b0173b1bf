import { model, t } from "dynalchemy";
import type { AttributeValue, WireItem } from "../../../src/schema/wire.js";

const columns = {
  place: t.string().hashKey(),
  id: t.integer().rangeKey(),
  note: t.string().optional(),
  count: t.bigint().default(0n),
  meta: t.map({ author: t.string(), remark: t.string().optional() }).optional(),
  list: t.list(t.string()).optional(),
  tags: t.set(t.string()).optional(),
};

/** What the histories are about: a scalar, a counter, and a document of each kind. */
export class Thing extends model("Thing", columns, { tableName: "Things" }) {}

/** The same with an optimistic lock. */
export class LockedThing extends model(
  "LockedThing",
  { ...columns, version: t.version() },
  { tableName: "LockedThings" },
) {}

export type ThingModel = typeof Thing;

/** What is known of an item, by attribute: an own `undefined` is known to be absent. */
export type Doc = ReadonlyMap<string, unknown>;

export const attributes = ["note", "count", "meta", "list", "tags", "version"] as const;
export type Attribute = (typeof attributes)[number];

export interface Meta {
  author: string;
  remark?: string | undefined;
}

/** Equal texts for values that are stored alike; an empty set is no set. */
export function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof Set) return value.size === 0 ? "–" : `{${[...value].sort().join(" ")}}`;
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `(${members
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${name}:${show(member)}`)
      .join(" ")})`;
  }
  return value === undefined ? "–" : String(value);
}

export const isSame = (a: unknown, b: unknown): boolean => a === b || show(a) === show(b);

export function showDoc(doc: Doc | undefined): string {
  if (doc === undefined) return "nothing";
  return [...attributes]
    .filter((name) => show(doc.get(name)) !== show(undefined))
    .map((name) => `${name}=${show(doc.get(name))}`)
    .join(" ");
}

/** A copy that shares nothing that an object could change in place. */
export function copyOf<T>(value: T): T {
  if (value instanceof Set) return new Set(value) as T;
  if (Array.isArray(value)) return [...value] as T;
  if (typeof value === "object" && value !== null) return { ...value };
  return value;
}

/** An item as the table holds it, decoded without the library. */
export function docOf(item: WireItem | undefined): Doc | undefined {
  if (item === undefined) return undefined;
  return new Map(attributes.map((name) => [name, decode(item[name], name)]));
}

function decode(wire: AttributeValue | undefined, name: string): unknown {
  if (wire === undefined) return undefined;
  if ("S" in wire) return wire.S;
  if ("N" in wire) return name === "count" ? BigInt(wire.N) : Number(wire.N);
  if ("SS" in wire) return new Set(wire.SS);
  if ("L" in wire) return wire.L.map((element) => decode(element, ""));
  if ("M" in wire) {
    return Object.fromEntries(
      Object.entries(wire.M).map(([key, member]) => [key, decode(member, "")]),
    );
  }
  throw new Error(`No column holds ${JSON.stringify(wire)}`);
}
