import { Engine } from "dynalchemy";
import { Answers } from "../answers.js";
import { CannedHandler } from "../canned-handler.js";
import { equip } from "../equipment.js";
import { forum } from "../items.js";
import { settledBytes } from "../memory.js";
import { Post } from "../peers/dynalchemy-model.js";

/** What untracked items leave in memory while a loop goes through them. */
export interface StreamFigures {
  readonly items: number;
  readonly seconds: number;
  /** Bytes in use after collection, at each tenth of the way. */
  readonly bytes: readonly number[];
}

/** The program of a process of its own: reads on and on, from pages that lead to one another. */
const total = Number(process.argv[2]);
const handler = new CannedHandler(new Answers("large", { isEndless: true }));
const { clientConfig } = equip("large", undefined);
const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
const engine = new Engine({
  client: new DynamoDBClient({ ...clientConfig, requestHandler: handler }),
});
const bytes: number[] = [];
let items = 0;
let seconds = 0;
let before = process.cpuUsage();
for await (const _ of engine.query(Post).key({ forum })) {
  items += 1;
  if (items % (total / 10) === 0) {
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
    bytes.push(await settledBytes());
    before = process.cpuUsage();
  }
  if (items === total) break;
}
process.send?.({ items, seconds, bytes } satisfies StreamFigures);
process.disconnect();
