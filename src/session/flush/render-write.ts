import { Renderer } from "../../expr/renderer.js";
import type { WireItem } from "../../schema/wire.js";
import type { Change, CheckChange, DeleteChange, PutChange, UpdateChange } from "./change.js";

interface Expressions {
  /** Of an update alone. */
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: WireItem;
}

export interface PutRequest extends Expressions, Further {
  readonly TableName: string;
  readonly Item: WireItem;
}

export interface UpdateRequest extends Expressions, Further {
  readonly TableName: string;
  readonly Key: WireItem;
}

export interface DeleteRequest extends Expressions, Further {
  readonly TableName: string;
  readonly Key: WireItem;
}

export interface CheckRequest extends DeleteRequest {
  readonly ConditionExpression: string;
}

/** What a request asks for besides. */
interface Further {
  readonly ReturnValuesOnConditionCheckFailure?: "ALL_OLD";
  readonly ReturnValues?: "ALL_NEW";
}

/** The error is to tell the item that didn't meet the condition. */
const onFailure: Further = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" };

/*
 * Requests and their expressions aren't put together by a spread that comes first in its literal: V8
 * takes a microsecond for each property that follows one.
 */

export function renderPut(change: PutChange, further: Further = {}): PutRequest {
  return {
    TableName: change.tableName,
    Item: change.item,
    ...expressionsOf(change),
    ...further,
  };
}

export function renderUpdate(change: UpdateChange, further: Further = {}): UpdateRequest {
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ...expressionsOf(change),
    ...further,
  };
}

export function renderDelete(change: DeleteChange, further: Further = {}): DeleteRequest {
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ...expressionsOf(change),
    ...further,
  };
}

export function renderCheck(change: CheckChange, further: Further = {}): CheckRequest {
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ...(expressionsOf(change) as Pick<CheckRequest, "ConditionExpression">),
    ...further,
  };
}

export type RenderedSingle = ReturnType<typeof renderSingle>;
export type RenderedAction = ReturnType<typeof renderAction>;

/** The operation that writes a change by itself, and its request. */
export function renderSingle(change: Exclude<Change, CheckChange>) {
  const further = change.condition === undefined ? {} : onFailure;
  switch (change.kind) {
    case "put":
      return { operation: "PutItem", input: renderPut(change, further) } as const;
    case "delete":
      return { operation: "DeleteItem", input: renderDelete(change, further) } as const;
    case "update":
      return {
        operation: "UpdateItem",
        input: renderUpdate(
          change,
          change.computed.size > 0 ? { ...further, ReturnValues: "ALL_NEW" } : further,
        ),
      } as const;
  }
}

/** A change as one action of a transaction. */
export function renderAction(change: Change) {
  switch (change.kind) {
    case "put":
      return { Put: renderPut(change, onFailure) };
    case "delete":
      return { Delete: renderDelete(change, onFailure) };
    case "check":
      return { ConditionCheck: renderCheck(change, onFailure) };
    case "update": {
      const request = renderUpdate(change, onFailure);
      // A transaction's update must have an expression; where only a condition is asked, a check says the same.
      return hasExpression(request)
        ? { Update: request }
        : { ConditionCheck: request as CheckRequest };
    }
  }
}

/** Each change is rendered when it is made, to see whether it fits, and once more into its request. */
const rendered = new WeakMap<Change, Expressions>();

/**
 * The expressions of a change, with placeholders of their own.
 *
 * @throws {InvalidExpression} INVALID_EXPRESSION over a limit of the service.
 */
export function expressionsOf(change: Change): Expressions {
  const known = rendered.get(change);
  if (known !== undefined) return known;
  const renderer = new Renderer();
  const expressions: Writable<Expressions> = {};
  if (change.kind === "update" && change.actions.length > 0) {
    expressions.UpdateExpression = renderer.update(change.actions);
  }
  if (change.condition !== undefined) {
    expressions.ConditionExpression = renderer.condition(change.condition);
  }
  const names = renderer.names();
  const values = renderer.values();
  if (names !== undefined) expressions.ExpressionAttributeNames = names;
  if (values !== undefined) expressions.ExpressionAttributeValues = values;
  rendered.set(change, expressions);
  return expressions;
}

function hasExpression(
  request: UpdateRequest,
): request is Required<Pick<UpdateRequest, "UpdateExpression">> & UpdateRequest {
  return request.UpdateExpression !== undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
