import { infoOf } from "../model/metadata.js";
import type { AnyModel } from "../model/model.js";
import { Engine } from "../session/engine.js";
import { TableMismatch } from "../session/tables/errors.js";
import { mergeTables, type SharedTable } from "../session/tables/merge-tables.js";
import type { Exported } from "./exported.js";

/** How a table compares with its models. */
export interface TableReport {
  readonly table: string;
  readonly models: readonly string[];
  /** What the table lacks, a sentence each; none: it fits. */
  readonly differences: readonly string[];
}

/** The models of each table, by its name, sorted by it. */
export function byTable({ models, engine }: Exported): Map<string, AnyModel[]> {
  const tables = new Map<string, AnyModel[]>();
  for (const model of models) {
    const name = engine?.tableName(model) ?? infoOf(model).table.tableName;
    tables.set(name, [...(tables.get(name) ?? []), model]);
  }
  // A module's exports come in the order of their names, arrays' members in their own.
  return new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One request for each table, made for all of its models. */
export function requestsOf(exported: Exported): SharedTable[] {
  return [...byTable(exported)].map(([name, models]) => {
    const shared = mergeTables(
      models.map((model) => infoOf(model).table),
      name,
    );
    const problems = [...shared.conflicts].map(([model, differences]) => ({
      model,
      tableName: name,
      differences,
    }));
    if (problems.length > 0) throw new TableMismatch(problems);
    return shared;
  });
}

/** Compares each table with its models, one after the other, and creates it before if asked to. */
export async function* inspect(exported: Exported, create: boolean): AsyncGenerator<TableReport> {
  const engine = exported.engine ?? new Engine();
  for (const [table, models] of byTable(exported)) {
    const names = models.map((model) => infoOf(model).name);
    yield { table, models: names, differences: await differences(engine, models, create) };
  }
}

async function differences(
  engine: Engine,
  models: readonly AnyModel[],
  create: boolean,
): Promise<readonly string[]> {
  try {
    await engine.bind(...models, { create });
    return [];
  } catch (error) {
    if (error instanceof TableMismatch) return [...new Set(error.differences)];
    throw error;
  }
}
