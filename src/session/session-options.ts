import type { BulkStatement } from "./bulk/bulk-statement.js";
import type { ConflictPolicy } from "./flush/resolve-conflict.js";
import type { Guard } from "./tracked.js";

/** How a session reads and writes; what is left out is the engine's. */
export interface SessionOptions {
  /** What guards the writes of loaded objects. Default `"changed"`: each changed attribute. */
  readonly atomic?: Guard;
  /** Whether reads are consistent where they can be. Default: the engine's. */
  readonly consistent?: boolean;
  /** Whether each flush is one transaction. Default `false`. */
  readonly transaction?: boolean;
  /** Whether updates that count (`plus`, `append`) are written exactly once, at twice the price. Default `false`. */
  readonly exactlyOnce?: boolean;
  /** Refuses every write. Default `false`. */
  readonly readonly?: boolean;
  /** The most requests that the session may send; crossing it throws. Default: no limit. */
  readonly maxRequests?: number;
  /** Aborts every request of the session. */
  readonly signal?: AbortSignal;
}

/**
 * What becomes of an object whose condition wasn't met. `rebase`: our changes are replayed on the
 * current item, if the two touch nothing in common. `mine`: our values win, based on the current
 * item. `theirs`: ours are dropped.
 */
export type Resolution = "rebase" | "mine" | "theirs";

/** Options of `flush`. */
export interface FlushOptions {
  readonly signal?: AbortSignal;
  /** One transaction for everything. Default: the session's. */
  readonly transaction?: boolean;
  /** An idempotency token of the caller's for the transaction, 36 characters at most. */
  readonly token?: string;
  /** Default: the session's. */
  readonly exactlyOnce?: boolean;
}

/** Options of `commit`. */
export interface CommitOptions extends FlushOptions {
  /** Resolves unmet conditions and tries again, ten times at most. Default: they are thrown. */
  readonly onConflict?: ConflictPolicy;
}

/** What a flush has written. */
export interface FlushResult {
  /** The objects that were written, in the order in which they came to the session. */
  readonly written: readonly object[];
  /** How many requests it took, reads and resends of unprocessed entries among them. */
  readonly requests: number;
  /** The bulk statements that are done, in the order in which they ended; `undefined` if there were none. */
  readonly statements?: readonly BulkStatement[] | undefined;
}
