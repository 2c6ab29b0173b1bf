import { type DecodeBase64, itemToBytes } from "../../schema/scan/wire-bytes.js";

type Values = Record<string, object>;

interface Unprocessed {
  readonly PutRequest?: { readonly Item?: Values };
  readonly DeleteRequest?: { readonly Key?: Values };
}

/** Where answers have items and keys. */
interface Answer {
  readonly Item?: Values;
  readonly Attributes?: Values;
  readonly Items?: readonly Values[];
  readonly LastEvaluatedKey?: Values;
  readonly Responses?: Record<string, readonly Values[]> | readonly { readonly Item?: Values }[];
  readonly UnprocessedKeys?: Record<string, { readonly Keys?: readonly Values[] }>;
  readonly UnprocessedItems?: Record<string, readonly Unprocessed[]>;
}

/** Makes bytes, in place, of the base64 that an answer's B and BS values have on the wire. */
export function decodeBinary(answer: object, decode: DecodeBase64): void {
  const { Item, Attributes, Items, LastEvaluatedKey, Responses } = answer as Answer;
  const { UnprocessedKeys = {}, UnprocessedItems = {} } = answer as Answer;
  decodeItem(Item, decode);
  decodeItem(Attributes, decode);
  decodeItem(LastEvaluatedKey, decode);
  decodeItems(Items, decode);
  if (Array.isArray(Responses)) {
    for (const response of Responses) decodeItem(response.Item, decode);
  } else {
    for (const items of Object.values(Responses ?? {})) decodeItems(items, decode);
  }
  for (const { Keys } of Object.values(UnprocessedKeys)) decodeItems(Keys, decode);
  for (const { PutRequest, DeleteRequest } of Object.values(UnprocessedItems).flat()) {
    decodeItem(PutRequest?.Item, decode);
    decodeItem(DeleteRequest?.Key, decode);
  }
}

function decodeItems(items: readonly Values[] | undefined, decode: DecodeBase64): void {
  for (const item of items ?? []) decodeItem(item, decode);
}

function decodeItem(item: Values | undefined, decode: DecodeBase64): void {
  if (item !== undefined) itemToBytes(item, decode);
}
