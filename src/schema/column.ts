import type { AttributeType } from "./attribute-type.js";
import { describeValue } from "./errors.js";
import {
  type Check,
  isCheck,
  type StandardSchema,
  type Validator,
  validatorOf,
} from "./standard-schema.js";

export type KeyRole = "none" | "hash" | "range";

/** Whether a value must be given: `defaulted` ones are made if they aren't. */
export type Presence = "required" | "optional" | "defaulted";

/** The settings of a column, as its modifiers collect them. */
export interface ColumnSettings {
  readonly type: AttributeType;
  readonly role: KeyRole;
  /** A modifier's mistake: it is kept until the model can name itself and the column. */
  readonly mistake: string | undefined;
  readonly isOptional: boolean;
  readonly isVersion: boolean;
  readonly isTtl: boolean;
  readonly attribute: string | undefined;
  /** A default that is the same for all; it is checked when the model is declared. */
  readonly fixedDefault: { readonly value: unknown } | undefined;
  readonly makeDefault: (() => unknown) | undefined;
  readonly onUpdate: (() => unknown) | undefined;
  readonly validators: readonly Validator[];
}

/**
 * No arguments, unless the value is of a type that the modifier can't do with: then one that there
 * isn't. In contrast to a type of `this`, a union of columns can still be called.
 */
type Unless<V, Bad> = [V] extends [Bad] ? [noModifierOfThisType: never] : [];

/** What no key can be; what else isn't text, a number or bytes is refused when the model is declared. */
type NoKey = boolean | ReadonlySet<unknown> | readonly unknown[];

/** What isn't stored as a number. */
type NoTime = NoKey | string | Uint8Array;

declare const valueType: unique symbol;
declare const roleType: unique symbol;
declare const presenceType: unique symbol;

/**
 * A column: a type, and what else is known of the attribute. Immutable; each modifier returns a new
 * column, so that one can be kept and used as the start of others.
 */
export class Column<V, R extends KeyRole = "none", P extends Presence = "required"> {
  /** Only for types. */
  declare readonly [valueType]: V;
  declare readonly [roleType]: R;
  declare readonly [presenceType]: P;
  /** @internal */
  readonly settings: ColumnSettings;

  /** @internal */
  constructor(settings: ColumnSettings) {
    this.settings = Object.freeze(settings);
    Object.freeze(this);
  }

  /** The first part of the key, which says where the item is kept: the partition key. */
  hashKey(..._: Unless<V, NoKey>): Column<V, "hash", P> {
    return this.#key("hash");
  }

  /** The second part of the key, by which items with the same hash key are sorted: the sort key. */
  rangeKey(..._: Unless<V, NoKey>): Column<V, "range", P> {
    return this.#key("range");
  }

  /** An item may lack it: it is `undefined` then, and assigning `undefined` removes it. */
  optional(): Column<V, R, "optional"> {
    return this.#with({ isOptional: true });
  }

  /**
   * The value of new instances that are given none: a value, of which each instance gets a copy, or
   * a function, which is called for each. A default is for the constructor alone: it is not given to
   * items that are loaded without the attribute.
   */
  default(value: V | (() => V)): Column<V, R, P extends "optional" ? P : "defaulted"> {
    return typeof value === "function"
      ? this.#with({ makeDefault: value as () => unknown, fixedDefault: undefined })
      : this.#with({ makeDefault: undefined, fixedDefault: Object.freeze({ value }) });
  }

  /** The attribute's name in the table. Default: the column's name. */
  as(attribute: string): Column<V, R, P> {
    return this.#with({ attribute });
  }

  /** Gives the value at each update of a stored item that doesn't set it otherwise: `updatedAt`. */
  onUpdate(makeValue: () => V): Column<V, R, P> {
    if (typeof makeValue === "function") return this.#with({ onUpdate: makeValue });
    const given = describeValue(makeValue);
    return this.#mistaken(`.onUpdate() takes a function that makes the value, not ${given}`);
  }

  /**
   * The table's time to live: items whose time has passed are deleted by the service within some
   * days, and hidden by reads until then. Needs a type stored as a number: `t.timestamp()`.
   */
  ttl(..._: Unless<V, NoTime>): Column<V, R, P> {
    return this.#with({ isTtl: true });
  }

  /**
   * Checks a value before it is written: a function that returns `false` or a text to refuse it, or
   * any Standard Schema (Zod, Valibot, ArkType) that is synchronous. The value is never changed.
   */
  validate(check: Check<V> | StandardSchema<unknown>): Column<V, R, P> {
    if (!isCheck(check)) {
      const given = describeValue(check);
      return this.#mistaken(`.validate() takes a function or a Standard Schema, not ${given}`);
    }
    const validator = validatorOf(check as Check<unknown> | StandardSchema);
    return this.#with({ validators: [...this.settings.validators, validator] });
  }

  #key<R2 extends "hash" | "range">(role: R2): Column<V, R2, P> {
    const other = this.settings.role;
    const column = this.#with<R2>({ role });
    if (other === "none" || other === role) return column;
    return column.#mistaken("it can't be both hash and range key: take one of them off");
  }

  #mistaken(mistake: string): this {
    // No class extends it, and a mistake changes none of its types.
    return this.#with({ mistake: this.settings.mistake ?? mistake }) as this;
  }

  #with<R2 extends KeyRole = R, P2 extends Presence = P>(
    settings: Partial<ColumnSettings>,
  ): Column<V, R2, P2> {
    return new Column<V, R2, P2>({ ...this.settings, ...settings });
  }
}

export interface AnyColumn {
  readonly [valueType]: unknown;
  readonly [roleType]: KeyRole;
  readonly [presenceType]: Presence;
  /** @internal */
  readonly settings: ColumnSettings;
}

/** A type inside another: of no key, neither optional nor with a default. */
export interface ElementColumn extends AnyColumn {
  readonly [roleType]: "none";
  readonly [presenceType]: "required";
}

/** The members of a map by name; they may be optional, which is all that they may be. */
export interface MemberColumns {
  readonly [name: string]: AnyColumn & {
    readonly [roleType]: "none";
    readonly [presenceType]: "required" | "optional";
  };
}

/** The columns of a model by name. */
export interface Columns {
  readonly [name: string]: AnyColumn;
}

export type ValueOf<C extends AnyColumn> = C[typeof valueType];
export type RoleOf<C extends AnyColumn> = C[typeof roleType];
export type PresenceOf<C extends AnyColumn> = C[typeof presenceType];

export function columnOf<V>(
  type: AttributeType<V>,
  settings: Partial<ColumnSettings> = {},
): Column<V> {
  return new Column<V>({
    type: type as AttributeType,
    role: "none",
    mistake: undefined,
    isOptional: false,
    isVersion: false,
    isTtl: false,
    attribute: undefined,
    fixedDefault: undefined,
    makeDefault: undefined,
    onUpdate: undefined,
    validators: [],
    ...settings,
  });
}
