import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { and, type Condition, not, or } from "../../src/expr/condition.js";
import { readKeyCondition } from "../../src/expr/key-condition.js";
import { Renderer } from "../../src/expr/renderer.js";
import type { Update } from "../../src/expr/update.js";
import { decodeColumn, encodeItem } from "../../src/schema/item-codec.js";
import { NumberValue } from "../../src/schema/number-value.js";
import { createTableInput } from "../../src/schema/table-request.js";
import type { AttributeValue, WireItem } from "../../src/schema/wire.js";
import { makeClient } from "../support/client.js";
import { describeOnLocal, itOnLocal } from "../support/engine-facts.js";
import { freshName } from "../support/tables.js";
import { Post, table } from "../unit/expr/post.js";

let TableName: string;
const client = () => makeClient();
const day = new Date("2024-02-29T12:00:00Z");
const values: Record<string, unknown> = {
  forum: "DynamoDB",
  id: 1,
  user: "ann",
  date: day,
  expires: day,
  views: 5,
  likes: 5,
  rating: 1.5,
  total: 2n ** 80n,
  price: NumberValue.from("12.5"),
  isPublic: true,
  state: "shown",
  token: "3f2c0e4e-0000-4000-8000-000000000000",
  content: "Hello world",
  image: new Uint8Array([1, 2, 3]),
  tags: new Set(["a", "b"]),
  lines: ["x", "y"],
  numbers: [1, 2],
  meta: { author: "ann", refs: ["r0", "r1"], parts: [{ name: "p", marks: new Set(["m"]) }] },
  counts: { a: 1, "a.b[0]": 2 },
  anything: { list: [1, "two", null], size: 3 },
  slug: "a-slug",
};
const Key: WireItem = { forum: { S: "DynamoDB" }, id: { N: "1" } };

function substitutes(renderer: Renderer) {
  const [names, wires] = [renderer.names(), renderer.values()];
  return {
    ...(names && { ExpressionAttributeNames: names }),
    ...(wires && { ExpressionAttributeValues: wires }),
  };
}

beforeAll(async () => {
  TableName = freshName("expressions");
  await client().send(new CreateTableCommand(createTableInput(table, TableName)));
});
beforeEach(async () => {
  const Item = encodeItem(table, ({ name }) => values[name]);
  await client().send(new PutItemCommand({ TableName, Item }));
});

async function holds(condition: Condition): Promise<boolean> {
  const renderer = new Renderer();
  const FilterExpression = renderer.condition(condition.node);
  const { Count } = await client().send(
    new ScanCommand({ TableName, FilterExpression, ...substitutes(renderer) }),
  );
  return Count === 1;
}

const { anything, content, counts, image, lines, likes, meta, tags, views } = Post;

describeOnLocal("each condition on a whole list or map, asked of the engine", () => {
  it.each<readonly [Condition, boolean]>([
    [lines.eq(["x", "y"]), true],
    [lines.eq(["y", "x"]), false],
    [lines.in([["x", "y"], ["z"]]), true],
    [
      meta
        .at("parts")
        .at(0)
        .eq({ name: "p", marks: new Set(["m"]) }),
      true,
    ],
    [anything.eq({ size: 3, list: [1, "two", null] }), true],
  ])("%s: %s", async (condition, expected) => {
    expect(await holds(condition)).toBe(expected);
  });
}, ["documentEquality"]);

describe("each condition, asked of the engine", () => {
  it.each<readonly [Condition, boolean]>([
    [views.eq(5), true],
    [views.eq(6), false],
    [views.ne(5), false],
    [Post.stamp.ne(new URL("https://a.example")), true],
    [views.lt(6), true],
    [views.lte(5), true],
    [views.gt(5), false],
    [views.gte(5), true],
    [views.between(5, 6), true],
    [views.in([1, 5]), true],
    [views.in(Array.from({ length: 100 }, (_, n) => n + 10)), false],
    [content.exists(), true],
    [content.missing(), false],
    [content.eq(undefined), false],
    [Post.stamp.eq(null), true],
    [content.isType("S"), true],
    [content.isType("N"), false],
    [content.contains("lo wo"), true],
    [content.contains("x"), false],
    [content.beginsWith("Hello"), true],
    [content.beginsWith("ello"), false],
    [content.size().eq(11), true],
    [content.size().between(1, 10), false],
    [content.size().in([11, 12]), true],
    [image.beginsWith(new Uint8Array([1, 2])), true],
    [image.size().gt(2), true],
    [image.gt(new Uint8Array([1, 2])), true],
    [tags.contains("a"), true],
    [tags.contains("c"), false],
    [tags.eq(new Set(["b", "a"])), true],
    [tags.size().gte(3), false],
    [lines.contains("y"), true],
    [lines.at(1).eq("y"), true],
    [lines.at(2).exists(), false],
    [meta.at("author").eq("ann"), true],
    [meta.at("refs").at(0).beginsWith("r"), true],
    [meta.at("parts").at(0).at("marks").contains("m"), true],
    [meta.at("age").missing(), true],
    [meta.size().eq(3), true],
    [counts.at("a.b[0]").eq(2), true],
    [counts.at("a").plus(1) && counts.at("a").lt(2), true],
    [anything.at("list").at(1).eq("two"), true],
    [anything.at("list").at(2).isType("NULL"), true],
    [anything.at("size").gt(2), true],
    [views.eq(likes), true],
    [views.gt(likes), false],
    [views.between(likes, 9), true],
    [views.in(9, likes), true],
    [views.gt(tags.size()), true],
    [tags.size().lt(lines.size()), false],
    [tags.size().eq(lines.size()), true],
    [tags.contains(Post.user), false],
    [meta.at("author").eq(Post.user), true],
    [Post.date.lte(day), true],
    [Post.expires.eq(day), true],
    [Post.total.eq(2n ** 80n), true],
    [Post.price.eq(NumberValue.from("12.5")), true],
    [Post.isPublic.eq(true), true],
    [Post.state.in("draft", "shown"), true],
    [Post.token.beginsWith("3f2c"), true],
    [and(views.eq(5), or(likes.eq(1), tags.contains("a"))), true],
    [or(and(views.eq(5), likes.eq(1)), and(views.eq(5), likes.eq(5))), true],
    [not(or(views.eq(5), likes.eq(1))), false],
    [not(views.between(1, 2)).and(content.exists()), true],
    [not(and(views.eq(1), likes.eq(5))), true],
    [views.eq(1).not().and(likes.eq(5).not().not()), true],
  ])("%s: %s", async (condition, expected) => {
    expect(await holds(condition)).toBe(expected);
  });

  itOnLocal("has the engine's limits: what is refused here would be refused there", async () => {
    const some = (count: number) => and(...Array.from({ length: count }, () => views.eq(5)));
    expect(await holds(some(150))).toBe(true);
    await expect(holds(some(151))).rejects.toMatchObject({ code: "INVALID_EXPRESSION" });
    const names = { ExpressionAttributeNames: { "#n0": "views" } };
    const wires = { ExpressionAttributeValues: { ":v0": { N: "5" } } };
    const FilterExpression = Array.from({ length: 151 }, () => "#n0 = :v0").join(" AND ");
    const sent = client().send(
      new ScanCommand({ TableName, FilterExpression, ...names, ...wires }),
    );
    await expect(sent).rejects.toThrow(/too many operators/);
  });
});

async function stored(...updates: readonly Update[]): Promise<Record<string, unknown>> {
  const renderer = new Renderer();
  const UpdateExpression = renderer.update(updates.map(({ action }) => action));
  await client().send(
    new UpdateItemCommand({ TableName, Key, UpdateExpression, ...substitutes(renderer) }),
  );
  const { Item } = await client().send(
    new GetItemCommand({ TableName, Key, ConsistentRead: true }),
  );
  const read: Record<string, unknown> = {};
  for (const column of table.columns) {
    const wire = (Item as WireItem)[column.attribute] as AttributeValue | undefined;
    if (wire !== undefined) read[column.name] = decodeColumn(column, wire);
  }
  return read;
}

describe("each update, done by the engine", () => {
  const { meta: storedMeta } = values as { meta: object };
  it.each<readonly [Update, Record<string, unknown>]>([
    [views.set(9), { views: 9 }],
    [views.set(Post.id), { views: 1 }],
    [content.set(""), { content: "" }],
    [content.ifMissing("new"), {}],
    [Post.stamp.ifMissing(new URL("https://a.example")), { stamp: new URL("https://a.example") }],
    [content.remove(), { content: undefined }],
    [tags.set(new Set()), { tags: undefined }],
    [views.plus(2), { views: 7 }],
    [views.minus(2), { views: 3 }],
    [views.plus(likes), { views: 10 }],
    [views.minus(Post.id), { views: 4 }],
    [Post.total.minus(1n), { total: 2n ** 80n - 1n }],
    [Post.price.minus(NumberValue.from("0.01")), { price: NumberValue.from("12.49") }],
    [counts.at("new").plus(3), { counts: { a: 1, "a.b[0]": 2, new: 3 } }],
    [counts.at("a.b[0]").minus(3), { counts: { a: 1, "a.b[0]": -1 } }],
    [lines.append("z", "w"), { lines: ["x", "y", "z", "w"] }],
    [lines.prepend("v", "w"), { lines: ["v", "w", "x", "y"] }],
    [lines.at(0).remove(), { lines: ["y"] }],
    [lines.at(1).set("Y"), { lines: ["x", "Y"] }],
    [tags.with("b", "c"), { tags: new Set(["a", "b", "c"]) }],
    [tags.without("b", "c"), { tags: new Set(["a"]) }],
    [tags.without("a", "b"), { tags: undefined }],
    [Post.scores.with(1, 2), { scores: new Set([1, 2]) }],
    [meta.at("refs").append("r2"), { meta: { ...storedMeta, refs: ["r0", "r1", "r2"] } }],
    [meta.at("age").set(3), { meta: { ...storedMeta, age: 3 } }],
    [
      meta.at("parts").at(0).at("marks").with("n"),
      { meta: { ...storedMeta, parts: [{ name: "p", marks: new Set(["m", "n"]) }] } },
    ],
    [anything.at("list").append(null), { anything: { list: [1, "two", null, null], size: 3 } }],
    [anything.at("list").at(0).plus(1), { anything: { list: [2, "two", null], size: 3 } }],
  ])("%s", async (update, changed) => {
    const expected = Object.entries({ ...values, ...changed }).filter(([, v]) => v !== undefined);
    expect(await stored(update)).toEqual(Object.fromEntries(expected));
  });

  it("counts a missing attribute as nothing", async () => {
    await stored(views.remove(), lines.remove(), Post.rating.remove(), Post.likes.remove());
    const read = await stored(
      views.plus(2),
      lines.append("x"),
      Post.rating.minus(0.5),
      likes.plus(Post.id),
      Post.numbers.prepend(0),
    );
    expect(read).toMatchObject({ views: 2, lines: ["x"], rating: -0.5, likes: 1 });
    expect(read["numbers"]).toEqual([0, 1, 2]);
  });
});

describe("key conditions and projections, asked of the engine", () => {
  it.each([
    [undefined, { forum: "DynamoDB" }],
    [undefined, { id: 1, forum: "DynamoDB" }],
    [undefined, Post.id.between(1, 2).and(Post.forum.eq("DynamoDB"))],
    ["byUser", { user: "ann", date: day }],
    ["byUser", Post.user.eq("ann").and(Post.date.gte(day))],
    ["bySlug", Post.slug.eq("a-slug")],
    ["byViews", and(Post.forum.eq("DynamoDB"), views.lt(6))],
  ])("%s: %s", async (index, condition) => {
    const renderer = new Renderer();
    const spec = index === undefined ? undefined : table.indexes.get(index);
    const { node } = readKeyCondition(table, spec, condition);
    const { Items } = await client().send(
      new QueryCommand({
        TableName,
        ...(index !== undefined && { IndexName: index }),
        KeyConditionExpression: renderer.keyCondition(node),
        ProjectionExpression: renderer.projection([Post.id.node, Post.forum.node, Post.id.node]),
        ...substitutes(renderer),
      }),
    );
    expect(Items).toEqual([Key]);
  });

  it("reads parts of documents once", async () => {
    const renderer = new Renderer();
    const paths = [meta.at("author"), meta.at("refs").at(1), lines, lines.at(0)];
    const { Item } = await client().send(
      new GetItemCommand({
        TableName,
        Key,
        ProjectionExpression: renderer.projection(paths.map(({ node }) => node)),
        ...substitutes(renderer),
      }),
    );
    expect(Item).toEqual({
      meta: { M: { author: { S: "ann" }, refs: { L: [{ S: "r1" }] } } },
      lines: { L: [{ S: "x" }, { S: "y" }] },
    });
  });
});
