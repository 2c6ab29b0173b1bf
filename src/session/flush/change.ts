import type { Patch } from "immer";
import type { ActionNode, ConditionNode } from "../../expr/nodes.js";
import type { ModelInfo } from "../../model/metadata.js";
import type { Snapshot } from "../../model/snapshot.js";
import type { Key } from "../../schema/key.js";
import type { WireItem } from "../../schema/wire.js";
import type { BulkStatement } from "../bulk/bulk-statement.js";
import type { Intent, Tracked } from "../tracked.js";
import type { RenderedAction } from "./render-write.js";

interface ChangeFacts {
  readonly info: ModelInfo;
  readonly tableName: string;
  readonly key: Key;
  /** The object that it writes; `undefined` for a check and for a row of a bulk statement. */
  readonly tracked: Tracked | undefined;
  /** What must hold of the item for the write to happen. */
  readonly condition: ConditionNode | undefined;
  /** Against the snapshot, as events and failures show them; `undefined`: all that is known of it afterwards. */
  readonly patches: readonly Patch[] | undefined;
  /** Values that the flush makes itself, such as the next version, by column; they reach the object once written. */
  readonly made: ReadonlyMap<string, unknown>;
  /** What `session.check` asked of the same item: a part of the write's condition. */
  readonly check?: CheckChange | undefined;
  /** The bulk statement that the row belongs to. */
  readonly statement?: BulkStatement | undefined;
}

/** Made when somebody asks: a put that nobody watches needs no patches. */
export function patchesOf(change: Change): readonly Patch[] {
  if (change.patches !== undefined) return change.patches;
  const after = change.kind === "put" ? change.after : {};
  return Object.entries(after)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ op: "add", path: [name], value }));
}

/** Writes an item as a whole. */
export interface PutChange extends ChangeFacts {
  readonly kind: "put";
  readonly tracked: Tracked;
  readonly intent: Intent;
  readonly item: WireItem;
  /** At least as many bytes as the item takes, in JSON and as DynamoDB counts. */
  readonly bytesAtMost: number;
  /** What the table holds once this is written, by column. */
  readonly after: Readonly<Record<string, unknown>>;
  /** The deletion under the old key of an object that moves: both travel in one transaction. */
  readonly departure: DeleteChange | undefined;
}

/** Writes some attributes of an item. */
export interface UpdateChange extends ChangeFacts {
  readonly kind: "update";
  readonly actions: readonly ActionNode[];
  /** What the table was last known to hold when this was planned. */
  readonly base: Snapshot;
  /** What the patched columns hold once this is written. */
  readonly after: Readonly<Record<string, unknown>>;
  /** Columns whose new values only the table knows: they are read from the answer. */
  readonly computed: ReadonlySet<string>;
  /** Whether sending it twice does what sending it once does. */
  readonly isIdempotent: boolean;
  /** Whether it means places in lists, whose guards a list that has moved may meet again. */
  readonly isPositional: boolean;
  /** Whether it may create the item. */
  readonly isUpsert: boolean;
}

export interface DeleteChange extends ChangeFacts {
  readonly kind: "delete";
  /** Whether the object lives on under another key. */
  readonly isDeparture: boolean;
}

/** Writes nothing: a condition on an item that the transaction depends on. */
export interface CheckChange extends ChangeFacts {
  readonly kind: "check";
  readonly condition: ConditionNode;
}

/** One item's part of a flush. */
export type Change = PutChange | UpdateChange | DeleteChange | CheckChange;

/** What became of one change. */
export type Outcome =
  | {
      readonly status: "applied";
      readonly change: Change;
      /** The item after the write, where the answer told it. */
      readonly attributes?: WireItem | undefined;
    }
  /** Surely not written. */
  | {
      readonly status: "failed";
      readonly change: Change;
      readonly cause: Error;
      /** For an unmet condition: the item as the table holds it, `undefined` if there is none. */
      readonly current?: WireItem | undefined;
      readonly isUnmet?: boolean;
      /** Why the service refused its part of a transaction, for good and other than for its condition. */
      readonly reason?: string | undefined;
      /** Whether it wasn't even sent, on account of others. */
      readonly isHeldBack?: boolean;
    }
  /** Perhaps written: the answer was lost. */
  | {
      readonly status: "unknown";
      readonly change: Change;
      readonly cause: Error;
      /** The transaction that it was part of. */
      readonly attempt?: Attempt;
    };

/** A transaction as it was sent: as long as the service knows the token, the same payload counts once. */
export interface Attempt {
  readonly token: string;
  readonly payload: string;
  readonly actions: readonly RenderedAction[];
  readonly sentAt: number;
}
