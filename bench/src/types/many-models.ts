/** A program of 30 models of 60 columns, with an index each, of which all is used that infers types. */
export const modelCount = 30;
export const columnCount = 60;

const kinds = [
  "t.string()",
  "t.integer().optional()",
  "t.boolean().default(false)",
  "t.list(t.string())",
  "t.set(t.string()).optional()",
  "t.map({ a: t.string(), b: t.integer().optional() }).optional()",
  "t.datetime().optional()",
  't.enum("a", "b").optional()',
  "t.record(t.number()).optional()",
  "t.bigint().optional()",
];

export function manyModels(): string {
  const models = Array.from({ length: modelCount }, (_, at) => modelText(at));
  return [
    'import { Engine, globalIndex, model, t } from "dynalchemy";',
    "const session = new Engine().session();",
    ...models,
    "",
  ].join("\n");
}

function modelText(at: number): string {
  const columns = Array.from(
    { length: columnCount - 2 },
    (_, column) => `  c${column}: ${kinds[(at + column) % kinds.length]},`,
  );
  return `
export class Model${at} extends model("Model${at}", {
  hash: t.string().hashKey(),
  range: t.integer().rangeKey(),
${columns.join("\n")}
}, { indexes: { byRange: globalIndex({ hashKey: "range" }) } }) {}

export async function use${at}(values: ConstructorParameters<typeof Model${at}>[0]) {
  session.add(new Model${at}(values));
  const one = await session.require(Model${at}, { hash: "a", range: 1 });
  one.range satisfies number;
  return session
    .query(Model${at}.byRange)
    .key({ range: 1 })
    .filter(Model${at}.c.hash.eq("x"))
    .select("hash", "c0")
    .all();
}`;
}
