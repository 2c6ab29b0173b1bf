import { crc32 } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { batchGetCount, queryCount } from "./counts.js";
import { forum, idOf, makePosts, type Post, type Size, tableName } from "./items.js";

/** What the service would answer, with the headers that it would send. */
export interface Answer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** How many items a page holds: DynamoDB ends one after 1 MB. */
const pageLength = { small: 5_000, large: 1_000 } as const;

/** Answers every request that a contestant sends, from bodies that were made beforehand. */
export class Answers {
  readonly #pages: readonly Answer[];
  readonly #pageLength: number;
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
    this.#pageLength = pageLength[size];
    const count = queryCount / this.#pageLength;
    this.pageTexts = Array.from({ length: count }, (_, page) => {
      const items = wires.slice(page * this.#pageLength, (page + 1) * this.#pageLength);
      const isLast = page === count - 1 && !isEndless;
      const last = idOf(isLast ? 0 : (page + 1) * this.#pageLength - 1);
      const key = `,"LastEvaluatedKey":{"forum":{"S":"${forum}"},"id":{"S":"${last}"}}`;
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
    const next = last === undefined ? 0 : (Number(last) + 1) / this.#pageLength;
    const page = this.#pages[next % this.#pages.length];
    if (page === undefined) throw new Error(`No page begins after ${last}.`);
    return page;
  }
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
