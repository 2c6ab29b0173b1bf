import { QueryCommand } from "@aws-sdk/client-dynamodb";
import type { FlushError, Session, SessionOptions } from "dynalchemy";
import { expect } from "vitest";
import { findState } from "../../../src/model/instance-state.js";
import type { WireItem } from "../../../src/schema/wire.js";
import { makeClient } from "../client.js";
import type { FaultBed } from "../test-bed.js";
import { isSerial, type Step, showTable, type Table } from "./serial-order.js";
import {
  attributes,
  copyOf,
  type Doc,
  docOf,
  isSame,
  LockedThing,
  show,
  Thing,
  type ThingModel,
} from "./thing.js";
import type { View } from "./view.js";
import type { Write } from "./writes.js";

/** What became of a session's work on one object. */
export type Fate = "acknowledged" | "uncertain" | "unmet" | "failed";

/** One session, and what the model knows of its objects. */
export interface Actor {
  readonly name: string;
  readonly options: SessionOptions;
  session: Session;
  readonly views: Map<number, View>;
}

/** What a flush came to. */
export interface Ending {
  readonly actor: Actor;
  readonly isTransaction: boolean;
  /** Whether nobody was told of a failure. */
  readonly isWhole: boolean;
  /** What the transaction asks of an item beside what it writes. */
  readonly check: Write | undefined;
  readonly entries: readonly {
    readonly view: View;
    readonly writes: readonly (Write | undefined)[];
    readonly fate: Fate;
  }[];
}

const unknown = Symbol("unknown");

/** A few items, several sessions over them, and what all of them were told. */
export class World {
  readonly bed: FaultBed;
  readonly model: ThingModel;
  readonly isLocked: boolean;
  readonly place: string;
  readonly actors: readonly Actor[];
  /** What the table held when it was last looked at. Nobody but the actors writes there. */
  table: Table = new Map();
  readonly trace: string[] = [];
  readonly #direct = makeClient();
  #values = 0;
  readonly #born = new Set<number>();

  constructor(bed: FaultBed, place: string, isLocked: boolean, options: readonly SessionOptions[]) {
    this.bed = bed;
    this.place = place;
    this.isLocked = isLocked;
    this.model = isLocked ? (LockedThing as unknown as ThingModel) : Thing;
    this.actors = options.map((each, at) => ({
      name: String.fromCharCode(65 + at),
      options: each,
      session: bed.engine.session(each),
      views: new Map(),
    }));
  }

  /** A number that no earlier value has. */
  fresh(): number {
    this.#values += 1;
    return this.#values;
  }

  /**
   * Whether a new object may take this key: an item that is made anew begins with version 1, so that the
   * second one would have the versions of the first, and whoever knows that one would write to this.
   */
  mayBeBorn(id: number, knowsVersion: boolean): boolean {
    if (!this.isLocked || knowsVersion) return true;
    if (this.#born.has(id)) return false;
    this.#born.add(id);
    return true;
  }

  note(text: string): void {
    this.trace.push(text);
  }

  async read(): Promise<Table> {
    const { Items = [] } = await this.#direct.send(
      new QueryCommand({
        TableName: this.bed.tableName(this.model),
        KeyConditionExpression: "place = :place",
        ExpressionAttributeValues: { ":place": { S: this.place } },
        ConsistentRead: true,
      }),
    );
    return new Map(Items.map((item) => [Number(item["id"]?.N), docOf(item as WireItem) as Doc]));
  }

  async close(): Promise<void> {
    this.#direct.destroy();
    for (const { session } of this.actors) await session.close();
  }

  /** A flush of one session: which of its objects meant what, and what it was told of each. */
  async flush(
    actor: Actor,
    isTransaction: boolean,
    run: (session: Session) => Promise<unknown>,
    {
      mayFail,
      isRace,
      check,
    }: { readonly mayFail: boolean; readonly isRace: boolean; readonly check?: Write },
  ): Promise<Ending> {
    const guardsLoaded = actor.options.atomic === "loaded";
    const before = [...actor.views.values()].map((view) => ({
      view,
      writes: view.writes(this.isLocked, guardsLoaded, mayFail),
    }));
    let isWhole = false;
    const fateOf = await run(actor.session).then(
      () => {
        isWhole = true;
        return (): Fate => "acknowledged";
      },
      (error: FlushError) => {
        this.note(`  ${actor.name}: ${error.code}: ${error.message.split("\n")[0]}`);
        if (error.failures === undefined) {
          // A read before the first write failed: nothing was sent.
          if (!mayFail || error.code === undefined) throw error;
          return (): Fate => "failed";
        }
        return (view: View): Fate => {
          const failure = error.failures.find(({ entity }) => entity === view.object);
          if (failure === undefined) {
            // A transaction isn't sent while it is open what became of an earlier write.
            const isTold = error.written.includes(view.object) || isDone(actor.session, view);
            return isTold ? "acknowledged" : "failed";
          }
          if (failure.isUncertain) return "uncertain";
          if (!failure.isUnmet) return "failed";
          // A first attempt may have landed and been overwritten before it was sent again.
          return mayFail && isRace ? "uncertain" : "unmet";
        };
      },
    );
    return {
      actor,
      isTransaction,
      isWhole,
      check,
      entries: before.map(({ view, writes }) => ({ view, writes, fate: fateOf(view) })),
    };
  }

  /** Looks at the table after flushes that ran at once, and holds it and what each session believes to what was said. */
  async settle(endings: readonly Ending[]): Promise<void> {
    const before = this.table;
    const after = await this.read();
    this.table = after;
    const steps = endings.flatMap(stepsOf);
    if (!isSerial(before, after, steps)) {
      const said = endings.flatMap(({ actor, entries }) =>
        entries.map(({ view, fate }) => `${actor.name}${view.id} ${fate}`),
      );
      expect.fail(
        `No order explains the table.\nbefore ${showTable(before)}\nafter  ${showTable(after)}\n${said.join(", ")}`,
      );
    }
    const isRace = endings.length > 1;
    for (const { actor, isTransaction, check, entries } of endings) {
      const hasCounts = entries.some(({ view }) => view.hasCounts);
      const hasToken = hasCounts && (isTransaction || actor.options.exactlyOnce === true);
      for (const { view, writes, fate } of entries) {
        const isAskedMore = check?.id === view.id;
        if (fate === "unmet" && !isRace && !view.isDoubted && !isAskedMore) {
          this.#assertJustified(view, before);
        }
        if (fate === "uncertain") {
          const own =
            steps.find(({ title }) => title === titleOf(actor, view)) ??
            (steps.find(({ title }) => title === `${actor.name} together uncertain`) as Step);
          const others = steps.filter((step) => step !== own);
          const landed = own.alternatives.filter((group) => group.length > 0);
          const withOwn = (alternatives: Step["alternatives"]) =>
            alternatives.length > 0 &&
            isSerial(before, after, [...others, { ...own, alternatives }]);
          const again = hasToken ? writes.filter((write) => write !== undefined) : [];
          view.doubt(withOwn(landed), withOwn([[]]), again);
        }
        this.#learn(actor, view, isRace ? [before, after] : [after], {
          isWritten:
            fate === "acknowledged" &&
            (view.isDoubted || writes.some((write) => write !== undefined)),
          isRace,
        });
      }
    }
  }

  /** After anything that only reads: what was in doubt may have been found out. */
  learnAll(actor: Actor): void {
    for (const view of [...actor.views.values()]) {
      const { status, isDoubted } = view;
      const writes = view.writes(this.isLocked, actor.options.atomic === "loaded", false);
      const isFoundDone = isDoubted && status === "uncertain" && isDone(actor.session, view);
      if (
        isFoundDone &&
        !isSerial(this.table, this.table, [{ title: "", alternatives: writes.map(group) }])
      ) {
        expect.fail(
          `${actor.name} takes its write of ${view.id} for done, and the table holds ${showTable(this.table)}`,
        );
      }
      this.#learn(actor, view, [this.table], { isWritten: isFoundDone, isRace: false });
    }
  }

  /** A conflict must have a cause: something of what the write is about is not as the session knew it. */
  #assertJustified(view: View, table: Table): void {
    const doc = table.get(view.id);
    const known = view.supersedes?.base ?? view.base;
    const isNew = view.kind !== "update" && view.kind !== "delete" && view.supersedes === undefined;
    const isAsKnown = isNew
      ? doc === undefined
      : doc !== undefined && [...known].every(([name, value]) => isSame(doc.get(name), value));
    if (isAsKnown) expect.fail(`A conflict over ${view.id}, which nobody has changed`);
  }

  /**
   * Takes over what a session knows of an object by now, and holds it to what it may know: what it
   * knew before, or what the table holds; and of what was edited, nothing else than the edits.
   */
  #learn(
    actor: Actor,
    view: View,
    seen: readonly Table[],
    { isWritten, isRace }: { readonly isWritten: boolean; readonly isRace: boolean },
  ): void {
    const { session, views } = actor;
    const { object, id } = view;
    const who = `${actor.name}${id}`;
    if (!session.has(object)) {
      const holder = view.supersedes;
      views.delete(id);
      if (holder !== undefined && session.has(holder.object)) {
        views.set(id, holder);
        this.#learn(actor, holder, seen, { isWritten: false, isRace });
      }
      return;
    }
    view.status = session.state(object);
    const snapshot = findState(object)?.snapshot ?? {};
    const base = new Map<string, unknown>();
    for (const name of attributes) {
      if (!Object.hasOwn(snapshot, name)) continue;
      const value = copyOf(snapshot[name]);
      base.set(name, value);
      const isOld =
        view.base.has(name) &&
        isSame(view.base.get(name), value) &&
        !(isWritten && view.isEdited(name) && !isRace);
      const isStored = seen.some((table) => isSame(table.get(id)?.get(name), value));
      // Of a document, others may have written paths beside those that were written here.
      const isSent = isWritten && isSame(view.target.get(name), value);
      const isTold =
        isWritten && (view.isComputed(name) || name === "version" || view.kind === "upsert");
      const isOwn = isSent || (isRace && isTold);
      if (!isOld && !isStored && !isOwn) {
        expect.fail(
          `${who} believes ${name} to be ${show(value)}; the table: ${seen.map(showTable).join(" | ")}`,
        );
      }
    }
    const target = new Map<string, unknown>();
    const isNew =
      view.status === "pending" || (view.status === "uncertain" && view.kind !== "update");
    for (const name of attributes) {
      if (view.kind === "delete" && !isWritten) break;
      if (name === "version" && (isNew || !this.isLocked)) continue;
      const value = shownBy(object, name);
      const isEdited = name !== "version" && view.isEdited(name) && !isLeft(view, name);
      const expected = isEdited ? view.target.get(name) : base.has(name) ? base.get(name) : unknown;
      if (!isSame(value, expected) && !(isNew && expected === unknown)) {
        expect.fail(`${who} shows ${name} as ${showOr(value)} and not ${showOr(expected)}`);
      }
      if (value !== unknown) target.set(name, copyOf(value));
    }
    view.base = base;
    if (view.kind !== "delete" || isWritten) view.target = target;
    if (isWritten) {
      view.settle();
      if (!isDone(session, view))
        expect.fail(`${who} is ${view.status} with work left after it was written`);
    } else if (view.status === "delete-marked") {
      view.kind = "delete";
    } else if (view.status === "persistent" && view.kind !== "update") {
      view.kind = "update";
    }
  }
}

const showOr = (value: unknown) => (value === unknown ? "unknown" : show(value));

function isDone(session: Session, { object }: View): boolean {
  if (!session.has(object)) return true;
  return session.state(object) === "persistent" && !session.dirty.has(object);
}

function shownBy(object: Thing, name: string): unknown {
  try {
    return (object as unknown as Record<string, unknown>)[name];
  } catch {
    return unknown;
  }
}

/** Whether an upsert leaves the attribute to what the item has: once written, the object shows that. */
function isLeft({ kind, status, target, isDefault }: View, name: string): boolean {
  if (kind !== "upsert" || status === "pending" || status === "uncertain") return false;
  return isSame(target.get(name), undefined) || (name === "count" && isDefault);
}

const titleOf = (actor: Actor, view: View) => `${actor.name}${view.id}`;
const group = (write: Write | undefined): Write[] => (write === undefined ? [] : [write]);

/** Objects are written one by one, except those that one transaction wrote or didn't. */
function stepsOf({ actor, isTransaction, isWhole, check, entries }: Ending): Step[] {
  const single = (entry: Ending["entries"][number]): Step => ({
    title: titleOf(actor, entry.view),
    alternatives: alternativesOf(entry.fate, entry.writes.map(group)),
  });
  if (!isTransaction) return entries.map(single);
  const failed = entries.filter(({ fate }) => fate !== "acknowledged");
  const written = entries.filter(({ fate }) => fate === "acknowledged");
  // What is acknowledged of a flush whose transaction failed had been written before.
  if (failed.length > 0) {
    return [...written.map(single), together(actor, failed, check)];
  }
  // Where the check alone wasn't met, there was nothing to write.
  if (!isWhole && check !== undefined) return written.map(single);
  return [together(actor, written, check)];
}

/** A check is asked of the item as it was before: it comes first. */
function together(actor: Actor, entries: Ending["entries"], check: Write | undefined): Step {
  const groups = entries.reduce<Write[][]>(
    (all, { writes }) => all.flatMap((some) => writes.map((write) => [...some, ...group(write)])),
    [group(check)],
  );
  if (entries.length === 0) {
    return { title: `${actor.name} together`, alternatives: [...groups] };
  }
  const fate = entries.some((entry) => entry.fate === "uncertain")
    ? "uncertain"
    : (entries[0]?.fate ?? "failed");
  return { title: `${actor.name} together ${fate}`, alternatives: alternativesOf(fate, groups) };
}

function alternativesOf(fate: Fate, groups: readonly Write[][]): Write[][] {
  if (fate === "acknowledged") return [...groups];
  return fate === "uncertain" ? [[], ...groups] : [[]];
}
