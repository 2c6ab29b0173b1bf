import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blog } from "../../examples/blog/app.js";
import { audit } from "../../examples/blog/audit.js";
import { AuditEntry, Comment, Forum, models, Post } from "../../examples/blog/models.js";
import { makeClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { type Bed, makeBed } from "../support/test-bed.js";

let bed: Bed;
let origin: string;
let stop: () => void;

function send(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(origin + path, {
    redirect: "manual",
    ...(form && {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { origin, ...headers },
    }),
  });
}

async function text(path: string): Promise<string> {
  const response = await send(path);
  expect(response.status).toBe(200);
  return response.text();
}

/** Opens a forum and writes a post in it: its address. */
async function publish(title: string, post: Record<string, string> = {}): Promise<string> {
  const opened = await send("/forums", { title });
  expect(opened.status).toBe(303);
  return write(opened.headers.get("location") as string, post);
}

async function write(forum: string, post: Record<string, string> = {}): Promise<string> {
  const published = await send(`${forum}/posts`, {
    author: "Ann",
    title: "Hello",
    body: "World",
    ...post,
  });
  expect(published.status).toBe(303);
  return published.headers.get("location") as string;
}

function keyOf(path: string) {
  const [, , forum, , id] = path.split("/").map(decodeURIComponent);
  return { forum: forum as string, id: id as string };
}

describeOnLocal("the blog", () => {
  beforeAll(async () => {
    bed = await makeBed(models, { cursorSecret: "a secret of the test's own, long enough" });
    audit(bed.engine, makeClient(), (name) => {
      const model = models.find((each) => each.name === name);
      return bed.tableName(model ?? AuditEntry);
    });
    const server = serve({ fetch: blog(bed.engine).fetch, port: 0, hostname: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = () => void server.close();
  });

  afterAll(() => stop?.());

  it("shows what was written, and nothing of it as markup", async () => {
    const path = await publish("Markup", {
      title: "<script>alert(1)</script>",
      body: `"><img src=x onerror=alert(1)>`,
      author: "O'Hara & Sons",
    });
    for (const page of [path, "/forums/markup", `${path}/edit`]) {
      const shown = await text(page);
      expect(shown).not.toContain("<script>");
      expect(shown).not.toContain("<img");
    }
    expect(await text(path)).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it("shows what Zod says of a field beside it, keeps the input, and writes nothing", async () => {
    const path = await publish("Problems");
    const before = await text("/forums/problems");
    const refused = await send("/forums/problems/posts", {
      author: "Ann",
      title: "",
      body: "kept as it was",
    });
    expect(refused.status).toBe(422);
    const shown = await refused.text();
    expect(shown).toContain("A title, please.");
    expect(shown).toContain("kept as it was");
    expect(await text("/forums/problems")).toBe(before);
    const edited = await send(`${path}/edit`, {
      title: "x".repeat(121),
      body: "World",
      "base.title": "Hello",
      "base.body": "World",
    });
    expect(edited.status).toBe(422);
    expect(await edited.text()).toContain("At most 120 characters.");
  });

  it("asks for a forum's title, and takes one without letters", async () => {
    const refused = await send("/forums", { title: " " });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("A title, please.");
    expect((await send("/forums", { title: "!?" })).status).toBe(303);
  });

  it("refuses a second forum of the same name", async () => {
    await publish("Twice");
    const second = await send("/forums", { title: "Twice" });
    expect(second.status).toBe(422);
    expect(await second.text()).toContain("There is such a forum already.");
  });

  it("counts likes and comments of many at once exactly, without a read", async () => {
    const path = await publish("Crowd");
    const since = bed.recorder.requests.length;
    const likes = Array.from({ length: 40 }, () => send(`${path}/likes`, {}));
    const comments = Array.from({ length: 20 }, (_, at) =>
      send(`${path}/comments`, { author: "Bob", text: `comment ${at}` }),
    );
    const replies = await Promise.all([...likes, ...comments]);
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 303));
    expect(new Set(bed.recorder.requests.slice(since).map(({ operation }) => operation))).toEqual(
      new Set(["UpdateItem", "TransactWriteItems"]),
    );
    const post = await bed.engine.session().require(Post, keyOf(path));
    expect(post).toMatchObject({ likes: 40, comments: 20 });
    const { forum, id } = keyOf(path);
    const stored = await bed.engine
      .query(Comment)
      .key({ post: `${forum}/${id}` })
      .all();
    expect(stored).toHaveLength(20);
  });

  it("merges edits of different fields, and lets both stand", async () => {
    const path = await publish("Merge");
    const base = { "base.title": "Hello", "base.body": "World" };
    const first = await send(`${path}/edit`, { title: "Hello, all", body: "World", ...base });
    const second = await send(`${path}/edit`, { title: "Hello", body: "Worlds", ...base });
    expect([first.status, second.status]).toEqual([303, 303]);
    const shown = await text(path);
    expect(shown).toContain("Hello, all");
    expect(shown).toContain("Worlds");
  });

  it("shows yours and theirs where both changed the same field, and saves what is chosen then", async () => {
    const path = await publish("Conflict");
    const base = { "base.title": "Hello", "base.body": "World" };
    await send(`${path}/edit`, { title: "Hello", body: "theirs\nof two lines", ...base });
    const conflict = await send(`${path}/edit`, { title: "Hello", body: "mine", ...base });
    expect(conflict.status).toBe(409);
    const shown = await conflict.text();
    expect(shown).toContain("Somebody else changed this");
    expect(shown).toContain("mine");
    expect(shown).toContain("theirs\nof two lines");
    expect(await text(path)).not.toContain("mine");
    const merged = await send(`${path}/edit`, {
      title: "Hello",
      body: "theirs and mine",
      "base.title": "Hello",
      "base.body": "theirs\r\nof two lines",
    });
    expect(merged.status).toBe(303);
    expect(await text(path)).toContain("theirs and mine");
  });

  it("keeps what they changed and I left alone, through the conflict over another field", async () => {
    const path = await publish("Stale");
    const base = { "base.title": "Hello", "base.body": "World" };
    await send(`${path}/edit`, { title: "Their title", body: "theirs", ...base });
    const conflict = await send(`${path}/edit`, { title: "Hello", body: "mine", ...base });
    expect(conflict.status).toBe(409);
    const shown = await conflict.text();
    expect([...shown.matchAll(/<caption>(\w+)/g)].map((match) => match[1])).toEqual(["Text"]);
    // What a browser sends when nothing but the text is merged.
    const form: Record<string, string> = {};
    for (const [, name, value] of shown.matchAll(
      /<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g,
    )) {
      form[name as string] = value as string;
    }
    expect((await send(`${path}/edit`, { ...form, body: "theirs and mine" })).status).toBe(303);
    const post = await bed.engine.session().require(Post, keyOf(path));
    expect(post).toMatchObject({ title: "Their title", body: "theirs and mine" });
  });

  it("lets exactly one of many edits at once through, and loses none unseen", async () => {
    const path = await publish("Race");
    const base = { "base.title": "Hello", "base.body": "World" };
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        send(`${path}/edit`, { title: "Hello", body: `edit ${at}`, ...base }),
      ),
    );
    const saved = replies.flatMap(({ status }, at) => (status === 303 ? [at] : []));
    expect(saved).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(11);
    const post = await bed.engine.session().require(Post, keyOf(path));
    expect(post.body).toBe(`edit ${saved[0]}`);
  });

  it("pages by a cursor that nobody can forge", async () => {
    const first = await publish("Pages", { title: "post 0" });
    const forum = first.split("/posts/")[0] as string;
    for (let at = 1; at < 23; at++) await write(forum, { title: `post ${at}` });
    const seen: string[] = [];
    let next: string | undefined = forum;
    while (next !== undefined) {
      const shown: string = await text(next);
      seen.push(...[...shown.matchAll(/>(post \d+)</g)].map((match) => match[1] as string));
      next = /rel="next" href="([^"]+)"/.exec(shown)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, at) => `post ${22 - at}`));
    const page = await text(forum);
    const cursor = /after=([^"&]+)/.exec(page)?.[1] as string;
    const altered = cursor.slice(0, -2) + (cursor.endsWith("AA") ? "BB" : "AA");
    expect((await send(`${forum}?after=${altered}`)).status).toBe(400);
    expect((await send(`${forum}?after=nonsense`)).status).toBe(400);
  });

  it("writes down who changed what, without auditing the audit", async () => {
    const path = await publish("Audited");
    await send(`${path}/likes`, {});
    const entries = await bed.engine.scan(AuditEntry).all();
    const { forum, id } = keyOf(path);
    const mine = entries
      .sort((a, b) => a.id.localeCompare(b.id))
      .flatMap(({ changes }) => changes)
      .filter(({ key }) => key === forum || key === `${forum}/${id}`);
    expect(mine).toEqual([
      { kind: "put", model: "Forum", key: forum },
      { kind: "put", model: "Post", key: `${forum}/${id}` },
      { kind: "update", model: "Forum", key: forum },
      { kind: "update", model: "Post", key: `${forum}/${id}` },
    ]);
    expect(entries.flatMap(({ changes }) => changes).map(({ model }) => model)).not.toContain(
      "AuditEntry",
    );
  });

  it("answers 404 for what isn't there, and writes nothing for it", async () => {
    await publish("Gone");
    for (const path of ["/forums/none", "/forums/gone/posts/none", "/elsewhere"]) {
      expect((await send(path)).status).toBe(404);
    }
    for (const path of ["/forums/gone/posts/none/likes", "/forums/gone/posts/none/comments"]) {
      const reply = await send(path, { author: "Bob", text: "Hm" });
      expect(reply.status).toBe(404);
    }
    expect(await bed.engine.query(Comment).key({ post: "gone/none" }).all()).toEqual([]);
    const reply = await send("/forums/none/posts", { author: "A", title: "B", body: "C" });
    expect(reply.status).toBe(404);
    expect(await bed.stored(Forum, { slug: "none" })).toBeUndefined();
  });

  it("refuses forms of other sites", async () => {
    const path = await publish("Foreign");
    const reply = await send(`${path}/likes`, {}, { origin: "https://elsewhere.example" });
    expect(reply.status).toBe(403);
    expect(await text(path)).toContain("Like (0)");
  });
}, ["ttl", "transactions"]);
