import { InvalidExpression } from "../../expr/errors.js";
import { assertUpdateOfModel } from "../../expr/filter.js";
import { type ActionNode, pathNode, valueNode } from "../../expr/nodes.js";
import { assertNoOverlap } from "../../expr/renderer.js";
import { Update } from "../../expr/update.js";
import type { ModelInfo } from "../../model/metadata.js";
import { describeValue, InvalidValue } from "../../schema/errors.js";
import { encodeColumn, validateColumn } from "../../schema/item-codec.js";
import type { ColumnSpec } from "../../schema/table.js";
import { setOwn } from "../../schema/wire.js";
import type { RowUpdate } from "./bulk-spec.js";

/**
 * What `query.update()` was given, checked and encoded at the call: later changes of the values
 * don't count.
 *
 * @throws {InvalidValue} INVALID_VALUE for an unknown column, or a value that doesn't fit.
 * @throws {InvalidExpression} INVALID_EXPRESSION for a key, a version, nothing, and another column's update.
 */
export function rowUpdate(info: ModelInfo, values: object): () => RowUpdate {
  const given = assigned(info, values);
  return () => stamped(info, given);
}

function assigned(info: ModelInfo, values: object): RowUpdate {
  const actions: ActionNode[] = [];
  const after: Record<string, unknown> = {};
  const computed = new Set<string>();
  let isIdempotent = true;
  for (const [name, value] of Object.entries(values)) {
    const column = columnFor(info, name);
    if (value instanceof Update) {
      assertUpdateOfModel(value, info.table);
      if (value.path.column !== name) refuse(info, name, `${String(value)} is another column's`);
      actions.push(value.action);
      computed.add(name);
      isIdempotent &&= value.isIdempotent;
    } else {
      if (value !== undefined) validateColumn(info.table, column, value);
      actions.push(setting(info, column, value));
      setOwn(after, name, value === undefined ? undefined : column.type.copy(value));
    }
  }
  if (actions.length === 0) {
    throw new InvalidExpression(`update() of ${info.name} needs at least one column.`, {
      model: info.name,
    });
  }
  assertNoOverlap(actions);
  return { actions, after, computed, isIdempotent };
}

/** With what each write of the model stamps: the next version, and `.onUpdate` columns. */
function stamped(info: ModelInfo, given: RowUpdate): RowUpdate {
  const actions = [...given.actions];
  const after = { ...given.after };
  const computed = new Set(given.computed);
  let { isIdempotent } = given;
  for (const { column } of info.slots) {
    const { name } = column;
    if (column.isVersion) {
      // The table counts: whoever has loaded the row before is told of this write by its version.
      const path = pathNode(info.name, name, [column.attribute]);
      actions.push({ kind: "add", path, value: valueNode({ N: "1" }) });
      computed.add(name);
      isIdempotent = false;
    } else if (
      column.onUpdate !== undefined &&
      !computed.has(name) &&
      !Object.hasOwn(after, name)
    ) {
      const value = column.onUpdate();
      actions.push(setting(info, column, value));
      setOwn(after, name, value);
    }
  }
  return { actions, after, computed, isIdempotent };
}

function setting(info: ModelInfo, column: ColumnSpec, value: unknown): ActionNode {
  const path = pathNode(info.name, column.name, [column.attribute]);
  const wire = encodeColumn(info.table, column, value);
  return wire === undefined
    ? { kind: "remove", path }
    : { kind: "set", path, value: valueNode(wire) };
}

function columnFor(info: ModelInfo, name: string): ColumnSpec {
  const column = info.table.byName.get(name);
  if (column === undefined) {
    throw new InvalidValue(
      `${info.name} has no column ${describeValue(name)}: declare it, or leave it out.`,
      { model: info.name, attribute: name },
    );
  }
  if (column.role !== "none") refuse(info, name, "a key can't be updated");
  if (column.isVersion) refuse(info, name, "each update counts the version by itself");
  return column;
}

function refuse(info: ModelInfo, column: string, why: string): never {
  throw new InvalidExpression(`Can't update ${info.name}.${column}: ${why}.`, {
    model: info.name,
    column,
  });
}
