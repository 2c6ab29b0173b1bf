import type { Requested } from "../../model/hydrate.js";
import type { ModelInfo } from "../../model/metadata.js";
import type { StoredItem } from "../../model/scanned-item.js";
import type { BulkSpec } from "../bulk/bulk-spec.js";
import type { Connection } from "../connection.js";
import type { Tracked } from "../tracked.js";

/** The moment a read began: rows that were read before a later acknowledged write know less than it. */
export type ReadMark = number;

/** What a row's taker must know of the read that brought it. */
export interface RowFacts {
  readonly mark: ReadMark;
  /** The columns that the row can hold; `undefined`: all of them. */
  readonly requested: Requested;
  /** Whether the row was read consistently, so that it can't be older than what the session knows. */
  readonly isAuthoritative: boolean;
  /** Whether loaded, unedited values are replaced by the row's. */
  readonly overwrites: boolean;
  /** Whether items whose TTL has passed are given as well. */
  readonly includeExpired: boolean;
}

/** What reads need of the session, or of the engine in the direct style, that runs them. */
export interface ReadHost {
  readonly connection: Connection;
  readonly isConsistent: boolean;
  /** Signs cursors; `undefined`: they are only checked for form. */
  readonly cursorSecret: string | undefined;
  /** The table's name as the service knows it. */
  tableName(info: ModelInfo): string;
  /** @throws {SessionClosed} SESSION_CLOSED */
  assertOpen(operation: string): void;
  mark(): ReadMark;
  /**
   * Keeps a bulk statement for the next flush.
   *
   * @throws {InvalidState} INVALID_STATE where nobody flushes.
   */
  addBulk(spec: BulkSpec): void;
  /** Whether any of the session's objects is expired, so that rows must be looked at for them. */
  hasExpired(): boolean;
  /** How the object that stands for the row stands with the session; `undefined`: there is none. */
  statusOf(info: ModelInfo, item: StoredItem): Tracked["status"] | undefined;
  /** The instance that stands for the row; `undefined` where the session hides it (deleted, expired by TTL). */
  absorb(info: ModelInfo, item: StoredItem, facts: RowFacts): object | undefined;
}
