import type { Condition } from "../../../src/expr/condition.js";
import { columnPath, type Paths } from "../../../src/expr/path.js";
import { Renderer } from "../../../src/expr/renderer.js";
import type { Update } from "../../../src/expr/update.js";
import type { Columns } from "../../../src/schema/column.js";
import { globalIndex, localIndex } from "../../../src/schema/index-spec.js";
import { declareTable, type TableSpec } from "../../../src/schema/table.js";
import { t } from "../../../src/schema/types.js";

export const columns = {
  forum: t.string().hashKey(),
  id: t.integer().rangeKey(),
  user: t.string(),
  date: t.datetime(),
  expires: t.timestamp().optional(),
  views: t.integer().default(0),
  likes: t.integer().default(0),
  rating: t.number().optional(),
  total: t.bigint().optional(),
  price: t.decimal().optional(),
  isPublic: t.boolean().optional(),
  state: t.enum("draft", "shown").optional(),
  token: t.uuid().optional(),
  content: t.string().optional().as("c"),
  image: t.binary().optional(),
  tags: t.set(t.string()).optional(),
  scores: t.set(t.number()).optional(),
  lines: t.list(t.string()).optional(),
  numbers: t.list(t.integer()).optional(),
  meta: t
    .map({
      author: t.string(),
      age: t.integer().optional(),
      refs: t.list(t.string()),
      parts: t.list(t.map({ name: t.string(), marks: t.set(t.string()) })),
    })
    .optional(),
  counts: t.record(t.integer()).optional(),
  anything: t.any().optional(),
  stamp: t
    .custom({
      wire: "S",
      encode: (url: URL) => url.href,
      decode: (href) => new URL(href),
    })
    .optional(),
  labels: t
    .custom({
      wire: "SS",
      encode: (labels: string) => labels.split(","),
      decode: (stored) => stored.join(),
    })
    .optional(),
  limits: t
    .map({ low: t.integer(), high: t.integer() })
    .optional()
    .validate(({ low, high }) => low < high || "low must be below high"),
  slug: t
    .string()
    .optional()
    .validate((slug) => /^[a-z-]*$/.test(slug) || "only small letters"),
};

export const table = declareTable("Post", columns, {
  indexes: {
    byUser: globalIndex({ hashKey: "user", rangeKey: "date" }),
    bySlug: globalIndex({ hashKey: "slug", projection: ["views"] }),
    byViews: localIndex({ rangeKey: "views", projection: "keys" }),
  },
});

/** The columns of a table as paths, as `model()` makes them. */
export function pathsOf<C extends Columns>(table: TableSpec, _columns: C): Paths<C> {
  const paths = table.columns.map((column) => [column.name, columnPath(table, column)]);
  return Object.fromEntries(paths) as Paths<C>;
}

export const Post = pathsOf(table, columns);

/** A model of the same name, and a column of the same name as one of Post's. */
export const otherTable = declareTable("Post", { id: t.string().hashKey(), views: t.integer() });
export const Other = pathsOf(otherTable, { id: t.string().hashKey(), views: t.integer() });

export interface Rendered {
  readonly text: string;
  readonly names: Record<string, string> | undefined;
  readonly values: Record<string, unknown> | undefined;
}

export function render(condition: Condition): Rendered {
  const renderer = new Renderer();
  const text = renderer.condition(condition.node);
  return { text, names: renderer.names(), values: renderer.values() };
}

export function renderUpdate(...updates: readonly Update[]): Rendered {
  const renderer = new Renderer();
  const text = renderer.update(updates.map(({ action }) => action));
  return { text, names: renderer.names(), values: renderer.values() };
}

/** Whether a value, and everything in it but bytes, is frozen. */
export function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

/** What a call throws, to look at its facts. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown");
}
