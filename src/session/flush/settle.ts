import { ownValue, showGap, showValue } from "../../model/gaps.js";
import { rehydrate } from "../../model/hydrate.js";
import type { InstanceState } from "../../model/instance-state.js";
import { applyToSnapshot } from "../../model/snapshot.js";
import { setOwn, type WireItem } from "../../schema/wire.js";
import type { IdentityMap } from "../identity-map.js";
import type { ReadMark } from "../read/host.js";
import type { Tracked } from "../tracked.js";
import type { Change, PutChange, UpdateChange } from "./change.js";

/** Where a session keeps what it knows of its items. */
export interface Ledger {
  readonly identities: IdentityMap;
  /** Rows of a deleted item that were read before its deletion are late. */
  noteDeleted(identity: string, mark: ReadMark): void;
}

/** What the session believed of an object when its write was planned. */
export interface Planned {
  readonly change: Change;
  readonly condition: Tracked["condition"];
  readonly intent: Tracked["intent"];
  readonly assignments: Tracked["assignments"];
  readonly supersedes: Tracked | undefined;
}

export function rememberPlanned(change: Change): Planned {
  const { tracked } = change;
  return {
    change,
    condition: tracked?.condition,
    intent: tracked?.intent,
    assignments: tracked?.assignments && new Map(tracked.assignments),
    supersedes: tracked?.supersedes,
  };
}

/**
 * Takes an acknowledged write into what the session knows. The snapshot becomes what was sent, not
 * what the object holds by now: edits made meanwhile belong to the next flush.
 */
export function settleWritten(
  { change, condition, intent, assignments, supersedes }: Planned,
  attributes: WireItem | undefined,
  ledger: Ledger,
  mark: ReadMark,
): void {
  const { tracked } = change;
  if (tracked === undefined || change.kind === "check") return;
  tracked.acknowledged = mark;
  tracked.unresolved = undefined;
  if (change.kind === "delete") {
    ledger.noteDeleted(tracked.identity, mark);
    forgetDeleted(tracked, ledger.identities);
    return;
  }
  if (change.kind === "put") settlePut(tracked.state, change);
  else settleUpdate(tracked.state, change, attributes);

  if (tracked.condition === condition) tracked.condition = undefined;
  if (tracked.intent === intent) tracked.intent = undefined;
  for (const [name, update] of assignments ?? []) {
    if (tracked.assignments?.get(name) === update) tracked.assignments.delete(name);
  }
  if (supersedes !== undefined) {
    forgetDeleted(supersedes, ledger.identities);
    tracked.supersedes = undefined;
  }
  // Marked for deletion while its write was under way, it stays so.
  if (tracked.status !== "delete-marked") tracked.status = "persistent";
}

function forgetDeleted(tracked: Tracked, identities: IdentityMap): void {
  identities.remove(tracked);
  tracked.state.isDeleted = true;
  tracked.state.owner = undefined;
  tracked.clearIntentions();
}

function settlePut(state: InstanceState, change: PutChange): void {
  const before = state.snapshot;
  state.snapshot = change.after;
  state.misfits = undefined;
  state.defaulted = undefined;
  for (const [name, value] of change.made) showMade(state, name, before?.[name], value);
}

function settleUpdate(
  state: InstanceState,
  change: UpdateChange,
  attributes: WireItem | undefined,
): void {
  const before = state.snapshot ?? {};
  state.defaulted = undefined;
  if (change.isUpsert) {
    settleUpsert(state, change, attributes);
    return;
  }
  state.snapshot = applyToSnapshot(before, change.patches);
  for (const patch of change.patches) {
    if (state.misfits !== undefined) delete state.misfits[String(patch.path[0])];
  }
  for (const [name, value] of change.made) showMade(state, name, before[name], value);
  if (change.computed.size === 0) return;
  if (attributes === undefined) forgetComputed(state, change.computed);
  else takeComputed(state, change.computed, attributes);
}

/** A value that the flush made reaches the object, unless it was assigned meanwhile. */
function showMade(state: InstanceState, name: string, before: unknown, value: unknown): void {
  const column = state.info.table.byName.get(name);
  if (column === undefined) return;
  const current = state.gaps?.has(name) ? undefined : ownValue(state, name);
  const isUntouched =
    current === before ||
    (current !== undefined && before !== undefined && column.type.equals(current, before));
  if (isUntouched) showValue(state, name, column.type.copy(value));
}

/** The answer tells what the table made of the values that it computed. */
function takeComputed(
  state: InstanceState,
  computed: ReadonlySet<string>,
  attributes: WireItem,
): void {
  rehydrate(state, attributes, "overwrite", computed);
}

/** A transaction's answer doesn't tell them: they aren't known until the next read. */
function forgetComputed(state: InstanceState, computed: ReadonlySet<string>): void {
  const snapshot: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state.snapshot ?? {})) {
    if (!computed.has(name)) setOwn(snapshot, name, value);
  }
  state.snapshot = snapshot;
  for (const name of computed) {
    if (state.info.table.byName.get(name)?.role === "none") {
      showGap(state, name, { kind: "expired" });
    }
  }
}

function settleUpsert(
  state: InstanceState,
  change: UpdateChange,
  attributes: WireItem | undefined,
): void {
  const sent: Record<string, unknown> = {};
  for (const { path, value } of change.patches) setOwn(sent, String(path[0]), value);
  if (attributes !== undefined) {
    // What was edited since the upsert was planned stays an edit.
    const edited = new Set<string>();
    for (const { column } of state.info.slots) {
      const { name } = column;
      if (column.role !== "none" || !Object.hasOwn(sent, name)) continue;
      const current = ownValue(state, name);
      if (current === undefined || !column.type.equals(current, sent[name])) edited.add(name);
    }
    rehydrate(state, attributes, { except: edited });
    return;
  }
  const known: Record<string, unknown> = {};
  for (const { column } of state.info.slots) {
    const { name, role } = column;
    if (role !== "none") setOwn(known, name, state.key?.values[name]);
    else if (Object.hasOwn(sent, name)) setOwn(known, name, sent[name]);
    else showGap(state, name, { kind: "notLoaded" });
  }
  state.snapshot = known;
}
