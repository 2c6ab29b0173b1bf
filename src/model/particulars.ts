import type { WireItem } from "../schema/wire.js";

/** Why an attribute of an instance can't be read. */
export type Gap =
  | { readonly kind: "notLoaded" | "expired" | "missing" }
  | { readonly kind: "invalid"; readonly reason: string; readonly cause: unknown };

/** What an instance that was loaded as a whole has nothing of. */
class Particulars {
  gaps: Map<string, Gap> | undefined = undefined;
  wires: WireItem | undefined = undefined;
  defaulted: ReadonlySet<string> | undefined = undefined;
  omitted: ReadonlySet<string> | undefined = undefined;
  isDeleted = false;
  isInDoubt = false;
}

/**
 * What is known of few instances. Most were loaded as a whole and no more: for those it takes one field
 * in place of six, as the bench's memory for a tracked item shows.
 */
export abstract class WithParticulars {
  #particulars: Particulars | undefined;

  // A private method of the language would take a field of its own in each object.
  private get kept(): Particulars {
    this.#particulars ??= new Particulars();
    return this.#particulars;
  }

  /** Columns that throw when they are read. */
  get gaps(): Map<string, Gap> | undefined {
    return this.#particulars?.gaps;
  }

  set gaps(gaps: Map<string, Gap> | undefined) {
    if (gaps !== this.gaps) this.kept.gaps = gaps;
  }

  /**
   * Stored values, by column, as they came: those that don't fit their columns, and those that
   * encoding again might make another text of.
   */
  get wires(): WireItem | undefined {
    return this.#particulars?.wires;
  }

  set wires(wires: WireItem | undefined) {
    if (wires !== this.wires) this.kept.wires = wires;
  }

  /** Columns that the constructor filled by their defaults. */
  get defaulted(): ReadonlySet<string> | undefined {
    return this.#particulars?.defaulted;
  }

  set defaulted(defaulted: ReadonlySet<string> | undefined) {
    if (defaulted !== this.defaulted) this.kept.defaulted = defaulted;
  }

  /** Optional columns that the constructor was given no value for. */
  get omitted(): ReadonlySet<string> | undefined {
    return this.#particulars?.omitted;
  }

  set omitted(omitted: ReadonlySet<string> | undefined) {
    if (omitted !== this.omitted) this.kept.omitted = omitted;
  }

  /** Whether the item's deletion was acknowledged. */
  get isDeleted(): boolean {
    return this.#particulars?.isDeleted ?? false;
  }

  set isDeleted(isDeleted: boolean) {
    if (isDeleted !== this.isDeleted) this.kept.isDeleted = isDeleted;
  }

  /** Whether a write that counts each time may have changed the item, and nothing has read it since. */
  get isInDoubt(): boolean {
    return this.#particulars?.isInDoubt ?? false;
  }

  set isInDoubt(isInDoubt: boolean) {
    if (isInDoubt !== this.isInDoubt) this.kept.isInDoubt = isInDoubt;
  }
}
