import { InvalidExpression } from "../../expr/errors.js";
import type { ModelInfo } from "../../model/metadata.js";
import { describeValue } from "../../schema/errors.js";
import type { IndexSpec } from "../../schema/index-spec.js";
import type { ColumnSpec } from "../../schema/table.js";
import type { SearchProps } from "./search-props.js";

/** The index of a name. @throws {InvalidExpression} INVALID_EXPRESSION for an unknown one. */
export function findIndex({ info }: SearchProps, name: string): IndexSpec {
  const { indexes } = info.table;
  const index = indexes.get(name);
  if (index !== undefined) return index;
  const known = [...indexes.keys()].join(", ") || "it has none";
  throw new InvalidExpression(
    `${info.name} has no index ${describeValue(name)}; its indexes: ${known}.`,
    { model: info.name },
  );
}

/** @throws {InvalidExpression} INVALID_EXPRESSION for an unknown column, or one that can't be read there. */
export function selectColumns(props: SearchProps, names: readonly string[]): ColumnSpec[] {
  const { info, index, isComplete } = props;
  if (names.length === 0) {
    throw new InvalidExpression("select() needs at least one column.", { model: info.name });
  }
  const selected = [...new Set(names)].map((name) => {
    const column = info.table.byName.get(name);
    if (column !== undefined) return column;
    const known = [...info.table.byName.keys()].join(", ");
    throw new InvalidExpression(
      `${info.name} has no column ${describeValue(name)} to select; its columns: ${known}.`,
      { model: info.name, column: String(name) },
    );
  });
  if (index !== undefined) assertSelectable(info.name, selected, index, isComplete);
  return selected;
}

/** What a local index's rows lack the service fetches from the table; for a global one's nobody does. */
export function assertSelectable(
  model: string,
  selected: readonly ColumnSpec[],
  { name, kind, projected }: IndexSpec,
  isComplete: boolean,
): void {
  if (kind !== "global" || isComplete) return;
  const missing = selected.find((column) => !projected.has(column.name));
  if (missing === undefined) return;
  throw new InvalidExpression(
    `${model}.${missing.name} isn't in the index ${name}: say complete() before select(), so that it is read ` +
      "from the table, or add it to the index's projection.",
    { model, column: missing.name },
  );
}

export function assertConsistent({ name: model }: ModelInfo, index: IndexSpec | undefined): void {
  if (index?.kind !== "global") return;
  throw new InvalidExpression(
    `The global index ${model}.${index.name} has no consistent reads: its rows are copies that come later. ` +
      "Read the table or a local index, or follow its rows to the table by complete().",
    { model },
  );
}

export function assertWhole(
  { name: model }: ModelInfo,
  what: string,
  value: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? "of 1 or more" : `from 1 to ${most}`;
  throw new InvalidExpression(
    `${model}: ${what}() takes a whole number ${range}, not ${describeValue(value)}.`,
    { model },
  );
}
