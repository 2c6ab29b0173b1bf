import { InvalidExpression } from "../expr/errors.js";
import { assertUpdateOfModel } from "../expr/filter.js";
import { Update, type UpdateOf } from "../expr/update.js";
import { InvalidState } from "../model/errors.js";
import { showValue } from "../model/gaps.js";
import { describeValue, InvalidValue } from "../schema/errors.js";
import { describeKey } from "../schema/key.js";
import { combine, copyOf } from "./combine-updates.js";
import type { Tracked } from "./tracked.js";
import { subjectOf } from "./unit-of-work.js";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Whether a property is readonly, as a key and a getter are. */
type IsReadonly<T, K extends keyof T> = Same<Pick<T, K>, Readonly<Pick<T, K>>>;

/** The attributes that can be assigned: neither keys, nor getters, nor methods. */
type Assignable<T, K extends keyof T> = T[K] extends (...args: never[]) => unknown
  ? never
  : IsReadonly<T, K> extends true
    ? never
    : K;

/** What `session.update` takes: values, or updates that the table computes, by attribute; no keys. */
export type UpdateValues<T> = {
  readonly [K in keyof T as Assignable<T, K>]?: T[K] | UpdateOf<T[K]>;
};

/** What `session.move` takes: the key's parts, which are readonly. */
export type KeyParts<T> = {
  readonly [K in keyof T & string as IsReadonly<T, K> extends true ? K : never]?: T[K];
};

/**
 * Assigns values to an object, and keeps updates for the flush.
 *
 * @throws {InvalidValue} INVALID_VALUE for an attribute that the model hasn't.
 * @throws {InvalidExpression} INVALID_EXPRESSION for an update of another column or model.
 * @throws {InvalidState} INVALID_STATE for one that can't be joined with an earlier one.
 */
export function assign(tracked: Tracked, values: object): void {
  const { state } = tracked;
  const { table, name: model } = state.info;
  const entries = Object.entries(values);
  const updates = new Map<string, Update>();
  for (const [name, value] of entries) {
    const column = table.byName.get(name);
    if (column === undefined) {
      throw new InvalidValue(
        `${model} has no column ${describeValue(name)}: declare it, or leave it out.`,
        {
          model,
          attribute: name,
        },
      );
    }
    if (value instanceof Update) {
      assertFits(tracked, name, value);
      updates.set(name, joinEarlier(tracked, name, value));
    }
  }
  for (const [name, value] of entries) {
    const update = updates.get(name);
    if (update !== undefined) {
      tracked.assignments ??= new Map();
      tracked.assignments.set(name, update);
    } else {
      tracked.assignments?.delete(name);
      showValue(state, name, value);
    }
  }
}

/** An update counts each time that it is given, beside those that wait for the flush already. */
function joinEarlier(tracked: Tracked, name: string, given: Update): Update {
  const update = copyOf(given);
  const earlier = tracked.assignments?.get(name);
  const joined = earlier === undefined ? update : combine(earlier, update);
  if (joined !== undefined) return joined;
  throw new InvalidState(
    `${subjectOf(tracked)} is to get ${String(earlier)} and also ${String(given)}, which no single update does: ` +
      "flush between them.",
    { operation: "update", state: tracked.status },
  );
}

function assertFits(tracked: Tracked, name: string, update: Update): void {
  const { info } = tracked.state;
  const subject = subjectOf(tracked);
  const facts = {
    model: info.name,
    column: name,
    key: tracked.state.key && describeKey(tracked.state.key),
  };
  if (tracked.status === "pending") {
    throw new InvalidState(
      `${subject} isn't stored yet, so that the table has nothing to compute ${String(update)} with: assign a value.`,
      { operation: "update", state: "pending" },
    );
  }
  if (tracked.move !== undefined) {
    throw new InvalidExpression(
      `${subject} is about to be moved, and a moved item is put as a whole: flush before ${String(update)}.`,
      facts,
    );
  }
  assertUpdateOfModel(update, info.table);
  if (update.path.column !== name) {
    throw new InvalidExpression(
      `${subject}: ${String(update)} changes ${info.name}.${update.path.column}, but was given for ${name}.`,
      facts,
    );
  }
  if (info.table.byName.get(name)?.role !== "none") {
    throw new InvalidExpression(`${subject}: a key can't be updated.`, facts);
  }
}
