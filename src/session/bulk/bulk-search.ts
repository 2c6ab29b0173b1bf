import { InvalidExpression } from "../../expr/errors.js";
import { type ActionNode, type ConditionNode, junction, pathNode } from "../../expr/nodes.js";
import { printAction, printCondition } from "../../expr/print.js";
import { Renderer } from "../../expr/renderer.js";
import type { UpdateOf } from "../../expr/update.js";
import type { Columns } from "../../schema/column.js";
import type { HashName, RangeName, Row } from "../../schema/infer.js";
import { type Key, keyOf } from "../../schema/key.js";
import { maxBatchWrites } from "../../schema/limits.js";
import { CursorCodec } from "../read/cursor.js";
import { Search } from "../read/search.js";
import type { SearchProps } from "../read/search-props.js";
import { searchRequest } from "../read/search-request.js";
import { SearchRun } from "../read/search-run.js";
import type { RowUpdate } from "./bulk-spec.js";
import { BulkStatement } from "./bulk-statement.js";
import { rowNeeds } from "./row-needs.js";
import { rowUpdate } from "./row-update.js";

/** The names of the columns that aren't keys. */
type Updatable<C extends Columns> = Exclude<keyof Row<C>, HashName<C> | RangeName<C>>;

/** What `query.update()` takes: values, or updates that the table computes, by column; no keys. */
export type BulkValues<C extends Columns> = {
  readonly [N in Updatable<C>]?: Row<C>[N] | UpdateOf<Row<C>[N]>;
};

/** A search whose rows can be written without being loaded. */
export abstract class BulkSearch<T extends object, C extends Columns> extends Search<T, C> {
  /**
   * Updates all items that this finds, at the next flush: it reads their keys, and writes each one on
   * condition that it still exists and the search still finds it.
   *
   * @throws {InvalidValue} INVALID_VALUE for an unknown column, or a value that doesn't fit.
   * A row that lacks what an update leads through, or computes with, is left alone as well.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for a key, another column's update, and expressions over a limit.
   * @throws {InvalidCursor} INVALID_CURSOR for a cursor of another search, or one that was changed.
   * @throws {InvalidState} INVALID_STATE without a session.
   * @example session.query(Post).key({ forum: "a" }).update({ views: Post.views.plus(1) });
   * // at the flush: Query { ProjectionExpression: "forum, id" }, then for each row UpdateItem ADD views 1
   */
  update(values: BulkValues<C>): BulkStatement {
    return pend(Search.propsOf(this), rowUpdate(Search.propsOf(this).info, values));
  }

  /**
   * Deletes all items that this finds, at the next flush. Without a filter, those of a table are
   * deleted 25 in a request; otherwise each on condition that the search still finds it.
   *
   * @throws {InvalidCursor} INVALID_CURSOR for a cursor of another search, or one that was changed.
   * @throws {InvalidState} INVALID_STATE without a session.
   * @example session.query(Post).key({ forum: "a" }).delete();
   * // at the flush: Query { ProjectionExpression: "forum, id" }, then BatchWriteItem
   */
  delete(): BulkStatement {
    return pend(Search.propsOf(this), undefined);
  }
}

function pend(props: SearchProps, update: (() => RowUpdate) | undefined): BulkStatement {
  const { host, info, index, key, filter, selected } = props;
  const action = update === undefined ? "delete" : "update";
  if (selected !== undefined) {
    throw new InvalidExpression(`Can't ${action} selected columns: leave out select().`, {
      model: info.name,
    });
  }
  const { hashKey, rangeKey } = info.table;
  const keys = [hashKey, rangeKey].filter((column) => column !== undefined);
  const reading: SearchProps = { ...props, selected: keys, isComplete: false, overwrites: false };
  // A query without a key, expressions beyond the limits and bad cursors are found at the call.
  searchRequest(reading);
  if (props.cursor !== undefined) new CursorCodec(props).check(props.cursor);
  const actions = update?.().actions;
  // A row of an index may be a late copy of its item, so that what found it there is asked of the item.
  const condition = junction("and", [
    update && stored(props, [hashKey]),
    index && stored(props, [index.hashKey, index.rangeKey]),
    index && key?.node,
    filter,
    actions && rowNeeds(actions),
  ]);
  const renderer = new Renderer();
  if (actions !== undefined) renderer.update(actions);
  if (condition !== undefined) renderer.condition(condition);
  renderer.values();
  const statement = new BulkStatement(action, info.name, describe(props, actions, condition));
  host.addBulk({
    statement,
    info,
    tableName: host.tableName(info),
    condition,
    update,
    async keys(signal): Promise<readonly Key[]> {
      const found: Key[] = [];
      for await (const row of new SearchRun(reading, { signal }).results()) {
        found.push(keyOf(info.table, row, "pick"));
      }
      return found;
    },
  });
  return statement;
}

/** That an item has these columns. */
function stored(
  { info }: SearchProps,
  columns: readonly (SearchProps["info"]["table"]["hashKey"] | undefined)[],
): ConditionNode | undefined {
  return junction(
    "and",
    columns.map(
      (column) =>
        column && {
          kind: "exists" as const,
          path: pathNode(info.name, column.name, [column.attribute]),
        },
    ),
  );
}

function describe(
  props: SearchProps,
  actions: readonly ActionNode[] | undefined,
  condition: ConditionNode | undefined,
): string {
  const { info, operation, index, key, filter, isDescending, cursor, limit } = props;
  const where = junction("and", [key?.node, filter]);
  const parts = [
    `${actions === undefined ? "delete" : "update"} ${info.name}`,
    index && ` by ${index.name}`,
    where && ` where ${printCondition(where)}`,
    isDescending && ", descending",
    cursor !== undefined && ", after a cursor",
    limit !== undefined && `, at most ${limit}`,
    actions && ` (${actions.map(printAction).join(", ")})`,
    `: ${operation} for the keys, then `,
    condition === undefined ? `deletions, ${maxBatchWrites} in a request` : "a write for each row",
  ];
  return parts.filter(Boolean).join("");
}
