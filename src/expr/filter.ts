import { describeValue } from "../schema/errors.js";
import type { IndexSpec } from "../schema/index-spec.js";
import type { TableSpec } from "../schema/table.js";
import { Condition } from "./condition.js";
import { InvalidExpression } from "./errors.js";
import { belongsTo, type ConditionNode, type PathNode } from "./nodes.js";
import { printPath } from "./print-path.js";
import type { Update } from "./update.js";
import { pathsOf, pathsOfAction } from "./walk.js";

/**
 * Refuses a condition that names another model's columns: DynamoDB looks at one item, and would take
 * an attribute of the same name for it.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION
 */
export function assertOfModel(condition: Condition | ConditionNode, table: TableSpec): void {
  for (const path of pathsOf(nodeOf(condition))) assertOwn(path, table);
}

/**
 * Refuses an update that changes, or computes with, another model's columns.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION
 */
export function assertUpdateOfModel({ action }: Update, table: TableSpec): void {
  for (const path of pathsOfAction(action)) assertOwn(path, table, "an update");
}

/**
 * Refuses a filter that DynamoDB would: of a query, one on a key of what is queried; of an index,
 * one on what the index doesn't hold.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION naming the column and what to do.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
 */
export function assertFilter(
  condition: Condition | ConditionNode,
  table: TableSpec,
  index: IndexSpec | undefined,
  operation: "query" | "scan" = "query",
): void {
  const { hashKey, rangeKey } = index ?? table;
  for (const path of pathsOf(nodeOf(condition))) {
    assertOwn(path, table);
    const column = table.byAttribute.get(path.steps[0] as string);
    if (column === undefined) continue;
    const { name } = column;
    if (operation === "query" && (column === hashKey || column === rangeKey)) {
      throw new InvalidExpression(
        `${table.model}.${printPath(path)} is a key of the ${described(index)}, and a filter can't name it: ` +
          "say it in .key().",
        factsOf(path),
      );
    }
    if (index !== undefined && index.projection !== "all" && !index.projected.has(name)) {
      throw new InvalidExpression(
        `${table.model}.${printPath(path)} isn't in the ${described(index)}, so that a filter there can't see it: ` +
          "add it to the index's projection, or filter the results.",
        factsOf(path),
      );
    }
  }
}

function nodeOf(condition: Condition | ConditionNode): ConditionNode {
  if (condition instanceof Condition) return condition.node;
  if (typeof condition?.kind === "string") return condition;
  throw new InvalidExpression(
    `Expected a condition, such as Post.views.gt(5), but got ${describeValue(condition)}.`,
  );
}

function assertOwn(path: PathNode, table: TableSpec, what = "a condition"): void {
  if (belongsTo(path, table)) return;
  const isNamesake = path.model === table.model;
  throw new InvalidExpression(
    `${path.model}.${printPath(path)} belongs to another model${isNamesake ? " of the same name" : ""}: ` +
      `${what} of ${table.model} names ${table.model}'s own columns.`,
    factsOf(path),
  );
}

function described(index: IndexSpec | undefined): string {
  return index === undefined ? "table that is queried" : `index ${index.name}`;
}

function factsOf(path: PathNode) {
  return { model: path.model, column: path.column, path: printPath(path) };
}
