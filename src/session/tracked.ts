import type { InstanceState } from "../model/instance-state.js";
import type { Key } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
import { identityAt, type Place, tableNameOf } from "./identity.js";
import type { IdentityMap } from "./identity-map.js";
import { WithWriting } from "./writing.js";

/**
 * The states of an object: SQLAlchemy's transient, pending, persistent, deleted and detached, and
 * two more that DynamoDB makes necessary.
 *
 * - `transient`: no session knows it, and it was never stored.
 * - `pending`: added, not written yet.
 * - `persistent`: stored and tracked.
 * - `delete-marked`: will be deleted by the next flush.
 * - `deleted`: its deletion was acknowledged.
 * - `detached`: was stored, but no session tracks it.
 * - `expired`: tracked, but what is known of it was dropped.
 * - `uncertain`: tracked; nobody knows yet whether its last write reached the table.
 */
export type ObjectState =
  | "transient"
  | "pending"
  | "persistent"
  | "delete-marked"
  | "deleted"
  | "detached"
  | "expired"
  | "uncertain";

/** What conditions a write of a loaded object carries; `false`: that the item exists. */
export type Guard = "changed" | "loaded" | false;

/** How an object is written as a whole. */
export type Intent = "add" | "put" | "upsert";

/** The key that an object has after the next flush. */
export interface Move {
  readonly key: Key;
  /** Its place in the identity map, kept free for it. */
  readonly identity: string;
  /** Attributes that the model doesn't know, which go along; `undefined` until the flush has read them. */
  unknown: WireItem | undefined;
}

/** One object of one session, and what the session means to do with it. */
export class Tracked extends WithWriting implements Place {
  readonly state: InstanceState;
  #status: Tracked["status"];
  /** The two parts of its identity. Only a move changes them. */
  collection: string;
  member: string;
  /** The identity map that holds it, and where it is in that one's list. */
  home: IdentityMap | undefined;
  index = 0;

  constructor(state: InstanceState, { collection, member }: Place, status: Tracked["status"]) {
    super();
    this.state = state;
    this.collection = collection;
    this.member = member;
    this.#status = status;
  }

  /** The table as the service knows it. */
  get tableName(): string {
    return tableNameOf(this);
  }

  /** Its place in the identity map as one text, made when it is asked for. */
  get identity(): string {
    return identityAt(this);
  }

  /** Whether its own place is this one, and not one that is kept for it. */
  isAt({ collection, member }: Place): boolean {
    return this.member === member && this.collection === collection;
  }

  get status(): Exclude<ObjectState, "transient" | "deleted" | "detached"> {
    return this.#status;
  }

  set status(status: Tracked["status"]) {
    this.#status = status;
    if (status === "expired") this.home?.noteExpired(this);
  }

  get entity(): object {
    return this.state.instance;
  }

  protected override noteWriting(): void {
    this.home?.note(this);
  }
}
