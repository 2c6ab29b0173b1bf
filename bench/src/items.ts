/** What every contestant reads and writes: 12 attributes, as long as `size` says. */
export interface Post {
  readonly forum: string;
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly user: string;
  readonly date: string;
  readonly kind: string;
  readonly views: number;
  readonly score: number;
  readonly open: boolean;
  readonly tags: readonly string[];
  readonly meta: {
    readonly source: string;
    readonly lang: string;
    readonly words: number;
    readonly refs: readonly string[];
  };
}

/** `small`: about 130 bytes as DynamoDB counts them, most of them names; `large`: about 1 KB. */
export type Size = "small" | "large";

export interface Key {
  readonly forum: string;
  readonly id: string;
}

export const tableName = "Posts";
export const forum = "cats";

/** The names of the attributes, in the order in which a model declares them. */
export const attributes = [
  "forum",
  "id",
  "title",
  "body",
  "user",
  "date",
  "kind",
  "views",
  "score",
  "open",
  "tags",
  "meta",
] as const;

const sentence = 'The quick brown fox jumps over the lazy dog, and the dog says "so what?".\n';

export function idOf(at: number): string {
  return at.toString().padStart(6, "0");
}

/** The same item for the same number, however often it is made. */
export function makePost(at: number, size: Size): Post {
  const isLarge = size === "large";
  const id = idOf(at);
  return {
    forum,
    id,
    title: isLarge ? `Post ${at}: ${sentence.slice(at % 20, 60)}` : "Hi",
    body: isLarge ? bodyOf(at) : "ok",
    user: isLarge ? `user-${(at * 7919) % 100_000}@example.org` : "ann",
    date: isLarge ? new Date(1_700_000_000_000 + at * 60_000).toISOString() : "2026-01-01",
    kind: isLarge ? "announcement" : "a",
    views: isLarge ? 1_000_000 + at : at % 10,
    score: (at % 100) / 4,
    open: at % 2 === 0,
    tags: isLarge ? ["news", "animals", "cats", `tag-${at % 50}`, "archive"] : ["a"],
    meta: {
      source: isLarge ? "https://example.org/feeds/announcements" : "x",
      lang: isLarge ? "en-GB" : "en",
      words: at % 500,
      refs: isLarge ? [`ref-${at}`, `ref-${at + 1}`, `ref-${at + 2}`] : [],
    },
  };
}

/** Some 600 characters; one in ten items isn't ASCII, all have quotes and line ends to be escaped. */
function bodyOf(at: number): string {
  return `${at % 10 === 0 ? "Café: " : ""}${sentence.repeat(8)}${at}`;
}

export function makePosts(count: number, size: Size): Post[] {
  return Array.from({ length: count }, (_, at) => makePost(at, size));
}
