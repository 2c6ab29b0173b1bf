import { DynalchemyError } from "../../schema/errors.js";

/** What a table lacks of what a model needs. */
export interface TableDifferences {
  readonly model: string;
  readonly tableName: string;
  readonly differences: readonly string[];
}

/** Tables that don't fit their models. Nothing was changed about them. */
export class TableMismatch extends DynalchemyError {
  readonly code = "TABLE_MISMATCH";
  readonly mismatches: readonly TableDifferences[];

  constructor(mismatches: readonly TableDifferences[]) {
    const lines = mismatches.map(
      ({ model, tableName, differences }) => `${tableName} (${model}): ${differences.join("; ")}`,
    );
    super(
      `${mismatches.length === 1 ? "A table doesn't" : "Tables don't"} fit:\n${lines.join("\n")}`,
    );
    this.mismatches = mismatches;
  }

  /** The model of the first mismatch. */
  get model(): string {
    return this.mismatches[0]?.model ?? "";
  }

  /** The table of the first mismatch. */
  get tableName(): string {
    return this.mismatches[0]?.tableName ?? "";
  }

  /** The differences of all tables. */
  get differences(): readonly string[] {
    return this.mismatches.flatMap(({ differences }) => differences);
  }
}

/** A table wasn't ready in time, or never will be by itself. */
export class TableNotActive extends DynalchemyError {
  readonly code = "TABLE_NOT_ACTIVE";
  readonly tableName: string;
  /** Such as `"CREATING"`. */
  readonly status: string;

  constructor(tableName: string, status: string, waitedMs: number) {
    super(`The table ${tableName} is ${status} after ${Math.round(waitedMs / 1000)} s of waiting.`);
    this.tableName = tableName;
    this.status = status;
  }
}
