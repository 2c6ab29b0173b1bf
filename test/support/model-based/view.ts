import type { ObjectState } from "dynalchemy";
import type { Thing } from "./thing.js";
import { copyOf, type Doc } from "./thing.js";
import {
  type Computed,
  editedIn,
  equalWrite,
  type Meaning,
  type Write,
  writeOf,
} from "./writes.js";

/** What the table may have had of a view's work already: where a write that is acknowledged began. */
interface Floor {
  readonly kind: Meaning["kind"];
  readonly base: Doc;
  readonly supersedes: Doc | undefined;
  readonly done: ReadonlySet<Computed>;
  /** Whether more than this is in the table: to start here again takes a table that looks as if nothing was. */
  readonly isStale: boolean;
  /** The write in doubt as it was sent, which is asked for again under its token and lands before the rest. */
  readonly first?: Write;
}

/** What the model knows of one object of one session. */
export class View {
  readonly id: number;
  readonly object: Thing;
  readonly isDefault: boolean;
  kind: Exclude<Meaning["kind"], "done">;
  status: ObjectState;
  base = new Map<string, unknown>();
  target = new Map<string, unknown>();
  /** In the order in which they were given. */
  computed: Computed[] = [];
  supersedes: View | undefined;
  /** Whether it is to be deleted while nobody knows whether it was ever stored. */
  mayBeAbsent = false;
  #floors: readonly Floor[] | undefined;

  constructor(
    id: number,
    object: Thing,
    kind: View["kind"],
    status: ObjectState,
    isDefault = false,
  ) {
    this.id = id;
    this.object = object;
    this.kind = kind;
    this.status = status;
    this.isDefault = isDefault;
  }

  /** Whether an earlier write of it was in doubt, and the object still means to write it. */
  get isDoubted(): boolean {
    return this.#floors !== undefined;
  }

  isEdited(name: string): boolean {
    const isNew = this.kind !== "update" && this.kind !== "delete";
    return isNew ? this.target.has(name) : editedIn(this.base, this.target).includes(name);
  }

  isComputed(name: string): boolean {
    return this.computed.some(({ attribute }) => attribute === name);
  }

  get hasEdits(): boolean {
    return editedIn(this.base, this.target).length > 0 || this.computed.length > 0;
  }

  /** What an acknowledged flush may have written, `undefined` for nothing. */
  writes(isLocked: boolean, guardsLoaded: boolean, hasLostAnswers: boolean): (Write | undefined)[] {
    return (this.#floors ?? [this.#here()]).flatMap((floor) => {
      const computed = this.computed.filter((update) => !floor.done.has(update));
      const target = new Map(this.target);
      for (const { attribute } of floor.done) target.delete(attribute);
      const meaning: Meaning = {
        id: this.id,
        kind: floor.kind,
        base: floor.base,
        target,
        computed,
        isDefault: this.isDefault,
        supersedes: floor.supersedes,
        isLocked,
        guardsLoaded,
        hasLostAnswers: hasLostAnswers || this.isDoubted || this.mayBeAbsent,
      };
      const write = writeOf(meaning);
      if (floor.first !== undefined) return [both(floor.first, write)];
      if (write === undefined) return [undefined];
      const equal = meaning.hasLostAnswers ? equalWrite(meaning, write) : undefined;
      const others = equal === undefined ? [] : [equal];
      if (!floor.isStale) return [write, ...others];
      const counted = computed.filter(({ isRepeatable }) => !isRepeatable);
      const fresh: Write = {
        ...write,
        guard: (doc) =>
          write.guard(doc) &&
          counted.every(
            ({ attribute }) =>
              floor.base.has(attribute) && floor.base.get(attribute) === doc?.get(attribute),
          ),
      };
      return [fresh, ...others];
    });
  }

  /**
   * A write's answer was lost: it has landed for all the table shows, or hasn't, or there's no telling.
   * `again`: what may be asked for once more as it was sent.
   */
  doubt(mayHaveLanded: boolean, mayHaveNot: boolean, again: readonly Write[]): void {
    const floors = this.#floors ?? [this.#here()];
    const stale = mayHaveNot ? floors : floors.map((floor) => ({ ...floor, isStale: true }));
    const beyond = this.#beyond();
    this.#floors = [
      ...(mayHaveLanded ? [beyond] : []),
      ...stale,
      ...(mayHaveNot ? again.map((first) => ({ ...beyond, first })) : []),
    ];
  }

  /** Whether it holds a count, which no read tells of. */
  get hasCounts(): boolean {
    return this.computed.some(({ isRepeatable }) => !isRepeatable);
  }

  /** Nothing is left to write. */
  settle(): void {
    this.#floors = undefined;
    this.mayBeAbsent = false;
    this.computed = [];
    this.supersedes = undefined;
    this.kind = "update";
  }

  /** Everything that is known or meant is dropped. */
  forget(): void {
    this.settle();
    this.base.clear();
    this.target.clear();
  }

  /** Edits are undone. */
  restore(): void {
    this.settle();
    this.target = new Map([...this.base].map(([name, value]) => [name, copyOf(value)]));
  }

  #here(): Floor {
    return {
      kind: this.kind,
      base: new Map(this.base),
      supersedes: this.supersedes && new Map(this.supersedes.base),
      done: new Set(),
      isStale: false,
    };
  }

  #beyond(): Floor {
    const base = new Map(this.base);
    for (const [name, value] of this.target) {
      if (this.isEdited(name)) base.set(name, copyOf(value));
    }
    for (const { attribute } of this.computed) base.delete(attribute);
    base.delete("version");
    return {
      kind: this.kind === "delete" ? "done" : "update",
      base,
      supersedes: undefined,
      done: new Set(this.computed),
      isStale: false,
    };
  }
}

/** One write after the other, with nobody's between them. */
function both(first: Write, then: Write | undefined): Write {
  if (then === undefined) return first;
  return {
    id: first.id,
    guard: (doc) => first.guard(doc) && then.guard(first.apply(doc)),
    apply: (doc) => then.apply(first.apply(doc)),
  };
}
