/*
 * npm run blog: forums, posts, edits, likes and comments on an engine in memory, at
 * http://localhost:3000 or at the port that PORT names. Ctrl-C ends it, engine included.
 */
import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { serve } from "@hono/node-server";
import { Engine } from "dynalchemy";
import { startLocal } from "dynalchemy/testing";
import { blog } from "./app.js";
import { audit } from "./audit.js";
import { models } from "./models.js";

const local = await startLocal();
if (local.kind === "dynalite") {
  console.error(
    "The blog needs transactions, which dynalite lacks. DynamoDB Local has them: install Java 8 or later.",
  );
  process.exit(1);
}
const client = new DynamoDBClient({
  endpoint: local.endpoint,
  region: "local",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
// Signed: a page's address is public, and nobody is to read another place of the table by it.
const engine = new Engine({ client, cursorSecret: randomBytes(32).toString("hex") });
await engine.bind(...models);
audit(engine, client, undefined);

const port = Number(process.env["PORT"] ?? 3000);
const server = serve({ fetch: blog(engine).fetch, port }, ({ port }) => {
  console.log(`The blog is at http://localhost:${port}. Ctrl-C ends it.`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close(async () => {
      await local.stop();
      process.exit(0);
    });
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
