import type { ActionNode, ConditionNode } from "../../expr/nodes.js";
import type { ModelInfo } from "../../model/metadata.js";
import type { Key } from "../../schema/key.js";
import type { BulkStatement } from "./bulk-statement.js";

/** What a statement does to each row. */
export interface RowUpdate {
  readonly actions: readonly ActionNode[];
  /** The values that it sets, by column. */
  readonly after: Readonly<Record<string, unknown>>;
  /** Columns whose new values only the table knows. */
  readonly computed: ReadonlySet<string>;
  readonly isIdempotent: boolean;
}

/** A statement as the flush carries it out. */
export interface BulkSpec {
  readonly statement: BulkStatement;
  readonly info: ModelInfo;
  readonly tableName: string;
  /** What must hold of a row for it to be written. */
  readonly condition: ConditionNode | undefined;
  /** `undefined`: rows are deleted. Asked for at each flush, since it may hold the time. */
  readonly update: (() => RowUpdate) | undefined;
  /** Reads the keys of the rows. */
  keys(signal: AbortSignal | undefined): Promise<readonly Key[]>;
}
