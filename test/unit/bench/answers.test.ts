import { expect, it } from "vitest";
import { Answers } from "../../../bench/src/answers.js";
import { queryCount } from "../../../bench/src/counts.js";
import { makePosts } from "../../../bench/src/items.js";
import { storedBytes } from "../../../bench/src/stored-size.js";

interface Page {
  readonly Items: readonly object[];
  readonly LastEvaluatedKey?: object;
}

const megabyte = 1_048_576;

it.each(["small", "large"] as const)("gives %s items in full pages of 1 MB at most", (size) => {
  const answers = new Answers(size);
  const posts = makePosts(queryCount, size);
  let read = 0;
  let start: object | undefined;
  do {
    const body = JSON.stringify({ ExclusiveStartKey: start });
    const answer = answers.answer("DynamoDB_20120810.Query", () => body);
    const page = JSON.parse(answer.body.toString()) as Page;
    const end = read + page.Items.length;
    const bytes = (to: number) =>
      posts.slice(read, to).reduce((sum, post) => sum + storedBytes(post), 0);
    expect(bytes(end)).toBeLessThanOrEqual(megabyte);
    if (page.LastEvaluatedKey !== undefined) expect(bytes(end + 1)).toBeGreaterThan(megabyte);
    read = end;
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  expect(read).toBe(queryCount);
});

it("refuses a start at which no page begins", () => {
  const body = '{"ExclusiveStartKey":{"forum":{"S":"cats"},"id":{"S":"000001"}}}';
  expect(() => new Answers("large").answer("DynamoDB_20120810.Query", () => body)).toThrow(
    "No page begins after 000001.",
  );
});
