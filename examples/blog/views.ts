import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Comment, Forum, Post } from "./models.js";

// `html` escapes whatever is put into it, unless that is html itself.
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface FormState {
  readonly values: Readonly<Record<string, string>>;
  /** What is wrong, by field. */
  readonly problems: Readonly<Record<string, string>>;
}

export const emptyForm: FormState = { values: {}, problems: {} };

export function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
<nav><a href="/">Forums</a></nav>
<main>${content}</main>
</html>`;
}

export function forumList(forums: readonly Forum[], form: FormState): Html {
  return page(
    "Forums",
    html`<h1>Forums</h1>
<ul>${forums.map(
      (forum) => html`<li><a href="${forumPath(forum.slug)}">${forum.title}</a>
  <small>${count(forum.posts, "post")}</small></li>`,
    )}</ul>
${forums.length === 0 ? html`<p>None yet.</p>` : ""}
<h2>Open a forum</h2>
<form method="post" action="/forums">
  ${field("title", "Title", form)}
  <button>Open</button>
</form>`,
  );
}

export interface ForumPage {
  readonly forum: Forum;
  readonly posts: readonly Post[];
  readonly next: string | undefined;
  readonly form: FormState;
}

export function forumPage({ forum, posts, next, form }: ForumPage): Html {
  return page(
    forum.title,
    html`<h1>${forum.title}</h1>
<p><small>${count(forum.posts, "post")}</small></p>
${posts.map(
  (post) => html`<article>
  <h2><a href="${postPath(post)}">${post.title}</a></h2>
  ${byline(post)}
</article>`,
)}
${
  next === undefined
    ? ""
    : html`<p><a rel="next" href="${forumPath(forum.slug)}?after=${next}">Older posts</a></p>`
}
<h2>Write a post</h2>
<form method="post" action="${forumPath(forum.slug)}/posts">
  ${field("author", "Your name", form)}
  ${field("title", "Title", form)}
  ${textArea("body", "Text", form)}
  <button>Publish</button>
</form>`,
  );
}

export function postPage(post: Post, comments: readonly Comment[], form: FormState): Html {
  return page(
    post.title,
    html`<article>
  <h1>${post.title}</h1>
  ${byline(post)}
  <div class="text">${post.body}</div>
  <form method="post" action="${postPath(post)}/likes"><button>Like (${post.likes})</button></form>
  <p><a href="${postPath(post)}/edit">Edit</a></p>
</article>
<h2>${count(post.comments, "comment")}</h2>
${comments.map(
  (comment) => html`<section>
  <p><strong>${comment.author}</strong> <time>${comment.createdAt.toISOString()}</time></p>
  <div class="text">${comment.text}</div>
</section>`,
)}
<h3>Comment</h3>
<form method="post" action="${postPath(post)}/comments">
  ${field("author", "Your name", form)}
  ${textArea("text", "Text", form)}
  <button>Send</button>
</form>`,
  );
}

/** `base` is what the edit began with: it travels in the form, so that no session outlives a request. */
export function editPage(post: Post, base: PostText, form: FormState): Html {
  return page(
    `Edit ${post.title}`,
    html`<h1>Edit</h1>
<form method="post" action="${postPath(post)}/edit">
  ${field("title", labels.title, form)}
  ${textArea("body", labels.body, form)}
  ${hiddenBase(base)}
  <button>Save</button>
</form>`,
  );
}

export interface PostText {
  readonly title: string;
  readonly body: string;
}

export const textFields = ["title", "body"] as const;

const labels: Record<keyof PostText, string> = { title: "Title", body: "Text" };

export interface EditConflict {
  readonly post: Post;
  /** What the form has: mine, and theirs of what I left alone. */
  readonly merged: PostText;
  readonly theirs: PostText;
  /** The fields that both sides have changed. */
  readonly fields: ReadonlySet<keyof PostText>;
}

/** Saving from here is based on what the page shows as theirs: whoever comes in between is found again. */
export function conflictPage({ post, merged, theirs, fields }: EditConflict): Html {
  return page(
    "Somebody else changed this",
    html`<h1>Somebody else changed this</h1>
<p>Nothing was saved yet. Save your text as it is below, merge the two there, or keep theirs.</p>
${[...fields].map(
  (name) => html`<table>
  <caption>${labels[name]}</caption>
  <tr><th>Yours</th><th>Theirs</th></tr>
  <tr><td class="text mine">${merged[name]}</td><td class="text theirs">${theirs[name]}</td></tr>
</table>`,
)}
<form method="post" action="${postPath(post)}/edit">
  ${field("title", labels.title, { values: { ...merged }, problems: {} })}
  ${textArea("body", labels.body, { values: { ...merged }, problems: {} })}
  ${hiddenBase(theirs)}
  <button>Save this</button>
</form>
<p><a href="${postPath(post)}">Keep theirs</a></p>`,
  );
}

export function notFoundPage(): Html {
  return page("Not found", html`<h1>Not found</h1><p>It may have been deleted.</p>`);
}

export function problemPage(text: string): Html {
  return page("Something went wrong", html`<h1>Something went wrong</h1><p>${text}</p>`);
}

export function forumPath(slug: string): string {
  return `/forums/${encodeURIComponent(slug)}`;
}

export function postPath({ forum, id }: { readonly forum: string; readonly id: string }): string {
  return `${forumPath(forum)}/posts/${encodeURIComponent(id)}`;
}

function byline(post: Post): Html {
  const edited =
    post.editedAt === undefined ? "" : html`, edited <time>${post.editedAt.toISOString()}</time>`;
  return html`<p><small>${post.author}, <time>${post.createdAt.toISOString()}</time>${edited},
${count(post.likes, "like")}, ${count(post.comments, "comment")}</small></p>`;
}

function field(name: string, label: string, { values, problems }: FormState): Html {
  return html`<label>${label} <input name="${name}" value="${values[name] ?? ""}"></label>
${problem(problems[name])}`;
}

function textArea(name: string, label: string, { values, problems }: FormState): Html {
  return html`<label>${label} <textarea name="${name}" rows="6">${values[name] ?? ""}</textarea></label>
${problem(problems[name])}`;
}

function problem(text: string | undefined): Html {
  return text === undefined ? html`` : html`<p class="problem">${text}</p>`;
}

function hiddenBase(base: PostText): Html[] {
  return textFields.map(
    (name) => html`<input type="hidden" name="base.${name}" value="${base[name]}">`,
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
