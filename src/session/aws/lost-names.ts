import type { WireItem } from "../../schema/wire.js";

/** Where the answers of all operations, and their errors, have items. */
interface WithItems {
  readonly Item?: WireItem;
  readonly Attributes?: WireItem;
  readonly Items?: readonly WireItem[];
  readonly Responses?:
    | Readonly<Record<string, readonly WireItem[]>>
    | readonly { readonly Item?: WireItem }[];
  readonly CancellationReasons?: readonly { readonly Item?: WireItem }[];
}

/**
 * Takes the attribute `__proto__` out of an answer's items. The SDK loses its value (client-dynamodb
 * 3.1169 gives `undefined`; deeper in documents it survives), and what has no value is no attribute.
 */
export function dropLostNames(answer: unknown): void {
  if (typeof answer !== "object" || answer === null) return;
  const { Item, Attributes, Items, Responses, CancellationReasons } = answer as WithItems;
  drop(Item);
  drop(Attributes);
  for (const item of Items ?? []) drop(item);
  for (const reason of CancellationReasons ?? []) drop(reason.Item);
  if (Responses === undefined) return;
  for (const response of Object.values(Responses)) {
    if (Array.isArray(response)) for (const item of response) drop(item);
    else drop((response as { readonly Item?: WireItem }).Item);
  }
}

const lostName = "__proto__";

function drop(item: WireItem | undefined): void {
  if (item !== undefined && Object.hasOwn(item, lostName) && item[lostName] === undefined) {
    delete item[lostName];
  }
}
