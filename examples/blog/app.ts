import {
  ConstraintViolation,
  type Engine,
  InvalidCursor,
  InvalidValue,
  ItemNotFound,
} from "dynalchemy";
import { currentSession } from "dynalchemy/context";
import { sessions } from "dynalchemy/hono";
import { type Context, Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { Comment, Forum, Post, timeId } from "./models.js";
import { style } from "./style.js";
import {
  conflictPage,
  editPage,
  emptyForm,
  type FormState,
  forumList,
  forumPage,
  forumPath,
  type Html,
  notFoundPage,
  type PostText,
  postPage,
  postPath,
  problemPage,
  textFields,
} from "./views.js";

const postsOnPage = 10;

/** The blog: each request has a session of its own, found by `currentSession()`. */
export function blog(engine: Engine): Hono {
  const app = new Hono();
  app.use(secureHeaders());
  app.use(csrf());
  app.get("/style.css", (c) => c.text(style, 200, { "content-type": "text/css" }));
  // Conflicts have a page of their own here, and a write to what was deleted is a 404: see onError.
  app.use(sessions(engine, { answerConflicts: false }));

  app.get("/", async (c) => c.html(await forums(emptyForm)));

  app.post("/forums", async (c) => {
    const form = await formOf(c);
    const title = form["title"] ?? "";
    const slug = slugOf(title);
    return saving(
      c,
      async () => {
        currentSession().add(new Forum({ slug, title }));
        await currentSession().commit();
        return forumPath(slug);
      },
      (problems) => forums({ values: form, problems }),
      { title: "There is such a forum already." },
    );
  });

  app.get("/forums/:forum", async (c) => c.html(await showForum(c, emptyForm)));

  app.post("/forums/:forum/posts", async (c) => {
    const form = await formOf(c);
    return saving(
      c,
      async () => {
        const session = currentSession();
        const forum = Forum.ref({ slug: c.req.param("forum") });
        const post = new Post({ forum: forum.slug, id: timeId(), ...pick(form, newPostFields) });
        session.add(post);
        // The table counts: no read, no conflict with others who post, and both writes or neither.
        session.update(forum, { posts: Forum.posts.plus(1) });
        await session.commit({ transaction: true });
        return postPath(post);
      },
      (problems) => showForum(c, { values: form, problems }),
    );
  });

  app.get("/forums/:forum/posts/:id", async (c) => c.html(await showPost(c, emptyForm)));

  app.post("/forums/:forum/posts/:id/comments", async (c) => {
    const form = await formOf(c);
    return saving(
      c,
      async () => {
        const session = currentSession();
        const post = Post.ref(keyOf(c));
        session.add(
          new Comment({ post: threadOf(post), id: timeId(), ...pick(form, commentFields) }),
        );
        session.update(post, { comments: Post.comments.plus(1) });
        await session.commit({ transaction: true });
        return postPath(post);
      },
      (problems) => showPost(c, { values: form, problems }),
    );
  });

  app.post("/forums/:forum/posts/:id/likes", async (c) => {
    const post = Post.ref(keyOf(c));
    currentSession().update(post, { likes: Post.likes.plus(1) });
    await currentSession().commit();
    return c.redirect(postPath(post), 303);
  });

  app.get("/forums/:forum/posts/:id/edit", async (c) => {
    const post = await currentSession().require(Post, keyOf(c));
    const base = textOf(post);
    return c.html(editPage(post, base, { values: { ...base }, problems: {} }));
  });

  app.post("/forums/:forum/posts/:id/edit", async (c) => edit(c));

  app.notFound((c) => c.html(notFoundPage(), 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (isMissing(error)) return c.html(notFoundPage(), 404);
    if (error instanceof InvalidCursor) return c.html(problemPage("This page is gone."), 400);
    console.error(error);
    return c.html(problemPage("Please try again."), 500);
  });
  return app;
}

/**
 * An edit that began some requests ago, with the text that the form carries as its base. What others
 * have changed since is merged where it is another field, and shown where it is the same one.
 */
async function edit(c: Context): Promise<Response> {
  const session = currentSession();
  const form = await formOf(c);
  const mine = pick(form, textFields);
  const base = pick({ title: form["base.title"] ?? "", body: form["base.body"] ?? "" }, textFields);
  const post = await session.require(Post, keyOf(c));
  const theirs = textOf(post);
  const edited = textFields.filter((name) => mine[name] !== base[name]);
  const fields = new Set(
    edited.filter((name) => theirs[name] !== base[name] && theirs[name] !== mine[name]),
  );
  if (fields.size > 0) {
    return c.html(conflictPage({ post, merged: merge(edited, mine, theirs), theirs, fields }), 409);
  }
  for (const name of edited) post[name] = mine[name];
  if (session.changes(post).length > 0) post.editedAt = new Date();
  try {
    // Somebody may have saved between the read above and this write.
    await session.commit({ onConflict: "rebase" });
    return c.redirect(postPath(post), 303);
  } catch (error) {
    if (error instanceof InvalidValue) {
      const problems = { [error.attribute]: error.reason };
      return c.html(editPage(post, base, { values: { ...mine }, problems }), 422);
    }
    if (!(error instanceof ConstraintViolation)) throw error;
    const current = error.failures[0]?.current;
    if (!(current instanceof Post)) throw error;
    const now = textOf(current);
    const both = new Set(edited.filter((name) => now[name] !== base[name]));
    const merged = merge(edited, mine, now);
    return c.html(conflictPage({ post, merged, theirs: now, fields: both }), 409);
  }
}

/** My text of the fields that I edited, and theirs of the others. */
function merge(edited: readonly (keyof PostText)[], mine: PostText, theirs: PostText): PostText {
  return { ...theirs, ...pick({ ...mine }, edited) };
}

async function forums(form: FormState): Promise<Html> {
  const all = await currentSession().scan(Forum).limit(100).all();
  return forumList(
    all.sort((a, b) => a.title.localeCompare(b.title)),
    form,
  );
}

async function showForum(c: Context, form: FormState): Promise<Html> {
  const session = currentSession();
  const slug = c.req.param("forum") ?? "";
  const forum = await session.require(Forum, { slug });
  const newest = session.query(Post).key({ forum: slug }).descending().limit(postsOnPage);
  const { items, cursor } = await newest.after(c.req.query("after")).page();
  return forumPage({ forum, posts: items, next: cursor, form });
}

async function showPost(c: Context, form: FormState): Promise<Html> {
  const session = currentSession();
  const key = keyOf(c);
  const [post, comments] = await Promise.all([
    session.require(Post, key),
    session
      .query(Comment)
      .key({ post: threadOf(key) })
      .limit(200)
      .all(),
  ]);
  return postPage(post, comments, form);
}

/** Runs a write and goes where it says; what is wrong with the input is shown in the form again. */
async function saving(
  c: Context,
  write: () => Promise<string>,
  again: (problems: Record<string, string>) => Promise<Html>,
  exists?: Record<string, string>,
): Promise<Response> {
  try {
    return c.redirect(await write(), 303);
  } catch (error) {
    const problems =
      error instanceof InvalidValue
        ? { [error.attribute]: error.reason }
        : error instanceof ConstraintViolation && !isMissing(error)
          ? exists
          : undefined;
    if (problems === undefined) throw error;
    await currentSession().rollback();
    return c.html(await again(problems), 422);
  }
}

/** Whether an item that a write asked for isn't there; a new item's write never asks for one. */
function isMissing(error: unknown): boolean {
  if (error instanceof ItemNotFound) return true;
  return (
    error instanceof ConstraintViolation &&
    error.failures.some(({ isUnmet, current, base }) => isUnmet && current === undefined && base)
  );
}

async function formOf(c: Context): Promise<Record<string, string>> {
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries(await c.req.parseBody())) {
    // Browsers send line ends as CRLF; what is compared with the table must be in one form.
    if (typeof value === "string") form[name] = value.replaceAll("\r\n", "\n").trim();
  }
  return form;
}

const newPostFields = ["author", "title", "body"] as const;
const commentFields = ["author", "text"] as const;

/** The fields that a form may set; whatever else was sent is left alone. */
function pick<const N extends string>(
  form: Readonly<Record<string, string>>,
  names: readonly N[],
): Record<N, string> {
  return Object.fromEntries(names.map((name) => [name, form[name] ?? ""])) as Record<N, string>;
}

function keyOf(c: Context): { forum: string; id: string } {
  return { forum: c.req.param("forum") ?? "", id: c.req.param("id") ?? "" };
}

function threadOf({ forum, id }: { readonly forum: string; readonly id: string }): string {
  return `${forum}/${id}`;
}

function textOf({ title, body }: Post): PostText {
  return { title, body };
}

function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  // Of a title without letters; an empty one is refused by its column.
  return slug.slice(0, 60) || "forum";
}
