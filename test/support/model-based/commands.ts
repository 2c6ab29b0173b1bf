import type { CommitOptions, ObjectState } from "dynalchemy";
import fc from "fast-check";
import { expect } from "vitest";
import { type ObjectOperation, rules } from "../../../src/session/object-states.js";
import { compute, edit } from "./edits.js";
import { inject, type Mishap, mishaps, showMishap } from "./mishaps.js";
import { attributes, copyOf, isSame, type Thing } from "./thing.js";
import { View } from "./view.js";
import type { Actor, World } from "./world.js";
import type { Write } from "./writes.js";

const sessions = 3;
const items = 3;

/** What a command is made of; which session and which item is worked out when it runs. */
interface Dice {
  readonly who: number;
  readonly id: number;
  readonly pick: number;
  readonly mishap: Mishap | undefined;
}

type Act = (
  world: World,
  actor: Actor,
  dice: Dice,
) => string | undefined | Promise<string | undefined>;

/** One thing that happens in a history. */
export class Command implements fc.AsyncCommand<World, World> {
  readonly #name: string;
  readonly #act: Act;
  readonly #dice: Dice;

  constructor(name: string, act: Act, dice: Dice) {
    this.#name = name;
    this.#act = act;
    this.#dice = dice;
  }

  check(): boolean {
    return true;
  }

  async run(world: World): Promise<void> {
    const { who, id, mishap } = this.#dice;
    const actor = world.actors[who % world.actors.length] as Actor;
    world.bed.proxy.reset();
    if (mishap !== undefined) inject(world.bed.proxy, mishap);
    world.note(`${this.#name} ${actor.name}${id}${mishap ? showMishap(mishap) : ""}`);
    const text = await this.#act(world, actor, this.#dice);
    if (text !== undefined) world.note(`  ${text}`);
    world.bed.proxy.reset();
  }

  toString(): string {
    const { who, id, pick, mishap } = this.#dice;
    return `${this.#name}(${String.fromCharCode(65 + who)}${id}, ${pick}${mishap ? showMishap(mishap) : ""})`;
  }
}

function fits(operation: ObjectOperation, state: ObjectState): boolean {
  const rule = rules[operation][state];
  return typeof rule === "string" && rule !== "rests";
}

/** Runs something that only reads; what goes wrong with it must leave everything as it was. */
async function reading<T>(world: World, actor: Actor, dice: Dice, read: () => Promise<T>) {
  try {
    return { value: await read() };
  } catch (error) {
    const { code } = error as { code?: string };
    world.note(`  ${String(error)}`);
    if (code === undefined || (dice.mishap === undefined && code !== "ITEM_NOT_FOUND")) throw error;
    return { code };
  } finally {
    world.learnAll(actor);
  }
}

/** Makes a view of an object that was just read. */
function track(world: World, actor: Actor, object: Thing): void {
  const view = new View(object.id, object, "update", "persistent");
  for (const name of attributes) {
    if (name === "version" && !world.isLocked) continue;
    const value = (object as unknown as Record<string, unknown>)[name];
    if (!isSame(value, world.table.get(object.id)?.get(name))) {
      expect.fail(`${actor.name}${object.id} was read with another ${name} than the table holds`);
    }
    view.base.set(name, copyOf(value));
    view.target.set(name, copyOf(value));
  }
  actor.views.set(object.id, view);
}

async function get(world: World, actor: Actor, dice: Dice): Promise<View | undefined> {
  const { id } = dice;
  const before = actor.views.get(id);
  const read = await reading(world, actor, dice, () =>
    actor.session.get(world.model, { place: world.place, id }),
  );
  if (!("value" in read)) return undefined;
  const found = read.value;
  const view = actor.views.get(id);
  if (view === undefined) {
    if (found === undefined) {
      if (before === undefined) expect(world.table.has(id), "the table has none").toBe(false);
    } else track(world, actor, found);
  } else if (view.kind === "delete") expect(found, "to be deleted").toBeUndefined();
  else expect(found, "the tracked object").toBe(view.object);
  return actor.views.get(id);
}

async function present(world: World, actor: Actor, dice: Dice): Promise<View | undefined> {
  return actor.views.get(dice.id) ?? (await get(world, actor, dice));
}

const store =
  (kind: "add" | "put" | "upsert"): Act =>
  (world, { session, views }, { id, pick }) => {
    const holder = views.get(id);
    if (holder !== undefined && holder.status !== "delete-marked") return undefined;
    if (!world.mayBeBorn(id, holder?.base.has("version") ?? false)) return undefined;
    const isDefault = pick % 2 === 0;
    const object = new world.model({
      place: world.place,
      id,
      note: `n${world.fresh()}`,
      ...(pick % 3 === 0 && { meta: { author: `a${world.fresh()}` } }),
      ...(pick % 5 === 0 && { list: [`e${world.fresh()}`] }),
      ...(!isDefault && { count: 0n }),
    });
    session[kind](object);
    const view = new View(id, object, kind, "pending", isDefault);
    for (const name of attributes) {
      if (name !== "version") view.target.set(name, copyOf(object[name as keyof Thing]));
    }
    view.supersedes = holder;
    views.set(id, view);
    return `${kind} ${object.note}`;
  };

function flushOptions(pick: number): CommitOptions & { isTransaction: boolean } {
  const isTransaction = pick % 3 === 0;
  return { ...(isTransaction && { transaction: true }), isTransaction };
}

const flushing = (world: World, actor: Actor, { pick, mishap }: Dice, isRace: boolean) => {
  const { isTransaction, ...options } = flushOptions(pick);
  const method = pick % 2 === 0 ? "flush" : "commit";
  return world.flush(actor, isTransaction, (session) => session[method](options), {
    mayFail: mishap !== undefined,
    isRace,
  });
};

const rollback: Act = async (world, actor) => {
  await actor.session.rollback();
  for (const view of actor.views.values()) {
    for (const each of [view, view.supersedes]) {
      if (each === undefined) continue;
      if (each.status === "uncertain" || each.status === "expired") each.forget();
      else if (each.status !== "pending") each.restore();
      if (each !== view) view.supersedes = each;
    }
  }
  world.learnAll(actor);
  return undefined;
};

const acts: Record<string, { readonly weight: number; readonly isCalm?: true; readonly act: Act }> =
  {
    get: {
      weight: 4,
      act: async (world, actor, dice) => void (await get(world, actor, dice)),
    },
    edit: {
      weight: 12,
      isCalm: true,
      act: async (world, actor, dice) => {
        const view = await present(world, actor, dice);
        if (view === undefined || view.kind === "delete") return undefined;
        return edit(world, view, dice.pick);
      },
    },
    update: {
      weight: 8,
      isCalm: true,
      act: async (world, actor, dice) => {
        const view = await present(world, actor, dice);
        if (view === undefined || view.kind !== "update") return undefined;
        return compute(world, actor.session, view, dice.pick);
      },
    },
    add: { weight: 3, isCalm: true, act: store("add") },
    put: { weight: 2, isCalm: true, act: store("put") },
    upsert: { weight: 2, isCalm: true, act: store("upsert") },
    delete: {
      weight: 3,
      isCalm: true,
      act: async (world, actor, dice) => {
        const view = await present(world, actor, dice);
        if (view === undefined || !fits("delete", view.status)) return undefined;
        const isKnown = view.status === "persistent";
        const isNew = view.kind !== "update" && view.kind !== "delete";
        actor.session.delete(view.object);
        if (!actor.session.has(view.object)) world.learnAll(actor);
        else if (view.status !== "delete-marked") {
          if (isKnown) view.restore();
          else view.forget();
          view.kind = "delete";
          view.status = "delete-marked";
          view.mayBeAbsent = isNew;
        }
        return undefined;
      },
    },
    flush: {
      weight: 12,
      act: async (world, actor, dice) => {
        await world.settle([await flushing(world, actor, dice, false)]);
        return undefined;
      },
    },
    race: {
      weight: 5,
      act: async (world, _, dice) => {
        await world.settle(
          await Promise.all(
            world.actors.map((actor, at) =>
              flushing(world, actor, { ...dice, pick: dice.pick >> at }, true),
            ),
          ),
        );
        return undefined;
      },
    },
    rollback: { weight: 1, isCalm: true, act: rollback },
    // The transaction depends on another item; what it couldn't write is given up.
    check: {
      weight: 3,
      act: async (world, actor, dice) => {
        const { id, pick, mishap } = dice;
        const { model, place } = world;
        const wantsNote = pick % 2 === 0;
        const condition = wantsNote ? model.note.exists() : model.note.missing();
        actor.session.check(model, { place, id: (id % items) + 1 }, condition);
        const check: Write = {
          id: (id % items) + 1,
          guard: (doc) => (doc?.get("note") !== undefined) === wantsNote,
          apply: (doc) => doc,
        };
        await world.settle([
          await world.flush(actor, true, (session) => session.flush(), {
            mayFail: mishap !== undefined,
            isRace: false,
            check,
          }),
        ]);
        await rollback(world, actor, dice);
        return `${condition} of ${check.id}`;
      },
    },
    refresh: {
      weight: 3,
      act: async (world, actor, dice) => {
        const view = actor.views.get(dice.id);
        if (view === undefined || !fits("refresh", view.status)) return undefined;
        const isNew = view.kind !== "update" && view.kind !== "delete";
        try {
          await actor.session.refresh(view.object);
        } catch (error) {
          const { code } = error as { code?: string };
          if (code === undefined || (dice.mishap === undefined && code !== "ITEM_NOT_FOUND"))
            throw error;
          if (code === "ITEM_NOT_FOUND") {
            expect(world.table.has(dice.id)).toBe(false);
            // Let go, whatever became of its last write.
            if (!actor.session.has(view.object)) view.status = "detached";
          }
          world.learnAll(actor);
          return String(error);
        }
        if (isNew && actor.session.state(view.object) === "pending") {
          world.learnAll(actor);
          return undefined;
        }
        view.forget();
        world.learnAll(actor);
        return undefined;
      },
    },
    expire: {
      weight: 1,
      isCalm: true,
      act: (world, actor, dice) => {
        const view = actor.views.get(dice.id);
        if (view === undefined || !fits("expire", view.status)) return undefined;
        actor.session.expire(view.object);
        view.forget();
        world.learnAll(actor);
        return undefined;
      },
    },
    expunge: {
      weight: 1,
      isCalm: true,
      act: (world, actor, dice) => {
        const view = actor.views.get(dice.id);
        if (view === undefined || !fits("expunge", view.status)) return undefined;
        actor.session.expunge(view.object);
        expect(actor.session.has(view.object)).toBe(false);
        // What became of its write is nobody's question any more.
        view.status = "detached";
        // Whose key it had taken stands for it again.
        world.learnAll(actor);
        return undefined;
      },
    },
    query: {
      weight: 2,
      act: async (world, actor, dice) => {
        const { model, place } = world;
        const read = await reading(world, actor, dice, () =>
          actor.session.query(model).key({ place }).all(),
        );
        for (const object of "value" in read ? read.value : []) {
          const view = actor.views.get(object.id);
          if (view === undefined) track(world, actor, object);
          else expect(object, "the tracked object").toBe(view.object);
        }
        return undefined;
      },
    },
    reopen: {
      weight: 1,
      isCalm: true,
      act: async (world, actor) => {
        await actor.session.close();
        actor.session = world.bed.engine.session(actor.options);
        actor.views.clear();
        return undefined;
      },
    },
  };

/** All commands, each as often as its weight says. */
export function commands(): fc.Arbitrary<Command>[] {
  return Object.entries(acts).flatMap(([name, { weight, isCalm, act }]) => {
    const dice: fc.Arbitrary<Dice> = fc.record({
      who: fc.nat(sessions - 1),
      id: fc.integer({ min: 1, max: items }),
      pick: fc.nat(0xffff),
      mishap: isCalm ? fc.constant(undefined) : fc.option(mishaps, { nil: undefined }),
    });
    const arbitrary = dice.map((rolled) => new Command(name, act, rolled));
    return Array.from({ length: weight }, () => arbitrary);
  });
}
