import { type Doc, showDoc } from "./thing.js";
import type { Write } from "./writes.js";

/** All items of a history, by id; what isn't there has no entry. */
export type Table = ReadonlyMap<number, Doc>;

/** What happened or not at one moment: one of these, each a group of writes that go together. */
export interface Step {
  readonly title: string;
  readonly alternatives: readonly (readonly Write[])[];
}

/** Whether some order of the steps leads from one table to the other, each step's conditions being met in its place. */
export function isSerial(before: Table, after: Table, steps: readonly Step[]): boolean {
  const wanted = showTable(after);
  const seen = new Set<string>();
  const search = (table: Table, left: readonly Step[]): boolean => {
    const text = showTable(table);
    if (left.length === 0) return text === wanted;
    const place = `${left.map(({ title }) => title).join()}|${text}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return left.some(({ alternatives }, at) => {
      const others = left.filter((_, other) => other !== at);
      return alternatives.some((writes) => {
        if (!writes.every((write) => write.guard(table.get(write.id)))) return false;
        return search(applied(table, writes), others);
      });
    });
  };
  return search(before, steps);
}

function applied(table: Table, writes: readonly Write[]): Table {
  if (writes.length === 0) return table;
  const next = new Map(table);
  for (const { id, apply } of writes) {
    const doc = apply(table.get(id));
    if (doc === undefined) next.delete(id);
    else next.set(id, doc);
  }
  return next;
}

export function showTable(table: Table): string {
  return [...table.keys()]
    .sort()
    .map((id) => `${id}: ${showDoc(table.get(id))}`)
    .join("; ");
}
