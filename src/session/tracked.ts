import type { ConditionNode } from "../expr/nodes.js";
import type { Update } from "../expr/update.js";
import type { InstanceState } from "../model/instance-state.js";
import type { Key } from "../schema/key.js";
import type { WireItem } from "../schema/wire.js";
import type { Doubt, Unresolved } from "./flush/uncertain.js";
import type { IdentityMap } from "./identity-map.js";
import type { ReadMark } from "./read/host.js";

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
export class Tracked {
  // First what each flush asks of every object: it lies together in memory.
  readonly state: InstanceState;
  status: Exclude<ObjectState, "transient" | "deleted" | "detached">;
  /** How the whole object is to be written; `undefined`: only what changed. */
  intent: Intent | undefined;
  /** The caller's condition on the next write. */
  condition: ConditionNode | undefined;
  /** Update expressions that wait for the flush, by column. */
  assignments: Map<string, Update> | undefined;
  /** Where the object is to go. */
  move: Move | undefined;
  /** The write whose outcome isn't known, with those that share its fate. */
  unresolved: Unresolved | undefined;
  /** The table as the service knows it. */
  readonly tableName: string;
  /** Table and key as one collision-free text: its place in the identity map. Only a move changes it. */
  identity: string;
  /** The caller's wish for this object, before that of the model and the session. */
  guard: Guard | undefined;
  /** The delete-marked object whose key this pending one takes: both become one write. */
  supersedes: Tracked | undefined;
  /** Attributes that the model doesn't know, read for a put that stands for an update. */
  unknown: WireItem | undefined;
  /** Whether a write of it is under way, so that nobody knows yet whether it is stored. */
  isBeingWritten = false;
  /** What is left of such a write when it doesn't seem to have landed. */
  doubt: Doubt | undefined;
  /** The identity map that holds it, and its place there. */
  home: IdentityMap | undefined;
  place = 0;
  /** When a write of this key was last acknowledged: rows read before are older. */
  acknowledged: ReadMark = 0;

  constructor(
    state: InstanceState,
    tableName: string,
    identity: string,
    status: Tracked["status"],
  ) {
    this.state = state;
    this.tableName = tableName;
    this.identity = identity;
    this.status = status;
  }

  get entity(): object {
    return this.state.instance;
  }

  /** Forgets what the next flush was to do. */
  clearIntentions(): void {
    this.intent = undefined;
    this.condition = undefined;
    this.assignments = undefined;
    this.supersedes = undefined;
    this.move = undefined;
    this.unknown = undefined;
    this.doubt = undefined;
  }
}
