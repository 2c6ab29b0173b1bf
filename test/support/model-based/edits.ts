import { InvalidState } from "dynalchemy";
import { copyOf, type Meta, type Thing, type ThingModel } from "./thing.js";
import type { View } from "./view.js";
import type { World } from "./world.js";
import type { Computed } from "./writes.js";

type Change = (
  world: World,
  view: View,
  pick: number,
) => Partial<Record<string, unknown>> | undefined;

/** What a program does to an object, and the attributes as they should be then; `undefined`: nothing to do. */
const changes: readonly Change[] = [
  (world) => ({ note: `n${world.fresh()}` }),
  () => ({ note: undefined }),
  (world, { target }) => {
    const count = target.get("count");
    return typeof count === "bigint" ? { count: count + amount(world) } : undefined;
  },
  (world, view) => editMeta(view, (meta) => ({ ...meta, author: `a${world.fresh()}` })),
  (world, view) => editMeta(view, (meta) => ({ ...meta, remark: `r${world.fresh()}` })),
  (_, view) => editMeta(view, ({ author }) => ({ author })),
  (world) => ({ meta: { author: `a${world.fresh()}` } }),
  () => ({ meta: undefined }),
  (world, view) => editList(view, (list) => [...list, `e${world.fresh()}`]),
  (world, view, pick) =>
    editList(view, (list) =>
      list.map((e, at) => (at === pick % list.length ? `e${world.fresh()}` : e)),
    ),
  (_, view, pick) => editList(view, (list) => list.filter((_e, at) => at !== pick % list.length)),
  (world, view) => editList(view, (list) => [`e${world.fresh()}`, ...list]),
  (world) => ({ list: [`e${world.fresh()}`] }),
  (_, view, pick) => editTags(view, (tags) => new Set([...tags, `t${pick % 4}`])),
  (_, view, pick) =>
    editTags(view, (tags) => new Set([...tags].filter((tag) => tag !== `t${pick % 4}`))),
];

/** Each amount is a digit of its own to the base 4: the total tells how often each was counted. */
export const amount = (world: World): bigint => 4n ** BigInt(world.fresh());

function editMeta({ target }: View, edit: (meta: Meta) => Meta) {
  const meta = target.get("meta") as Meta | undefined;
  return meta && { meta: edit(meta) };
}

function editList({ target }: View, edit: (list: readonly string[]) => readonly string[]) {
  const list = target.get("list") as readonly string[] | undefined;
  return list && { list: edit(list) };
}

function editTags({ target }: View, edit: (tags: ReadonlySet<string>) => ReadonlySet<string>) {
  const tags = target.get("tags") as ReadonlySet<string> | undefined;
  if (tags === undefined) return target.has("tags") ? { tags: edit(new Set()) } : undefined;
  return { tags: edit(tags) };
}

/** Edits an object in place where that is possible, and the model's copy of it. */
export function edit(world: World, view: View, pick: number): string | undefined {
  const change = changes[pick % changes.length]?.(world, view, pick >> 4);
  if (change === undefined) return undefined;
  for (const [name, value] of Object.entries(change)) {
    if (view.isComputed(name)) return undefined;
    const object = view.object as unknown as Record<string, unknown>;
    if (!view.target.has(name) || !changeInPlace(object[name], value)) object[name] = copyOf(value);
    view.target.set(name, copyOf(value));
  }
  return JSON.stringify(change, (_, value) =>
    value instanceof Set ? [...value] : typeof value === "bigint" ? String(value) : value,
  );
}

function changeInPlace(now: unknown, next: unknown): boolean {
  if (Array.isArray(now) && Array.isArray(next)) {
    now.splice(0, now.length, ...next);
  } else if (now instanceof Set && next instanceof Set) {
    for (const member of now) if (!next.has(member)) now.delete(member);
    for (const member of next) now.add(member);
  } else if (typeof now === "object" && now !== null && typeof next === "object" && next !== null) {
    for (const key of Object.keys(now))
      if (!(key in next)) delete (now as Record<string, unknown>)[key];
    Object.assign(now, next);
  } else return false;
  return true;
}

/** Gives an object an update that the table computes. */
export function compute(
  world: World,
  session: { update(object: Thing, values: object): void },
  view: View,
  pick: number,
): string | undefined {
  const { model } = world;
  const { update, attribute, ...rest } = computation(world, model, pick);
  if (view.isEdited(attribute)) return undefined;
  try {
    session.update(view.object, { [attribute]: update });
  } catch (error) {
    // Not any two updates of a column make one.
    if (error instanceof InvalidState && view.isComputed(attribute)) return String(error);
    throw error;
  }
  view.computed.push({ attribute, ...rest });
  return String(update);
}

function computation(
  world: World,
  model: ThingModel,
  pick: number,
): Computed & { readonly update: unknown } {
  const tag = `t${(pick >> 3) % 4}`;
  switch (pick % 6) {
    case 0: {
      const element = `e${world.fresh()}`;
      return {
        attribute: "list",
        update: model.list.append(element),
        apply: (list) => [...((list as string[] | undefined) ?? []), element],
        isRepeatable: false,
      };
    }
    case 1:
      return {
        attribute: "tags",
        update: model.tags.with(tag),
        apply: (tags) => new Set([...((tags as Set<string> | undefined) ?? []), tag]),
        isRepeatable: true,
      };
    case 2:
      return {
        attribute: "tags",
        update: model.tags.without(tag),
        apply: (tags) => {
          const left = [...((tags as Set<string> | undefined) ?? [])].filter(
            (each) => each !== tag,
          );
          return left.length === 0 ? undefined : new Set(left);
        },
        isRepeatable: true,
      };
    default: {
      const by = amount(world);
      return {
        attribute: "count",
        update: model.count.plus(by),
        apply: (count) => ((count as bigint | undefined) ?? 0n) + by,
        isRepeatable: false,
      };
    }
  }
}
