import type { InstanceState } from "../model/instance-state.js";
import type { Key } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
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
export class Tracked extends WithWriting {
  readonly state: InstanceState;
  #status: Tracked["status"];
  /** The table as the service knows it. */
  readonly tableName: string;
  /** Table and key as one collision-free text: its place in the identity map. Only a move changes it. */
  identity: string;
  /** The identity map that holds it, and its place there. */
  home: IdentityMap | undefined;
  place = 0;

  constructor(
    state: InstanceState,
    tableName: string,
    identity: string,
    status: Tracked["status"],
  ) {
    super();
    this.state = state;
    this.tableName = tableName;
    this.identity = identity;
    this.#status = status;
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
