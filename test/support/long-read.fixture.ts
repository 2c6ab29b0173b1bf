// Reads many items, and says how much memory is in use after a tenth of them, and after all.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Engine, model, t } from "../../src/index.js";

class Row extends model("Row", {
  hash: t.string().hashKey(),
  range: t.integer().rangeKey(),
  text: t.string(),
  tags: t.set(t.string()),
  meta: t.map({ author: t.string() }),
}) {}

const [endpoint = "", named = "", total = ""] = process.argv.slice(2);
const client = new DynamoDBClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
const engine = new Engine({ client });
const session = engine.session();
const query = session.query(Row).key({ hash: "a" });

type Work = () => unknown;

const through = (items: () => AsyncIterable<unknown>) => async (work: Work) => {
  for await (const _ of items()) work();
};

const ways: Record<string, (work: Work) => Promise<unknown>> = {
  untracked: through(() => query.untracked()),
  engine: through(() => engine.query(Row).key({ hash: "a" })),
  select: through(() => query.select("range", "text")),
  parallel: through(() => engine.scan(Row).parallel(4)),
  pages: async (work) => {
    for await (const { items } of query.untracked().pages()) items.forEach(work);
  },
  each: (work) => session.each(query, work, { commitEvery: 1_000 }),
  tracked: through(() => query),
};

function megabytes(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

if (globalThis.gc === undefined) throw new Error("Run with --expose-gc.");
const all = Number(total);
for (const way of named.split(",")) {
  let seen = 0;
  const used: number[] = [];
  await ways[way]?.(() => {
    seen += 1;
    if (seen === all / 10 || seen === all) used.push(megabytes());
  });
  console.log(JSON.stringify({ way, seen, used }));
}
client.destroy();
