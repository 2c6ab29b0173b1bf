import { crc32 } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { batchGetCount, queryCount } from "./counts.js";
import { forum, idOf, makePosts, type Post, type Size, tableName } from "./items.js";
import { storedBytes } from "./stored-size.js";

/** What the service would answer, with the headers that it would send. */
export interface Answer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** DynamoDB ends a page after 1 MB of items, as it counts their size. */
const maxPageBytes = 1_048_576;

/** Answers every request that a contestant sends, from bodies that were made beforehand. */
export class Answers {
  readonly #pages: readonly Answer[];
  /** Before which item each page ends. */
  readonly #ends: readonly number[];
  readonly #item: Answer;
  readonly #batch: Answer;
  readonly #attributes: Answer;
  readonly #empty = seal("{}");
  readonly #processed = seal('{"UnprocessedItems":{}}');
  /** The text of the pages, for JSON.parse alone. */
  readonly pageTexts: readonly string[];
  readonly batchText: string;
  readonly itemText: string;

  /** `endless`: the last page leads to the first one again. */
  constructor(size: Size, { isEndless = false } = {}) {
    const posts = makePosts(queryCount, size);
    const wires = posts.map((post) => JSON.stringify(wireOf(post)));
    this.#ends = endsOfPages(posts);
    this.pageTexts = this.#ends.map((end, page) => {
      const items = wires.slice(this.#ends[page - 1] ?? 0, end);
      const isLast = end === queryCount && !isEndless;
      const key = `,"LastEvaluatedKey":{"forum":{"S":"${forum}"},"id":{"S":"${idOf(end - 1)}"}}`;
      const facts = `"Count":${items.length},"ScannedCount":${items.length}`;
      return `{${facts},"Items":[${items.join(",")}]${isLast ? "" : key}}`;
    });
    this.batchText = `{"Responses":{"${tableName}":[${wires.slice(0, batchGetCount).join(",")}]},"UnprocessedKeys":{}}`;
    this.itemText = `{"Item":${wires[0]}}`;
    this.#pages = this.pageTexts.map(seal);
    this.#batch = seal(this.batchText);
    this.#item = seal(this.itemText);
    this.#attributes = seal(`{"Attributes":${wires[0]}}`);
  }

  /** @param target such as "DynamoDB_20120810.Query" */
  answer(target: string, body: () => string): Answer {
    switch (target.slice(target.indexOf(".") + 1)) {
      case "Query":
      case "Scan":
        return this.#page(body());
      case "GetItem":
        return this.#item;
      case "BatchGetItem":
        return this.#batch;
      case "BatchWriteItem":
        return this.#processed;
      case "PutItem":
        return this.#empty;
      case "UpdateItem":
        // Some mappers ask for the whole item, and have to read it: so it is with the service.
        return body().includes('"ALL_NEW"') ? this.#attributes : this.#empty;
      default:
        throw new Error(`No answer is prepared for ${target}.`);
    }
  }

  #page(body: string): Answer {
    const last = body.match(/"ExclusiveStartKey":\{.*?"id":\{"S":"(\d+)"\}/)?.[1];
    const before = last === undefined ? -1 : this.#ends.indexOf(Number(last) + 1);
    const page = this.#pages[(before + 1) % this.#pages.length];
    if (page === undefined || (before === -1 && last !== undefined)) {
      throw new Error(`No page begins after ${last}.`);
    }
    return page;
  }
}

/** A page ends with the last item that has room in it. */
function endsOfPages(posts: readonly Post[]): number[] {
  const ends: number[] = [];
  let bytes = 0;
  posts.forEach((post, at) => {
    bytes += storedBytes(post);
    if (bytes <= maxPageBytes) return;
    ends.push(at);
    bytes = storedBytes(post);
  });
  return [...ends, posts.length];
}

export function wireOf(post: Post): Record<string, AttributeValue> {
  return marshall(post);
}

function seal(text: string): Answer {
  const body = Buffer.from(text);
  return {
    body,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "content-length": String(body.length),
      "x-amzn-requestid": "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG",
      "x-amz-crc32": String(crc32(body)),
    },
  };
}
