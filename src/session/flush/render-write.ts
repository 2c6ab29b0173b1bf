import { Renderer } from "../../expr/renderer.js";
import type { WireItem } from "../../schema/wire.js";
import type { Change, CheckChange, PutChange } from "./change.js";

interface Expressions {
  /** Of an update alone. */
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: WireItem;
}

interface PutRequest extends Expressions, Further {
  readonly TableName: string;
  readonly Item: WireItem;
}

/** Of any write but a put, and of a check: it names its item by the key. */
interface KeyedRequest extends Expressions, Further {
  readonly TableName: string;
  readonly Key: WireItem;
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

function renderPut(change: PutChange, further: Further): PutRequest {
  return {
    TableName: change.tableName,
    Item: change.item,
    ...expressionsOf(change),
    ...further,
  };
}

function renderKeyed(change: Exclude<Change, PutChange>, further: Further): KeyedRequest {
  return {
    TableName: change.tableName,
    Key: change.key.wire,
    ...expressionsOf(change),
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
      return { operation: "DeleteItem", input: renderKeyed(change, further) } as const;
    case "update":
      return {
        operation: "UpdateItem",
        input: renderKeyed(
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
      return { Delete: renderKeyed(change, onFailure) };
    case "check":
    case "update": {
      const request = renderKeyed(change, onFailure);
      // A transaction's update must have an expression; where only a condition is asked, a check says the same.
      return hasUpdate(request)
        ? { Update: request }
        : { ConditionCheck: request as KeyedRequest & { readonly ConditionExpression: string } };
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

function hasUpdate(
  request: KeyedRequest,
): request is KeyedRequest & { readonly UpdateExpression: string } {
  return request.UpdateExpression !== undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
