import fc from "fast-check";
import { isPlainObject } from "../../src/schema/plain-object.js";
import { getOwn } from "../../src/schema/wire.js";
import { bytes, documents, names, objectOf } from "../unit/schema/documents.js";

/** Values of a type, and values that a program might make of one by a few changes. */
export interface Variety {
  readonly fresh: fc.Arbitrary<unknown>;
  vary(value: unknown): fc.Arbitrary<unknown>;
}

type Entries = readonly (readonly [string, unknown])[];

export function scalar(fresh: fc.Arbitrary<unknown>): Variety {
  return { fresh, vary: () => fresh };
}

/** Elements are kept, dropped, changed, or get another before them; others follow at the end. */
export function listOf(element: Variety): Variety {
  const fresh = fc.array(element.fresh, { maxLength: 5 });
  return {
    fresh,
    vary(value) {
      const edited = (value as readonly unknown[]).map((each) =>
        fc.oneof(
          { weight: 5, arbitrary: fc.constant([each]) },
          { weight: 1, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: element.vary(each).map((other) => [other]) },
          { weight: 1, arbitrary: element.fresh.map((other) => [other, each]) },
        ),
      );
      const tail = fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(element.fresh, { maxLength: 2 }) },
      );
      return fc.tuple(fc.tuple(...edited), tail).map(([kept, added]) => [...kept.flat(), ...added]);
    },
  };
}

/** A map of declared members; those that are `optional` may be left out. */
export function mapOf(members: Readonly<Record<string, Variety>>): Variety {
  const each = Object.entries(members);
  const build = (values: readonly fc.Arbitrary<unknown>[]) =>
    fc
      .tuple(...values)
      .map((found) => each.map(([name], at) => [name, found[at]] as const))
      .map((entries) => objectOf(entries.filter(([, value]) => value !== undefined)));
  return {
    fresh: build(each.map(([, { fresh }]) => fresh)),
    vary: (value) =>
      build(
        each.map(([name, variety]) =>
          varied(variety, getOwn(value as Record<string, unknown>, name)),
        ),
      ),
  };
}

/** An open map: members are kept, changed and dropped, and others come. */
export function recordOf(member: Variety): Variety {
  const entries = fc.array(fc.tuple(names, member.fresh), { maxLength: 4 });
  return {
    fresh: entries.map(objectOf),
    vary(value) {
      const edited = Object.entries(value as object).map(([name, each]) =>
        fc.oneof(
          { weight: 3, arbitrary: fc.constant([[name, each]]) },
          { weight: 1, arbitrary: fc.constant([]) },
          { weight: 1, arbitrary: member.vary(each).map((other) => [[name, other]]) },
        ),
      );
      const added = fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, entries);
      return fc
        .tuple(fc.tuple(...edited), added)
        .map(([kept, more]) => objectOf([...(kept.flat() as Entries), ...more]));
    },
  };
}

/** A set loses members, gains some, both, or all of them go. */
export function setOf(member: fc.Arbitrary<unknown>): Variety {
  const added = fc.array(member, { maxLength: 3 });
  return {
    fresh: fc.array(member, { minLength: 1, maxLength: 4 }).map((each) => new Set(each)),
    vary: (value) => {
      const members = [...(value as Set<unknown>)];
      const kept = fc.oneof(fc.constant(members), fc.constant([]), fc.subarray(members));
      return fc.tuple(kept, added).map(([left, more]) => new Set([...left, ...more]));
    },
  };
}

export function optional(variety: Variety): Variety {
  return {
    fresh: fc.option(variety.fresh, { nil: undefined, freq: 3 }),
    vary: (value) =>
      value === undefined
        ? fc.option(variety.fresh, { nil: undefined })
        : fc.option(variety.vary(value), { nil: undefined, freq: 4 }),
  };
}

/** A document without a schema keeps its shape or takes another. */
export const anything: Variety = {
  fresh: documents,
  vary(value) {
    if (Array.isArray(value)) return fc.oneof(listOf(anything).vary(value), documents);
    if (isPlainObject(value)) return fc.oneof(recordOf(anything).vary(value), documents);
    if (value instanceof Set) return fc.oneof(fc.constant(value), documents);
    return documents;
  },
};

export const binary: Variety = scalar(bytes);

/** Half of all values stay. */
function varied(variety: Variety, value: unknown): fc.Arbitrary<unknown> {
  return fc.oneof(fc.constant(value), variety.vary(value));
}

/** Two values of which the second is either unlike the first or made of it by a few changes. */
export function pairOf(variety: Variety): fc.Arbitrary<[unknown, unknown]> {
  return variety.fresh.chain((before) =>
    fc.tuple(
      fc.constant(before),
      fc.oneof(
        { weight: 1, arbitrary: variety.fresh },
        { weight: 4, arbitrary: variety.vary(before) },
      ),
    ),
  );
}
