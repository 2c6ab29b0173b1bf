import type { AttributeValue, WireItem } from "../schema/wire.js";

/** What is read of an operation's input. */
interface Input {
  readonly [expression: string]: unknown;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: WireItem;
  readonly Key?: WireItem;
  readonly Item?: WireItem;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, Input>>[];
}

const longest = 60;

/** The expressions of a request, and the word that leads each. */
const expressions = [
  ["UpdateExpression", ""],
  ["KeyConditionExpression", "key "],
  ["FilterExpression", "filter "],
  ["ConditionExpression", "if "],
] as const;

/**
 * What a request asks for, with attributes' names in the place of placeholders. A value is a `?`
 * unless `showsValues`.
 */
export function requestText(input: object, showsValues: boolean): string {
  return printable(textOf(input as Input, showsValues));
}

function textOf(input: Input, showsValues: boolean): string {
  if (input.TransactItems !== undefined) {
    return input.TransactItems.flatMap((action) => Object.entries(action))
      .map(([name, part]) => `${name} ${textOf(part, showsValues)}`.trim())
      .join("; ");
  }
  if (input.RequestItems !== undefined) return countsOf(input.RequestItems);
  const key = input.Key ?? input.Item;
  const parts = showsValues && key !== undefined ? [itemText(key)] : [];
  for (const [name, lead] of expressions) {
    const text = input[name];
    if (typeof text === "string") parts.push(lead + filled(text, input, showsValues));
  }
  return parts.join(" ");
}

/** How many items a batch reads, puts and deletes. */
function countsOf(items: Readonly<Record<string, unknown>>): string {
  const counts = new Map<string, number>();
  const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);
  for (const request of Object.values(items)) {
    if (!Array.isArray(request)) {
      count("get", (request as { readonly Keys?: readonly unknown[] }).Keys?.length ?? 0);
      continue;
    }
    for (const entry of request as readonly object[])
      count("PutRequest" in entry ? "put" : "delete");
  }
  return [...counts]
    .map(([what, number]) => `${number} ${what}${number === 1 ? "" : "s"}`)
    .join(", ");
}

/** In one pass: a name or a value that looks like a placeholder stays what it is. */
function filled(expression: string, input: Input, showsValues: boolean): string {
  const names = new Map(Object.entries(input.ExpressionAttributeNames ?? {}));
  const values = new Map(Object.entries(input.ExpressionAttributeValues ?? {}));
  return expression.replaceAll(/[#:]\w+/g, (placeholder) => {
    if (placeholder.startsWith("#")) return names.get(placeholder) ?? placeholder;
    const value = values.get(placeholder);
    return showsValues && value !== undefined ? valueText(value) : "?";
  });
}

function itemText(item: WireItem): string {
  const parts = Object.entries(item).map(([name, value]) => `${name}: ${valueText(value)}`);
  return shortened(`{ ${parts.join(", ")} }`, 3 * longest);
}

function valueText(value: AttributeValue): string {
  return shortened(JSON.stringify(plainOf(value)) ?? "", longest);
}

function plainOf(value: AttributeValue): unknown {
  const [type, held] = Object.entries(value)[0] ?? [];
  switch (type) {
    case "N":
      // Numbers beyond JavaScript's are shown as they are stored.
      return String(Number(held)) === held ? Number(held) : held;
    case "NULL":
      return null;
    case "B":
      return `<${(held as Uint8Array).byteLength} bytes>`;
    case "BS":
      return (held as readonly Uint8Array[]).map(({ byteLength }) => `<${byteLength} bytes>`);
    case "L":
      return (held as readonly AttributeValue[]).map(plainOf);
    case "M":
      return Object.fromEntries(
        Object.entries(held as WireItem).map(([name, member]) => [name, plainOf(member)]),
      );
    default:
      return held;
  }
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Names may come from users as well: nothing of theirs steers the terminal. */
export function printable(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
