import type { TableSpec } from "../../schema/table.js";
import { compareTable } from "../../schema/table-comparison.js";
import { backoffMs, type Pacing, sleep } from "../aws/backoff.js";
import type { Output } from "../aws/operations.js";
import {
  RequestAborted,
  RequestFailed,
  TableInUse,
  TableNotFound,
  Throttled,
} from "../aws/request-errors.js";
import type { Connection } from "../connection.js";
import { type TableDifferences, TableMismatch, TableNotActive } from "./errors.js";
import { mergeTables, type SharedTable } from "./merge-tables.js";

/** A model's table, under the name that the service knows it by. */
export interface Binding {
  readonly table: TableSpec;
  readonly tableName: string;
}

export interface BindOptions {
  /** `false`: compare only, and change nothing. Default `true`. */
  readonly create?: boolean;
  /** How long to wait for tables and indexes to become active, in milliseconds. Default 5 minutes. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

type Description = NonNullable<Output<"DescribeTable">["Table"]>;

const defaultWaitMs = 300_000;
/** The service describes a table for free, but a new one takes seconds. */
const polling: Pacing = { baseMs: 100, capMs: 3_000 };

/** What doesn't change by waiting. */
const stuck = new Set(["ARCHIVING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"]);

/**
 * Makes sure that every model has its table: creates those that are missing, waits until tables and
 * indexes are active, compares each with what its models need, and turns TTL on. Tables are bound in
 * parallel, each once for all of its models.
 *
 * @throws {TableMismatch} TABLE_MISMATCH, with the differences of all tables.
 * @throws {TableNotActive} TABLE_NOT_ACTIVE
 */
export async function bindTables(
  connection: Connection,
  bindings: readonly Binding[],
  options: BindOptions = {},
): Promise<void> {
  const specs = new Map<string, TableSpec[]>();
  for (const { table, tableName } of bindings) {
    const known = specs.get(tableName) ?? [];
    if (!known.includes(table)) specs.set(tableName, [...known, table]);
  }
  const bound = [...specs].map(([tableName, tables]) =>
    new TableBinding(connection, tableName, tables, options).run(),
  );
  // All of them, so that no request runs on behind a rejection, and every difference is told.
  const results = await Promise.allSettled(bound);
  const mismatches: TableDifferences[] = [];
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
    mismatches.push(...result.value);
  }
  if (mismatches.length > 0) throw new TableMismatch(mismatches);
}

/** One table on its way to what its models need. */
class TableBinding {
  readonly #connection: Connection;
  readonly #tableName: string;
  readonly #tables: readonly TableSpec[];
  readonly #shared: SharedTable;
  readonly #creates: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #begun = performance.now();
  readonly #waitMs: number;

  constructor(
    connection: Connection,
    tableName: string,
    tables: readonly TableSpec[],
    { create = true, waitMs = defaultWaitMs, signal }: BindOptions,
  ) {
    this.#connection = connection;
    this.#tableName = tableName;
    this.#tables = tables;
    this.#shared = mergeTables(tables, tableName);
    this.#creates = create;
    this.#waitMs = waitMs;
    this.#signal = signal;
  }

  async run(): Promise<TableDifferences[]> {
    const { conflicts } = this.#shared;
    if (conflicts.size > 0) return this.#differences((model) => conflicts.get(model) ?? []);
    const description = this.#creates ? await this.#activated() : await this.#described();
    if (description === undefined) return this.#differences(() => ["the table doesn't exist"]);
    const mismatches = this.#differences((_, table) => compareTable(table, description));
    const ofTtl = mismatches.length === 0 ? await this.#bindTtl() : undefined;
    if (ofTtl === undefined) return mismatches;
    return this.#differences((_, { ttl }) => (ttl === undefined ? [] : [ofTtl]));
  }

  #differences(
    differencesOf: (model: string, table: TableSpec) => readonly string[],
  ): TableDifferences[] {
    return this.#tables.flatMap((table) => {
      const differences = differencesOf(table.model, table);
      if (differences.length === 0) return [];
      return { model: table.model, tableName: this.#tableName, differences };
    });
  }

  /** The table once it and its indexes are active, created if there was none. */
  async #activated(): Promise<Description> {
    for (let round = 1; ; round++) {
      const description = await this.#described();
      if (description !== undefined && isActive(description)) return description;
      // A table that another process deletes ends by not being there; then it is ours to create.
      if (description === undefined) await this.#create();
      const status = description?.TableStatus ?? "CREATING";
      if (stuck.has(status)) throw new TableNotActive(this.#tableName, status, this.#waited);
      await this.#pause(round, statusText(description));
    }
  }

  async #described(): Promise<Description | undefined> {
    try {
      const answer = await this.#send("DescribeTable", { TableName: this.#tableName });
      return answer.output.Table;
    } catch (error) {
      if (error instanceof TableNotFound) return undefined;
      throw error;
    }
  }

  async #create(): Promise<void> {
    try {
      await this.#send("CreateTable", this.#shared.request);
    } catch (error) {
      // Another process was faster, or too many tables are being made at once: look again.
      if (!(error instanceof TableInUse || error instanceof Throttled)) throw error;
    }
  }

  /** Turns TTL on where a model has it; a text says why it can't be. */
  async #bindTtl(): Promise<string | undefined> {
    const { ttl } = this.#shared;
    if (ttl === undefined) return undefined;
    for (let round = 1; ; round++) {
      const { status, attribute } = await this.#describedTtl();
      if (status === "ENABLED" || status === "ENABLING") {
        return attribute === ttl
          ? undefined
          : `TTL should be on the attribute ${ttl} but is on ${attribute ?? "none"}`;
      }
      if (!this.#creates || status === "DISABLING") {
        return `TTL should be on for the attribute ${ttl} but is ${status}`;
      }
      try {
        await this.#send("UpdateTimeToLive", {
          TableName: this.#tableName,
          TimeToLiveSpecification: { AttributeName: ttl, Enabled: true },
        });
        return undefined;
      } catch (error) {
        const reason = error instanceof RequestFailed ? error.reason : undefined;
        // An engine for tests that has no TTL, such as dynalite: nothing expires there.
        if (reason === "UnknownOperationException") return undefined;
        // Another process turned it on meanwhile, or still does so: look again.
        const isRace = reason === "ValidationException";
        if (!(isRace && round === 1) && !(error instanceof TableInUse)) throw error;
        await this.#pause(round, "UPDATING");
      }
    }
  }

  async #describedTtl() {
    const { output } = await this.#send("DescribeTimeToLive", { TableName: this.#tableName });
    const { TimeToLiveStatus = "DISABLED", AttributeName } = output.TimeToLiveDescription ?? {};
    return { status: TimeToLiveStatus, attribute: AttributeName };
  }

  get #waited(): number {
    return performance.now() - this.#begun;
  }

  async #pause(round: number, status: string): Promise<void> {
    const left = this.#waitMs - this.#waited;
    if (left <= 0) throw new TableNotActive(this.#tableName, status, this.#waited);
    try {
      await sleep(Math.min(backoffMs(round, polling), left), this.#signal);
    } catch (reason) {
      throw new RequestAborted(
        { operation: "bind", tableName: this.#tableName, attempts: 0 },
        reason,
      );
    }
  }

  get #send(): Connection["send"] {
    return (operation, input, options) =>
      this.#connection.send(operation, input, { signal: this.#signal, ...options });
  }
}

function isActive({ TableStatus, GlobalSecondaryIndexes = [] }: Description): boolean {
  return (
    TableStatus === "ACTIVE" &&
    GlobalSecondaryIndexes.every(({ IndexStatus }) => IndexStatus === "ACTIVE")
  );
}

function statusText(description: Description | undefined): string {
  const { TableStatus = "CREATING", GlobalSecondaryIndexes = [] } = description ?? {};
  const slow = GlobalSecondaryIndexes.find(({ IndexStatus }) => IndexStatus !== "ACTIVE");
  return TableStatus !== "ACTIVE" || slow === undefined
    ? TableStatus
    : `ACTIVE, its index ${slow.IndexName} ${slow.IndexStatus},`;
}
