import { junction } from "../../expr/nodes.js";
import { isGap } from "../../model/gaps.js";
import { validateColumn } from "../../schema/item-codec.js";
import { identityOf } from "../identity.js";
import type { Guard } from "../tracked.js";
import type { UnitOfWork } from "../unit-of-work.js";
import { type Change, type CheckChange, patchesOf } from "./change.js";
import { makeChanges } from "./make-change.js";

/** The changes of all objects, each valid, and what was asked of other items. */
export function gather(work: UnitOfWork, atomic: Guard): Change[] {
  const writes: Change[] = [];
  for (const tracked of work.candidates()) {
    for (const change of makeChanges(tracked, atomic)) {
      validate(change);
      writes.push(change);
    }
  }
  // A call takes some 130,000 arguments, and a statement may write more rows.
  for (const change of work.bulk.changes(work.identities)) writes.push(change);
  return work.checks.size === 0 ? writes : joinChecks(writes, work.checks);
}

/** A transaction takes one action for each item, so that a check of one that is written joins the write. */
function joinChecks(writes: readonly Change[], checks: ReadonlyMap<string, CheckChange>): Change[] {
  const left = new Map(checks);
  const joined = writes.map((change): Change => {
    const identity = identityOf(change.tableName, change.key);
    const check = left.get(identity);
    if (check === undefined || change.kind === "check") return change;
    left.delete(identity);
    const condition = junction("and", [change.condition, check.condition]);
    return { ...change, condition, check };
  });
  return [...left.values(), ...joined];
}

/** Types were checked when the values were encoded; here the columns' own validators are asked. */
function validate(change: Change): void {
  if (change.tracked === undefined || change.kind === "delete") return;
  const { info, tracked, key } = change;
  const { instance } = tracked.state;
  const isWhole = change.kind === "put" || (change.kind === "update" && change.isUpsert);
  for (const column of info.table.validated) {
    const { name } = column;
    if (!isWhole && !patchesOf(change).some(({ path }) => path[0] === name)) continue;
    if (isGap(tracked.state, name) && !change.made.has(name)) continue;
    const value = change.made.has(name)
      ? change.made.get(name)
      : (instance as Record<string, unknown>)[name];
    if (value !== undefined) validateColumn(info.table, column, value, key);
  }
}
