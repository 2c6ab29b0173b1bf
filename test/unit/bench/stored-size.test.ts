import { marshall } from "@aws-sdk/util-dynamodb";
import { expect, it } from "vitest";
import { makePosts } from "../../../bench/src/items.js";
import { storedBytes } from "../../../bench/src/stored-size.js";
import { itemBytes } from "../../../src/schema/size.js";

it.each(["small", "large"] as const)("counts %s items of the bench as the library does", (size) => {
  const posts = makePosts(1_000, size);
  expect(posts.map(storedBytes)).toEqual(
    posts.map((post) => itemBytes(marshall(post) as Parameters<typeof itemBytes>[0])),
  );
});
