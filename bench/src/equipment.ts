import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Answers, batchGetCount } from "./answers.js";
import { CannedHandler } from "./canned-handler.js";
import type { Equipment } from "./contestant.js";
import { makePosts, type Size } from "./items.js";

export interface Outfit extends Equipment {
  /** Stands in for the network; unused where there is an endpoint. */
  readonly handler: CannedHandler;
}

/** @param endpoint where the prepared answers are served; `undefined`: in the process itself. */
export function equip(size: Size, endpoint: string | undefined): Outfit {
  const answers = new Answers(size);
  const handler = new CannedHandler(answers);
  const way = endpoint === undefined ? { requestHandler: handler } : { endpoint };
  return {
    handler,
    client: (config = {}) =>
      new DynamoDBClient({
        region: "eu-central-1",
        credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
        ...way,
        ...config,
      }),
    texts: { pages: answers.pageTexts, batch: answers.batchText, item: answers.itemText },
    sample: { posts: makePosts(batchGetCount, size) },
  };
}
