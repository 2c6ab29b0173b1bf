/*
 * npm run quickstart: a forum on an engine in memory, with nothing to install and no AWS account.
 * Read it beside its output; docs/guide.md tells the rest.
 */
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ConstraintViolation, Engine, globalIndex, model, t } from "dynalchemy";
import { startEngine } from "../test/support/local-engine.js";

// 1. Models: a class for each kind of item. Types are inferred, `post.views` is a number.

class User extends model("User", {
  id: t.uuid().hashKey(),
  name: t.string(),
  admin: t.boolean().default(false),
}) {}

class Post extends model(
  "Post",
  {
    forum: t.string().hashKey(),
    id: t.uuid().rangeKey(),
    user: t.uuid(),
    date: t.datetime(),
    views: t.integer().default(0),
    content: t.string().optional(),
    tags: t.set(t.string()).optional(),
    meta: t.map({ author: t.string(), links: t.list(t.string()) }),
  },
  {
    tableName: "Posts",
    indexes: { byUser: globalIndex({ hashKey: "user", rangeKey: "date" }) },
  },
) {
  get title(): string {
    return this.content?.slice(0, 20) ?? "(no content)";
  }
}

// 2. The program. `engine` is the library's, `client` the AWS SDK's, as you would configure it.

async function main(client: DynamoDBClient, tellsCurrentItem: boolean): Promise<void> {
  const engine = new Engine({ client, tableName: (name) => prefix + name });
  let showsInput = false;
  engine.events.on("request", ({ operation, tables, index, request }) => {
    if (operation === "DescribeTable") return;
    say(`  → ${operation} ${tables.join(", ")}${index ? ` (index ${index})` : ""}`);
    if (showsInput) showRequest(request);
  });

  heading("Bind: create the tables that are missing, compare those that exist");
  await engine.bind(User, Post);

  heading("Save two objects of different models");
  const ann = new User({ id: randomUUID(), name: "Ann" });
  const hello = new Post({
    forum: "DynamoDB",
    id: randomUUID(),
    user: ann.id,
    date: new Date("2026-01-01T12:00:00Z"),
    content: "Hello, World!",
    tags: new Set(["greeting"]),
    meta: { author: "Ann", links: ["https://example.org"] },
  });
  await engine.save([ann, hello]);
  say(
    "  One batch, which takes no conditions: `save` replaces whatever is there, unless it is told",
  );
  say("  `{ atomic: true }`. A session's `add` never does, and its changes are guarded: see 5.");

  heading("Query: a user's posts by the index, then a forum's by the table");
  for await (const post of engine.query(Post.byUser).key({ user: ann.id }).descending()) {
    say(`  ${post.date.toISOString()}  ${post.forum}: ${post.content}`);
  }
  for await (const post of engine.query(Post).key(Post.forum.eq("DynamoDB"))) {
    say(`  ${post.title} (${post.views} views)`);
  }

  heading("Load in a session, and change the object as any other");
  await using session = engine.session();
  const key = { forum: hello.forum, id: hello.id };
  const post = await session.require(Post, key);
  const same = await session.require(Post, key);
  say(`  The second load sent nothing, and gave the same object: ${post === same}`);
  post.meta.links.push("https://example.com");
  post.tags?.add("first");
  session.update(post, { views: Post.views.plus(1) });

  heading("What changed, and what a flush would send: the plan costs no request");
  for (const { op, path, value } of session.changes(post)) {
    say(`  ${op} ${path.join(".")}: ${inspect(value)}`);
  }
  say(String(session.plan()).replace(/^/gm, "  "));

  heading("Commit: the request names the changed paths alone");
  showsInput = true;
  await session.commit();
  showsInput = false;
  say(`  The table counted, and told the result: ${post.views} view`);
  const { requests } = await session.commit();
  say(`  A second commit finds nothing to write: ${requests} requests`);

  heading("Two sessions change different attributes: both changes are kept");
  await using other = engine.session();
  const theirs = await other.require(Post, key);
  theirs.content = "Hello, DynamoDB!";
  post.meta.author = "Ann B.";
  await other.commit();
  await session.commit();

  heading("Two sessions change the same attribute: the second one learns of it");
  theirs.content = "Hello again!";
  post.content = "Hello, you!";
  await other.commit();
  try {
    await session.commit();
  } catch (error) {
    if (!(error instanceof ConstraintViolation)) throw error;
    say(`  ${error.name} (${error.code}): nothing was overwritten`);
    if (tellsCurrentItem) showConflict(error);
    else {
      say(
        "  dynalite doesn't tell the item as it is now. DynamoDB does, and DynamoDB Local, which",
      );
      say("  needs Java: there the error shows base, mine and theirs of each attribute.");
    }
  }

  heading("The session stays usable: take what the table holds, and go on");
  await session.refresh(post);
  say(`  ${post.meta.author} wrote "${post.content}", seen ${post.views} time`);
  say("\nFrom here: docs/tutorial.md, and `npm run blog`, a forum in the browser.");
}

/** What was loaded, what this session meant to write, and what somebody else has written since. */
function showConflict({ failures }: ConstraintViolation): void {
  for (const { diff } of failures) {
    for (const [attribute, { base, mine, theirs }] of Object.entries(diff)) {
      say(`  ${attribute}`);
      for (const [side, value] of Object.entries({ base, mine, theirs })) {
        say(`    ${side.padEnd(6)} ${JSON.stringify(value)}`);
      }
    }
  }
}

// 3. Around it: the engine in memory, and the output.

let step = 0;

function say(text: string): void {
  console.log(text);
}

function heading(text: string): void {
  step += 1;
  console.log(`\n${step}. ${text}`);
}

/** The input of a request as the SDK takes it, without what it asks to be told. */
function showRequest(request: object): void {
  for (const [name, value] of Object.entries(request)) {
    if (!name.startsWith("Return")) say(`    ${name}: ${JSON.stringify(value)}`);
  }
}

// The SDK says at each start that it will leave Node 20 behind.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

// An engine named by DYNAMODB_ENDPOINT lives on, so that its tables get names of their own.
const prefix = process.env["DYNAMODB_ENDPOINT"] ? `quickstart-${randomUUID().slice(0, 8)}-` : "";

const local = await startEngine();
try {
  say(`dynalchemy quickstart, on ${local.kind} at ${local.endpoint}`);
  const client = new DynamoDBClient({
    endpoint: local.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await main(client, local.kind !== "dynalite");
  client.destroy();
} finally {
  await local.stop();
}
