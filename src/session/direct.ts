import type { Condition } from "../expr/condition.js";
import { InvalidState } from "../model/errors.js";
import { rehydrate } from "../model/hydrate.js";
import { findState, type InstanceState } from "../model/instance-state.js";
import { wireOf } from "../model/scanned-item.js";
import { describeKey, keyOf } from "../schema/key.js";
import { setOwn } from "../schema/wire.js";
import { IdentityConflict, MissingItems } from "./errors.js";
import { identityOf } from "./identity.js";
import { asList, type OneOrMany } from "./intake.js";
import { wantedItem } from "./read/batch-get.js";
import { getItems } from "./read/get-items.js";
import type { ReadHost } from "./read/host.js";
import type { Session } from "./session.js";

/** The session of one call. */
export interface DirectSession {
  readonly session: Session;
  readonly isAtomic: boolean;
}

interface WriteOptions {
  readonly condition?: Condition;
  readonly signal?: AbortSignal;
}

/** `engine.save`: new instances are put, loaded ones updated by what changed. */
export async function saveDirectly(
  direct: DirectSession,
  objects: OneOrMany<object>,
  { condition, signal }: WriteOptions,
): Promise<void> {
  const { session, isAtomic } = direct;
  const states = statesOf(objects, "save");
  for (const twins of byKey(states).values()) assertAlone(twins, "save");
  for (const state of states) {
    assertKnown(state);
    // What was deleted is written anew, as a whole.
    if (state.isDeleted) forgetStored(state);
  }
  await once(direct, states, signal, () => {
    const options = condition === undefined ? {} : { condition };
    for (const state of states) {
      const isNew = !state.hasSnapshot;
      if (isNew && !isAtomic) session.put(state.instance, options);
      else session.add(state.instance, isNew ? options : {});
      if (!isNew && condition !== undefined) session.update(state.instance, {}, options);
    }
  });
}

/** `engine.delete`: an instance that was never loaded stands for its key alone. */
export async function deleteDirectly(
  direct: DirectSession,
  objects: OneOrMany<object>,
  { condition, signal }: WriteOptions,
): Promise<void> {
  const all = statesOf(objects, "delete").filter(({ isDeleted }) => !isDeleted);
  const groups = [...byKey(all).values()];
  // One deletion does for all that stand for a key; the one that knows most says on what condition.
  const states = groups.map((twins) => {
    const [first, ...others] = twins.sort((a, b) => loadedBy(b) - loadedBy(a));
    if (direct.isAtomic && others.some((other) => loadedBy(other) > 0)) {
      assertAlone(twins, "delete");
    }
    return first as InstanceState;
  });
  const fresh = states.filter(({ hasSnapshot }) => !hasSnapshot);
  for (const state of fresh) knowKey(state);
  try {
    await once(direct, states, signal, () => {
      const options = condition === undefined ? {} : { condition };
      for (const { instance } of states) direct.session.delete(instance, options);
    });
  } finally {
    for (const state of fresh) if (!state.isDeleted) forgetStored(state);
    for (const [first, ...others] of groups) {
      if (first?.isDeleted) for (const other of others) other.isDeleted = true;
    }
  }
}

/** The objects that stand for each key. */
function byKey(states: readonly InstanceState[]): Map<string, InstanceState[]> {
  const groups = new Map<string, InstanceState[]>();
  for (const state of states) {
    const { table } = state.info;
    const key = (state.hasSnapshot ? state.key : undefined) ?? keyOf(table, state.instance, "pick");
    const identity = identityOf(table.tableName, key);
    const twins = groups.get(identity);
    if (twins === undefined) groups.set(identity, [state]);
    else twins.push(state);
  }
  return groups;
}

/** How many attributes beside the key are known as stored. */
function loadedBy({ info, snapshot = {} }: InstanceState): number {
  return info.slots.filter(
    ({ column: { name, role } }) => role === "none" && Object.hasOwn(snapshot, name),
  ).length;
}

/** @throws {IdentityConflict} IDENTITY_CONFLICT */
function assertAlone([first, second]: readonly InstanceState[], operation: string): void {
  if (first === undefined || second === undefined) return;
  const { info, instance } = second;
  const key = keyOf(info.table, instance, "pick");
  throw new IdentityConflict(
    `engine.${operation}() was given two ${info.name} with the key ${describeKey(key)}: ` +
      "one item can't be both. Give it one of them.",
    { model: info.name, key: key.values, entity: instance, other: first.instance },
  );
}

/** `engine.load`: fills the given instances. */
export async function loadDirectly(
  host: ReadHost,
  objects: OneOrMany<object>,
  options: { readonly consistent?: boolean; readonly signal?: AbortSignal },
): Promise<void> {
  const states = statesOf(objects, "load");
  const wanted = states.map((state) => {
    const { info } = state;
    if (state.tracked !== undefined) {
      throw new InvalidState(
        `Can't load ${info.name}: a session tracks it, so that session.refresh() is the way.`,
        { operation: "load", state: "persistent" },
      );
    }
    const key = keyOf(info.table, state.instance, "pick");
    return { state, ...wantedItem(info, host.tableName(info), key) };
  });
  const items = await getItems(host.connection, wanted, {
    isConsistent: options.consistent ?? host.isConsistent,
    signal: options.signal,
    // What is brought onto an instance is decoded column by column.
    scans: false,
  });
  const missing: typeof wanted = [];
  for (const each of wanted) {
    const item = items.get(each.identity);
    if (item === undefined) {
      missing.push(each);
      continue;
    }
    const { state } = each;
    state.key = each.key;
    state.isDeleted = false;
    state.isInDoubt = false;
    state.defaulted = undefined;
    state.omitted = undefined;
    rehydrate(state, wireOf(item), "overwrite");
  }
  if (missing.length === 0) return;
  throw new MissingItems(
    missing.map(({ state }) => state.instance),
    missing.map(({ info, key }) => `${info.name} ${describeKey(key)}`),
  );
}

/** Flushes what `take` gives the session, and lets everything go, whatever happens. */
async function once(
  { session }: DirectSession,
  states: readonly InstanceState[],
  signal: AbortSignal | undefined,
  take: () => void,
): Promise<void> {
  try {
    take();
    await session.flush(signal === undefined ? {} : { signal });
  } finally {
    // A failure was thrown with everything that wasn't written: nothing is abandoned here.
    for (const { instance } of states) if (session.has(instance)) session.expunge(instance);
    await session.close();
  }
}

function statesOf(objects: OneOrMany<object>, operation: string): InstanceState[] {
  return asList(objects).map((object) => {
    const state = findState(object);
    if (state !== undefined) return state;
    throw new InvalidState(
      `engine.${operation}() takes instances of models: make them with new or ref().`,
      { operation, state: "unknown" },
    );
  });
}

/** @throws {InvalidState} INVALID_STATE after a write that may have landed, and would count twice. */
function assertKnown({ isInDoubt, info, key }: InstanceState): void {
  if (!isInDoubt) return;
  const subject = key === undefined ? info.name : `${info.name} ${describeKey(key)}`;
  throw new InvalidState(
    `Can't save ${subject}: the outcome of its last write isn't known. Load it first, with engine.load().`,
    { operation: "save", state: "uncertain" },
  );
}

function knowKey(state: InstanceState): void {
  const key = keyOf(state.info.table, state.instance, "pick");
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(key.values)) setOwn(known, name, value);
  state.key = key;
  state.snapshot = known;
}

function forgetStored(state: InstanceState): void {
  state.snapshot = undefined;
  state.wires = undefined;
  state.key = undefined;
  state.isDeleted = false;
}
