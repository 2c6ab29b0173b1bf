import { isSame } from "../model/diff.js";
import { InvalidState } from "../model/errors.js";
import { isGap, ownValue, showValue } from "../model/gaps.js";
import type { InstanceState } from "../model/instance-state.js";
import { copyUnsaved } from "../model/restore.js";
import { describeValue } from "../schema/errors.js";
import { describeKey, type Key, keyOf } from "../schema/key.js";
import type { ColumnSpec } from "../schema/table.js";
import { ConstraintViolation } from "./errors.js";
import { identityOf } from "./identity.js";
import type { SessionParts } from "./session-parts.js";
import type { Tracked } from "./tracked.js";

/**
 * Copies an object's values onto the tracked one with its key, or onto a new one. Of one that was
 * loaded, what was edited: the rest would undo what others have changed since.
 *
 * @throws {InvalidState} INVALID_STATE where the tracked one is to be deleted.
 * @throws {ConstraintViolation} CONSTRAINT_VIOLATION where the copy is of another version.
 */
export async function merge(parts: SessionParts, copy: object): Promise<object> {
  const source = parts.intake.stateOf(copy, "merge");
  if (!parts.intake.allows("merge", source)) return copy;
  const { info } = source;
  const itself = parts.find(copy);
  if (itself !== undefined) {
    await parts.reader.get(info, itself.state.key?.values ?? {}, { consistent: true });
    return copy;
  }
  const key = source.hasSnapshot ? source.key : undefined;
  const wanted = key ?? keyOf(info.table, copy, "pick");
  const known = parts.work.identities.find(identityOf(parts.tableName(info), wanted));
  if (known !== undefined) parts.intake.allows("merge", known.state);
  const target = await parts.reader.get(info, wanted.values, { consistent: true });
  if (target === undefined) {
    const fresh = copyUnsaved(source).instance;
    parts.tracking.store("add", fresh, {});
    return fresh;
  }
  assertSameVersion(source, target);
  for (const { column } of info.slots) {
    const { name, type } = column;
    if (column.role !== "none" || column.isVersion || !isGiven(source, column)) continue;
    const value = ownValue(source, name);
    const isValue = value !== undefined && value !== null;
    showValue(target.state, name, isValue ? type.copy(value) : value);
  }
  return target.entity;
}

/** A copy of an older version would bring back what others have changed since. */
function assertSameVersion(source: InstanceState, target: Tracked): void {
  const { info, instance } = source;
  const { version } = info.table;
  if (version === undefined || isGap(source, version.name)) return;
  const theirs = target.state.snapshot?.[version.name];
  const mine = ownValue(source, version.name);
  if (mine === undefined || theirs === undefined || mine === theirs) return;
  const key = target.state.key as Key;
  const cause = new InvalidState(
    `Can't merge version ${describeValue(mine)} of ${info.name} ${describeKey(key)} onto version ${describeValue(theirs)}.`,
    { operation: "merge", state: "persistent" },
  );
  throw new ConstraintViolation(
    [
      {
        entity: instance,
        model: info.name,
        key: key.values,
        patches: [],
        cause,
        isUnmet: true,
        isCancelled: false,
        isUncertain: false,
        base: undefined,
        current: target.entity,
        diff: { [version.name]: { base: mine, mine, theirs } },
      },
    ],
    [],
  );
}

/** Whether an object says anything of an attribute: a default, an omission, and what was loaded and left don't. */
function isGiven(source: InstanceState, { name, type }: ColumnSpec): boolean {
  if (isGap(source, name)) return false;
  const { snapshot } = source;
  if (snapshot !== undefined && Object.hasOwn(snapshot, name)) {
    return !isSame(type, snapshot[name], ownValue(source, name));
  }
  if (source.omitted?.has(name)) return ownValue(source, name) !== undefined;
  return !(source.defaulted?.has(name) ?? false);
}
