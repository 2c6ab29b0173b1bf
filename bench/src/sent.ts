import type { Change } from "./contestant.js";
import { attributes, tableName } from "./items.js";

type Wire = Readonly<Record<string, unknown>>;

/** The items of a BatchWriteItem's puts, without the attributes in which mappers note the model. */
export function putItems(body: string): unknown[] {
  const { RequestItems } = JSON.parse(body) as {
    RequestItems: Record<string, readonly { PutRequest: { Item: Wire } }[]>;
  };
  return (RequestItems[tableName] ?? []).map(({ PutRequest }) =>
    Object.fromEntries(attributes.map((name) => [name, PutRequest.Item[name]])),
  );
}

/** The id of an UpdateItem's item, and the `views` that it sets. */
export function writtenViews(body: string): [id: string, views: number] {
  const request = JSON.parse(body) as UpdateBody;
  const update = resolve(request.UpdateExpression, request);
  return [request.Key.id.S, Number(update.match(/views = \{"N":"(\d+)"\}/)?.[1])];
}

interface UpdateBody {
  readonly Key: { readonly id: { readonly S: string } };
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, unknown>>;
}

/** What an UpdateItem lacks of the change: its assignments, and its conditions. */
export function missingOf(body: string, { before, after }: Change): string[] {
  const request = JSON.parse(body) as UpdateBody;
  const update = resolve(request.UpdateExpression, request);
  const condition = resolve(request.ConditionExpression ?? "", request);
  const wants = (values: Change["after"]) => [
    `views = {"N":"${values.views}"}`,
    `title = {"S":${JSON.stringify(values.title)}}`,
  ];
  return [
    ...wants(after).filter((text) => !update.includes(text)),
    ...wants(before).filter((text) => !condition.includes(text)),
  ];
}

/** The expression with its names and values in their places. */
function resolve(expression: string, request: UpdateBody): string {
  return expression
    .replaceAll(/#\w+/g, (name) => request.ExpressionAttributeNames[name] ?? name)
    .replaceAll(/:\w+/g, (name) => JSON.stringify(request.ExpressionAttributeValues[name]));
}
