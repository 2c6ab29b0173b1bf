import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Answer } from "../answers.js";
import { CannedHandler } from "../canned-handler.js";
import type { Open } from "../contestant.js";
import { makePost } from "../items.js";

/** Milliseconds from the start of a fresh process' own code. */
export interface ColdStart {
  /** Until the modules are there. */
  readonly imported: number;
  /** Until the first item has been read, too. */
  readonly answered: number;
}

/** The program of a fresh process: imports one contestant, reads one item, tells when it was done. */
const [id, text, checksum] = process.argv.slice(2) as [string, string, string];
const body = Buffer.from(text);
const answer: Answer = {
  body,
  headers: {
    "content-type": "application/x-amz-json-1.0",
    "content-length": String(body.length),
    "x-amz-crc32": checksum,
  },
};
const clientConfig: DynamoDBClientConfig = {
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
  requestHandler: new CannedHandler({ answer: () => answer }),
};
const begun = performance.now();
const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
const { open } = (await import(`../peers/${id}.js`)) as { open: Open };
const imported = performance.now() - begun;
const contestant = await open({
  clientConfig,
  client: (config = {}) => new DynamoDBClient({ ...clientConfig, ...config }),
  texts: { pages: [], batch: "", item: text },
  sample: { posts: [makePost(0, "large")] },
});
if ((await contestant.get?.()) === undefined) throw new Error("The item is missing.");
process.send?.({ imported, answered: performance.now() - begun } satisfies ColdStart);
process.disconnect();
