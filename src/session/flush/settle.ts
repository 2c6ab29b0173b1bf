import { isSame } from "../../model/diff.js";
import { isGap, ownValue, showGap, showValue } from "../../model/gaps.js";
import { rehydrate } from "../../model/hydrate.js";
import { type InstanceState, keepWire } from "../../model/instance-state.js";
import { getOwn, setOwn, type WireItem } from "../../schema/wire.js";
import { withoutWritten } from "../combine-updates.js";
import { identityOf } from "../identity.js";
import type { IdentityMap } from "../identity-map.js";
import { settleMove } from "../move.js";
import type { ReadMark } from "../read/host.js";
import type { Tracked } from "../tracked.js";
import type { CheckChange, PutChange, UpdateChange } from "./change.js";
import type { Planned } from "./planned.js";

/** Where a session keeps what it knows of its items. */
export interface Ledger {
  readonly identities: IdentityMap;
  /** Rows of a deleted item that were read before its deletion are late. */
  noteDeleted(identity: string, mark: ReadMark): void;
  /** What was asked along with a write isn't asked again. */
  forgetCheck(check: CheckChange): void;
  /** Lets an object go that was never stored. */
  release(tracked: Tracked): void;
}

/**
 * Takes an acknowledged write into what the session knows. The snapshot becomes what was sent, not
 * what the object holds by now: edits made meanwhile belong to the next flush.
 */
export function settleWritten(
  planned: Planned,
  attributes: WireItem | undefined,
  ledger: Ledger,
  mark: ReadMark,
): void {
  const { change } = planned;
  if (change.check !== undefined) ledger.forgetCheck(change.check);
  if (change.kind === "check") {
    ledger.forgetCheck(change);
    return;
  }
  const { tracked } = change;
  if (tracked === undefined) return;
  tracked.unresolved = undefined;
  if (change.kind === "delete") {
    ledger.noteDeleted(identityOf(change.tableName, change.key), mark);
    if (!change.isDeparture) settleDelete(tracked, ledger);
    return;
  }
  tracked.acknowledged = mark;
  forgetDone(tracked, planned, ledger);
  // Expired while its write was under way, it stays so; and so does a mark for deletion.
  if (tracked.state.snapshot !== planned.snapshot) return;
  if (change.kind === "put") settlePut(tracked.state, change);
  else settleUpdate(tracked.state, change, attributes, planned);
  if (tracked.status !== "delete-marked") tracked.status = "persistent";
}

/** What wasn't written stays as it was; what is to be deleted and was never stored is nothing any more. */
export function settleUnwritten({ change: { tracked } }: Planned, ledger: Ledger): void {
  if (tracked?.status === "delete-marked" && !tracked.state.hasSnapshot) {
    ledger.release(tracked);
  }
}

/** Takes what was written off what is to be written. */
function forgetDone(tracked: Tracked, planned: Planned, { identities }: Ledger): void {
  const { condition, intent, move, assignments, supersedes } = planned;
  if (tracked.condition === condition) tracked.condition = undefined;
  tracked.doubt = undefined;
  tracked.unknown = undefined;
  if (tracked.intent === intent) tracked.intent = undefined;
  for (const [name, update] of assignments) {
    const current = tracked.assignments?.get(name);
    if (current === undefined) continue;
    const rest = withoutWritten(current, update);
    if (rest === undefined) tracked.assignments?.delete(name);
    else tracked.assignments?.set(name, rest);
  }
  if (supersedes !== undefined) {
    forgetDeleted(supersedes, identities);
    tracked.supersedes = undefined;
  }
  if (move !== undefined) settleMove(tracked, move, identities);
}

function settleDelete(tracked: Tracked, { identities }: Ledger): void {
  const { state, status } = tracked;
  const isWanted = status === "persistent" && identities.of(state) === tracked;
  // What isn't known as a whole can't be written anew.
  if (!isWanted || (state.gaps?.size ?? 0) > 0) {
    forgetDeleted(tracked, identities);
    return;
  }
  // Taken back while its deletion was under way: it is to be there, so it is written anew.
  state.snapshot = undefined;
  state.wires = undefined;
  tracked.intent ??= "add";
  tracked.status = "pending";
}

export function forgetDeleted(tracked: Tracked, identities: IdentityMap): void {
  identities.remove(tracked);
  tracked.state.isDeleted = true;
  tracked.clearIntentions();
}

function settlePut(state: InstanceState, change: PutChange): void {
  const before = state.snapshot;
  state.snapshot = change.after;
  state.key ??= change.key;
  // What can't be read goes along with a moved item, and is dropped by any other put.
  if (change.departure === undefined) state.wires = undefined;
  if (state.info.hasOpaque || state.wires !== undefined) {
    for (const name of Object.keys(change.after)) keepSent(state, name, change.item);
  }
  state.defaulted = undefined;
  for (const [name, value] of change.made) showMade(state, name, before?.[name], value);
}

function settleUpdate(
  state: InstanceState,
  change: UpdateChange,
  attributes: WireItem | undefined,
  planned: Planned,
): void {
  const before = state.snapshot ?? {};
  state.defaulted = undefined;
  if (change.isUpsert) {
    settleUpsert(state, change, attributes, planned);
    return;
  }
  const sent = sentBy(change);
  const snapshot: Record<string, unknown> = {};
  for (const name of Object.keys(before)) setOwn(snapshot, name, before[name]);
  for (const name of Object.keys(change.after)) {
    setOwn(snapshot, name, change.after[name]);
    keepSent(state, name, sent);
  }
  state.snapshot = snapshot;
  for (const [name, value] of change.made) showMade(state, name, before[name], value);
  if (change.computed.size === 0) return;
  const edited = editedSince(state, planned, change.computed);
  if (attributes === undefined) forgetComputed(state, snapshot, change.computed, edited);
  else rehydrate(state, attributes, { except: edited }, change.computed);
}

/** The attributes that an update sets as a whole, as they were sent. */
function sentBy({ actions }: UpdateChange): WireItem {
  const sent: WireItem = {};
  for (const action of actions) {
    if (action.kind !== "set" || action.value.kind !== "value") continue;
    const [attribute, ...steps] = action.path.steps;
    if (steps.length === 0) setOwn(sent, String(attribute), action.value.wire);
  }
  return sent;
}

/** Keeps how a column was stored where encoding it again might give another text. */
function keepSent(state: InstanceState, name: string, sent: WireItem): void {
  const column = state.info.table.byName.get(name);
  keepWire(state, name, column?.type.isOpaque ? getOwn(sent, column.attribute) : undefined);
}

/** A value that the flush made reaches the object, unless it was assigned meanwhile. */
function showMade(state: InstanceState, name: string, before: unknown, value: unknown): void {
  const column = state.info.table.byName.get(name);
  if (column === undefined) return;
  const current = isGap(state, name) ? undefined : ownValue(state, name);
  if (isSame(column.type, before, current)) showValue(state, name, column.type.copy(value));
}

/** The columns that were given other values since the write was planned: those stay edits. */
function editedSince(
  state: InstanceState,
  { held }: Planned,
  names: ReadonlySet<string>,
): Set<string> {
  const edited = new Set<string>();
  for (const { column } of state.info.slots) {
    const { name, type } = column;
    if (column.role !== "none" || !names.has(name) || isGap(state, name)) continue;
    if (!held.has(name) || !isSame(type, held.get(name), ownValue(state, name))) edited.add(name);
  }
  return edited;
}

/** A transaction's answer doesn't tell what the table computed: it isn't known until the next read. */
function forgetComputed(
  state: InstanceState,
  snapshot: Record<string, unknown>,
  computed: ReadonlySet<string>,
  edited: ReadonlySet<string>,
): void {
  for (const name of computed) {
    if (state.info.table.byName.get(name)?.role !== "none") continue;
    delete snapshot[name];
    if (!edited.has(name)) showGap(state, name, { kind: "expired" });
  }
}

function settleUpsert(
  state: InstanceState,
  change: UpdateChange,
  attributes: WireItem | undefined,
  planned: Planned,
): void {
  const edited = editedSince(state, planned, change.computed);
  if (attributes !== undefined) {
    rehydrate(state, attributes, { except: edited });
    return;
  }
  const known: Record<string, unknown> = {};
  const sent = sentBy(change);
  for (const { column } of state.info.slots) {
    const { name, role } = column;
    if (role !== "none") setOwn(known, name, state.key?.values[name]);
    else if (Object.hasOwn(change.after, name)) {
      setOwn(known, name, change.after[name]);
      keepSent(state, name, sent);
    } else if (!edited.has(name)) showGap(state, name, { kind: "notLoaded" });
  }
  state.snapshot = known;
  for (const [name, value] of change.made) {
    if (!edited.has(name)) showValue(state, name, value);
  }
}
