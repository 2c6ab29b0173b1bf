import type { WireItem } from "../schema/wire.js";

/** Why an attribute of an instance can't be read. */
export type Gap =
  | { readonly kind: "notLoaded" | "expired" | "missing" }
  | { readonly kind: "invalid"; readonly reason: string; readonly cause: unknown };

class Particulars {
  gaps: Map<string, Gap> | undefined = undefined;
  wires: WireItem | undefined = undefined;
  defaulted: ReadonlySet<string> | undefined = undefined;
  omitted: ReadonlySet<string> | undefined = undefined;
  isDeleted = false;
  isInDoubt = false;
}

const none: Readonly<Particulars> = Object.freeze(new Particulars());

/**
 * What is known of few instances. Most were loaded as a whole and no more: for those it takes one field
 * in place of six, as the bench's memory for a tracked item shows.
 */
export abstract class WithParticulars {
  /** Columns that throw when they are read. */
  declare gaps: Map<string, Gap> | undefined;
  /**
   * Stored values, by column, as they came: those that don't fit their columns, and those that
   * encoding again might make another text of.
   */
  declare wires: WireItem | undefined;
  /** Columns that the constructor filled by their defaults. */
  declare defaulted: ReadonlySet<string> | undefined;
  /** Optional columns that the constructor was given no value for. */
  declare omitted: ReadonlySet<string> | undefined;
  /** Whether the item's deletion was acknowledged. */
  declare isDeleted: boolean;
  /** Whether a write that counts each time may have changed the item, and nothing has read it since. */
  declare isInDoubt: boolean;
  #particulars: Particulars | undefined;

  static {
    for (const name of Object.keys(none) as (keyof Particulars)[]) {
      Object.defineProperty(this.prototype, name, {
        get(this: WithParticulars) {
          return (this.#particulars ?? none)[name];
        },
        set(this: WithParticulars, value: never) {
          if (this.#particulars === undefined && value === none[name]) return;
          this.#particulars ??= new Particulars();
          this.#particulars[name] = value;
        },
      });
    }
  }
}
