import type { ConditionNode } from "../../expr/nodes.js";
import { Renderer } from "../../expr/renderer.js";
import type { WireItem } from "../../schema/wire.js";
import type { Change, CheckChange, DeleteChange, PutChange, UpdateChange } from "./change.js";

/** What the requests of all writes share. */
interface Expressions {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: WireItem;
}

export interface PutRequest extends Expressions {
  readonly TableName: string;
  readonly Item: WireItem;
}

export interface UpdateRequest extends Expressions {
  readonly TableName: string;
  readonly Key: WireItem;
  readonly UpdateExpression?: string;
}

export interface DeleteRequest extends Expressions {
  readonly TableName: string;
  readonly Key: WireItem;
}

export interface CheckRequest extends DeleteRequest {
  readonly ConditionExpression: string;
}

export function renderPut(change: PutChange): PutRequest {
  return { TableName: change.tableName, Item: change.item, ...conditional(change.condition) };
}

export function renderUpdate(change: UpdateChange): UpdateRequest {
  const renderer = new Renderer();
  const update = change.actions.length > 0 ? renderer.update(change.actions) : undefined;
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ...(update !== undefined && { UpdateExpression: update }),
    ...conditional(change.condition, renderer),
  };
}

export function renderDelete(change: DeleteChange): DeleteRequest {
  return { TableName: change.tableName, Key: change.key.wire, ...conditional(change.condition) };
}

export function renderCheck(change: CheckChange): CheckRequest {
  const renderer = new Renderer();
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ConditionExpression: renderer.condition(change.condition),
    ...placeholders(renderer),
  };
}

export type RenderedSingle = ReturnType<typeof renderSingle>;
export type RenderedAction = ReturnType<typeof renderAction>;

/** The operation that writes a change by itself, and its request. */
export function renderSingle(change: Exclude<Change, CheckChange>) {
  const onFailure =
    change.condition === undefined
      ? {}
      : { ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const };
  switch (change.kind) {
    case "put":
      return { operation: "PutItem", input: { ...renderPut(change), ...onFailure } } as const;
    case "delete":
      return { operation: "DeleteItem", input: { ...renderDelete(change), ...onFailure } } as const;
    case "update":
      return {
        operation: "UpdateItem",
        input: {
          ...renderUpdate(change),
          ...onFailure,
          ...(change.computed.size > 0 && { ReturnValues: "ALL_NEW" as const }),
        },
      } as const;
  }
}

/** A change as one action of a transaction. */
export function renderAction(change: Change) {
  const onFailure = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const };
  switch (change.kind) {
    case "put":
      return { Put: { ...renderPut(change), ...onFailure } };
    case "delete":
      return { Delete: { ...renderDelete(change), ...onFailure } };
    case "check":
      return { ConditionCheck: { ...renderCheck(change), ...onFailure } };
    case "update": {
      const { UpdateExpression, ...request } = renderUpdate(change);
      // A transaction's update must have an expression; where only a condition is asked, a check says the same.
      if (UpdateExpression === undefined) {
        return { ConditionCheck: { ...(request as CheckRequest), ...onFailure } };
      }
      return { Update: { ...request, UpdateExpression, ...onFailure } };
    }
  }
}

function conditional(condition: ConditionNode | undefined, renderer = new Renderer()): Expressions {
  const text = condition && renderer.condition(condition);
  return { ...(text !== undefined && { ConditionExpression: text }), ...placeholders(renderer) };
}

function placeholders(renderer: Renderer): Expressions {
  const names = renderer.names();
  const values = renderer.values();
  return {
    ...(names !== undefined && { ExpressionAttributeNames: names }),
    ...(values !== undefined && { ExpressionAttributeValues: values }),
  };
}
