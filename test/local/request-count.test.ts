import fc from "fast-check";
import { beforeAll, expect } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { Post } from "../support/models.js";
import { property } from "../support/property.js";
import { type Bed, makeBed } from "../support/test-bed.js";

const kinds = [
  "put",
  "deleteRef",
  "add",
  "edit",
  "plus",
  "delete",
  "switch",
  "upsert",
  "move",
  "rest",
] as const;
type Kind = (typeof kinds)[number];

const needsItem: readonly Kind[] = ["edit", "plus", "delete", "switch", "move", "rest"];

/** Work of which much is unconditional, so that there is more than one batch at times. */
const works = fc.array(fc.constantFrom<Kind>("put", "put", "deleteRef", "deleteRef", ...kinds), {
  maxLength: 70,
});

describeOnLocal("a flush", () => {
  let bed: Bed;
  let forums = 0;
  beforeAll(async () => {
    bed = await makeBed([Post]);
  });

  property(
    "sends as many requests as its unconditional writes fill batches, its others and its moves are, and nothing the second time",
    [works],
    async (work: Kind[]) => {
      forums += 1;
      const forum = `forum${forums}`;
      const keyOf = (id: number) => ({ forum, id });
      await bed.engine.save(
        work.flatMap((kind, id) =>
          needsItem.includes(kind) ? new Post({ ...keyOf(id), content: "old" }) : [],
        ),
      );
      await using session = bed.engine.session();
      const loaded = await session.query(Post).key({ forum }).all();
      const byId = new Map(loaded.map((post) => [post.id, post]));
      for (const [id, kind] of work.entries()) {
        const fresh = () => new Post({ ...keyOf(id), content: "new" });
        const post = byId.get(id) as Post;
        if (kind === "put" || kind === "add" || kind === "upsert") session[kind](fresh());
        else if (kind === "deleteRef") session.delete(Post.ref(keyOf(id)));
        else if (kind === "edit") post.content = "edited";
        else if (kind === "plus") session.update(post, { views: Post.views.plus(1) });
        else if (kind === "delete" || kind === "switch") session.delete(post);
        else if (kind === "move") session.move(post, keyOf(1000 + id));
        if (kind === "switch") session.add(fresh());
      }
      const count = (...wanted: Kind[]) => work.filter((kind) => wanted.includes(kind)).length;
      const packed = count("put", "deleteRef");
      const apart = count("add", "edit", "plus", "delete", "switch", "upsert");
      const moves = count("move");
      const writes = Math.ceil(packed / 25) + apart + moves;
      expect(session.plan().requests).toHaveLength(writes);

      bed.recorder.clear();
      await session.flush();
      const sent = bed.recorder.operations;
      const of = (operation: string) => sent.filter((each) => each === operation).length;
      // What the model doesn't know of moved items is read first, in calls of 100.
      const reads = of("GetItem") + of("BatchGetItem");
      expect(reads).toBe(Math.ceil(moves / 100));
      expect(sent).toHaveLength(writes + reads);
      // A batch of one is a single write.
      const isOneLeft = packed % 25 === 1;
      expect(of("BatchWriteItem")).toBe(Math.ceil(packed / 25) - (isOneLeft ? 1 : 0));
      expect(of("TransactWriteItems")).toBe(moves);

      bed.recorder.clear();
      expect(await session.flush()).toEqual({ written: [], requests: 0 });
      expect(await session.commit()).toEqual({ written: [], requests: 0 });
      expect(bed.recorder.operations).toEqual([]);
    },
    { numRuns: 25 },
  );
});
