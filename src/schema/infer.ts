import type { AnyColumn, Columns, PresenceOf, RoleOf, ValueOf } from "./column.js";

type Value<C extends AnyColumn> =
  PresenceOf<C> extends "optional" ? ValueOf<C> | undefined : ValueOf<C>;

/** The names of the columns in a role. */
type Named<C extends Columns, R> = {
  [N in keyof C]: RoleOf<C[N]> extends R ? N : never;
}[keyof C];

export type HashName<C extends Columns> = Named<C, "hash">;
export type RangeName<C extends Columns> = Named<C, "range">;
type KeyName<C extends Columns> = Named<C, "hash" | "range">;

/** One object type instead of an intersection of several: what editors show is the row itself. */
type Flat<T> = { [N in keyof T]: T[N] };

/** An instance: its key is readonly, an optional attribute may be `undefined`. */
export type Row<C extends Columns> = Flat<
  {
    readonly [N in KeyName<C>]: Value<C[N]>;
  } & {
    -readonly [N in Exclude<keyof C, KeyName<C>>]: Value<C[N]>;
  }
>;

type NeededName<C extends Columns> = {
  [N in keyof C]: PresenceOf<C[N]> extends "required" ? N : never;
}[keyof C];

/** What the constructor takes: keys and required attributes; defaults and optionals may be left out. */
export type NewValues<C extends Columns> = Flat<
  {
    [N in NeededName<C>]: ValueOf<C[N]>;
  } & {
    [N in Exclude<keyof C, NeededName<C>>]?: ValueOf<C[N]> | undefined;
  }
>;

/** Exactly the key's attributes. */
export type KeyInput<C extends Columns> = {
  [N in KeyName<C>]: ValueOf<C[N]>;
};

/** The value of a map: what its members' columns say. */
export type MapValue<C extends Columns> = Flat<
  {
    -readonly [N in keyof C as PresenceOf<C[N]> extends "optional" ? never : N]: ValueOf<C[N]>;
  } & {
    -readonly [N in keyof C as PresenceOf<C[N]> extends "optional" ? N : never]?:
      | ValueOf<C[N]>
      | undefined;
  }
>;
