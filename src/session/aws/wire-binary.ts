type Decode = (base64: string) => Uint8Array;
type Value = Record<string, unknown>;
type Values = Record<string, Value>;

/** Where the answers of reads have items and keys. */
interface Answer {
  readonly Item?: Values;
  readonly Items?: readonly Values[];
  readonly LastEvaluatedKey?: Values;
  readonly Responses?: Record<string, readonly Values[]> | readonly { readonly Item?: Values }[];
  readonly UnprocessedKeys?: Record<string, { readonly Keys?: readonly Values[] }>;
}

/** Makes bytes, in place, of the base64 that an answer's B and BS values have on the wire. */
export function decodeBinary(answer: object, decode: Decode): void {
  const { Item, Items, LastEvaluatedKey, Responses, UnprocessedKeys } = answer as Answer;
  decodeItem(Item, decode);
  decodeItem(LastEvaluatedKey, decode);
  decodeItems(Items, decode);
  if (Array.isArray(Responses)) {
    for (const response of Responses) decodeItem(response.Item, decode);
  } else {
    for (const items of Object.values(Responses ?? {})) decodeItems(items, decode);
  }
  for (const { Keys } of Object.values(UnprocessedKeys ?? {})) decodeItems(Keys, decode);
}

function decodeItems(items: readonly Values[] | undefined, decode: Decode): void {
  for (const item of items ?? []) decodeItem(item, decode);
}

function decodeItem(item: Values | undefined, decode: Decode): void {
  for (const value of Object.values(item ?? {})) decodeValue(value, decode);
}

function decodeValue(value: Value, decode: Decode): void {
  if (value.B !== undefined) value.B = decode(value.B as string);
  else if (value.BS !== undefined) value.BS = (value.BS as string[]).map((text) => decode(text));
  else if (value.M !== undefined) decodeItem(value.M as Values, decode);
  else if (value.L !== undefined) {
    for (const element of value.L as Value[]) decodeValue(element, decode);
  }
}
