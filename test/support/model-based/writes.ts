import { attributes, copyOf, type Doc, isSame, type Meta } from "./thing.js";

/** What a write asks of one item, and what it makes of it: by the guide, and without the library. */
export interface Write {
  readonly id: number;
  guard(doc: Doc | undefined): boolean;
  apply(doc: Doc | undefined): Doc | undefined;
}

/** An update that the table computes. */
export interface Computed {
  readonly attribute: string;
  /** Whether it makes no difference how often it is done. */
  readonly isRepeatable: boolean;
  apply(value: unknown): unknown;
}

/** What a session means to do with an item, from what it knows of it. */
export interface Meaning {
  readonly id: number;
  readonly kind: "add" | "put" | "upsert" | "update" | "delete" | "done";
  readonly base: Doc;
  /** What the object holds; of an update, equal to the base where nothing was edited. */
  readonly target: Doc;
  readonly computed: readonly Computed[];
  /** Whether `count` was left to its default. */
  readonly isDefault: boolean;
  /** What was known of the deleted object whose key this one takes. */
  readonly supersedes: Doc | undefined;
  readonly isLocked: boolean;
  readonly guardsLoaded: boolean;
  readonly hasLostAnswers: boolean;
}

/** `undefined`: there is nothing to write. */
export function writeOf(meaning: Meaning): Write | undefined {
  switch (meaning.kind) {
    case "done":
      return undefined;
    case "delete":
      return {
        id: meaning.id,
        // Once an answer was lost, an absent item passes for one's own doing, whoever deleted it.
        guard: (doc) =>
          (doc === undefined && meaning.hasLostAnswers) ||
          isAsKnown(doc, meaning.base, meaning.isLocked),
        apply: () => undefined,
      };
    case "upsert":
      if (meaning.supersedes === undefined) return upsert(meaning);
      return whole(meaning);
    case "add":
    case "put":
      return whole(meaning);
    case "update":
      return update(meaning);
  }
}

/**
 * Another session's equal write: after a lost answer, what was to be written is told from one's own
 * first attempt by nothing. A write that would change nothing, and one that counts, has none.
 */
export function equalWrite(meaning: Meaning, write: Write): Write | undefined {
  const { kind, id, base, target, computed, isLocked } = meaning;
  if (kind !== "update" || computed.some(({ isRepeatable }) => !isRepeatable)) return undefined;
  const names = [...editedIn(base, target), ...computed.map(({ attribute }) => attribute)];
  const meant = write.apply(base);
  const changes = names.some(
    (name) => !base.has(name) || !isSame(base.get(name), meant?.get(name)),
  );
  if (!changes && !isLocked) return undefined;
  return {
    id,
    guard: (doc) => {
      if (doc === undefined) return false;
      const again = write.apply(doc);
      const isVersionNext = !isLocked || isSame(doc.get("version"), nextVersion(base));
      return isVersionNext && names.every((name) => isSame(doc.get(name), again?.get(name)));
    },
    apply: (doc) => doc,
  };
}

function isAsKnown(doc: Doc | undefined, known: Doc, isLocked: boolean): boolean {
  if (doc === undefined) return false;
  if (isLocked && known.has("version")) return isSame(doc.get("version"), known.get("version"));
  return [...known].every(([name, value]) => isSame(doc.get(name), value));
}

function whole({ id, kind, target, supersedes, isLocked }: Meaning): Write {
  const item = new Map<string, unknown>(target);
  // What takes a deleted object's key goes on counting from there.
  item.set("version", isLocked ? nextVersion(supersedes) : undefined);
  return {
    id,
    guard: (doc) => {
      if (supersedes !== undefined) return isAsKnown(doc, supersedes, isLocked);
      return kind === "put" || doc === undefined;
    },
    apply: () => item,
  };
}

function upsert({ id, target, isDefault, isLocked }: Meaning): Write {
  return {
    id,
    guard: () => true,
    apply: (doc) => {
      const item = new Map<string, unknown>(doc);
      for (const [name, value] of target) {
        if (value === undefined || (value instanceof Set && value.size === 0)) continue;
        const standsAside = name === "count" && isDefault && item.get(name) !== undefined;
        if (!standsAside) item.set(name, value);
      }
      if (isLocked) item.set("version", nextVersion(doc));
      return item;
    },
  };
}

const nextVersion = (doc: Doc | undefined) =>
  ((doc?.get("version") as number | undefined) ?? 0) + 1;

/** The attributes that hold something else than what is known. */
export function editedIn(base: Doc, target: Doc): string[] {
  return attributes.filter(
    (name) =>
      name !== "version" &&
      target.has(name) &&
      (!base.has(name) || !isSame(base.get(name), target.get(name))),
  );
}

function update(meaning: Meaning): Write | undefined {
  const { id, base, target, computed, isLocked, guardsLoaded } = meaning;
  const edits = editedIn(base, target).map((name) =>
    base.has(name) ? editOf(name, base.get(name), target.get(name)) : blind(name, target.get(name)),
  );
  if (edits.length === 0 && computed.length === 0) return undefined;
  const hasVersion = isLocked && base.has("version");
  return {
    id,
    guard: (doc) => {
      if (doc === undefined) return false;
      if (hasVersion || guardsLoaded) return isAsKnown(doc, base, isLocked);
      return edits.every((edit) => edit.guard(doc));
    },
    apply: (doc) => {
      const item = new Map<string, unknown>(doc);
      for (const edit of edits) edit.apply(item);
      for (const { attribute, apply } of computed) item.set(attribute, apply(item.get(attribute)));
      if (isLocked) item.set("version", nextVersion(doc));
      return item;
    },
  };
}

interface Edit {
  guard(doc: Doc): boolean;
  apply(item: Map<string, unknown>): void;
}

const blind = (name: string, value: unknown): Edit => ({
  guard: () => true,
  apply: (item) => void item.set(name, value),
});

/** The least that an edit may ask for, and what it does: paths of maps and lists are apart from each other. */
function editOf(name: string, before: unknown, after: unknown): Edit {
  if (name === "meta" && before !== undefined && after !== undefined) {
    return editOfMap(before as Meta, after as Meta);
  }
  if (Array.isArray(before) && Array.isArray(after) && after.length >= before.length) {
    return editOfList(before, after);
  }
  return {
    guard: (doc) => isSame(doc.get(name), before),
    apply: (item) => void item.set(name, after),
  };
}

function editOfMap(before: Meta, after: Meta): Edit {
  const changed = (["author", "remark"] as const).filter((key) => before[key] !== after[key]);
  return {
    guard: (doc) => {
      const now = doc.get("meta") as Meta | undefined;
      return now !== undefined && changed.every((key) => now[key] === before[key]);
    },
    apply: (item) => {
      const now = copyOf(item.get("meta") ?? {}) as Record<string, unknown>;
      for (const key of changed) now[key] = after[key];
      item.set("meta", now);
    },
  };
}

function editOfList(before: readonly unknown[], after: readonly unknown[]): Edit {
  const changed = before.flatMap((element, at) => (element === after[at] ? [] : [at]));
  const tail = after.slice(before.length);
  return {
    guard: (doc) => {
      const now = doc.get("list") as readonly unknown[] | undefined;
      if (now === undefined || changed.some((at) => now[at] !== before[at])) return false;
      return tail.length === 0 || now.length === before.length;
    },
    apply: (item) => {
      const now = [...((item.get("list") as readonly unknown[] | undefined) ?? [])];
      for (const at of changed) now[at] = after[at];
      item.set("list", [...now, ...tail]);
    },
  };
}
