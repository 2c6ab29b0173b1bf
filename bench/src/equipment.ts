import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { Answers } from "./answers.js";
import { CannedHandler } from "./canned-handler.js";
import type { Equipment } from "./contestant.js";
import { batchGetCount } from "./counts.js";
import { makePosts, type Size } from "./items.js";

export interface Outfit extends Equipment {
  /** Stands in for the network; unused where there is an endpoint. */
  readonly handler: CannedHandler;
}

/** @param endpoint where the prepared answers are served; `undefined`: in the process itself. */
export function equip(size: Size, endpoint: string | undefined): Outfit {
  const answers = new Answers(size);
  const handler = new CannedHandler(answers);
  const clientConfig: DynamoDBClientConfig = {
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
    ...(endpoint === undefined ? { requestHandler: handler } : { endpoint }),
  };
  return {
    handler,
    clientConfig,
    client: (config = {}) => new DynamoDBClient({ ...clientConfig, ...config }),
    texts: { pages: answers.pageTexts, batch: answers.batchText, item: answers.itemText },
    sample: { posts: makePosts(batchGetCount, size) },
  };
}
