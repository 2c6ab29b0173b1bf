import { Engine } from "dynalchemy";
import { beforeAll, expect, it } from "vitest";
import { makeClient } from "../support/client.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { Post } from "../support/models.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

/**
 * Where a table's name goes, the service takes its ARN too, that of another account's table for example.
 * DynamoDB Local doesn't: the proxy gives it the name in its place.
 */
describeOnLocal("a table that is named by its ARN", () => {
  let bed: FaultBed;
  let engine: Engine;
  useFaultBed([Post], (made) => {
    bed = made;
  });

  beforeAll(() => {
    const name = bed.tableName(Post);
    const arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`;
    bed.proxy.inject({
      times: Number.POSITIVE_INFINITY,
      async fault(exchange) {
        const named = JSON.stringify(exchange.body).replaceAll(`"${arn}"`, `"${name}"`);
        const { status, body } = await exchange.forward(JSON.parse(named));
        exchange.answer(status, Buffer.from(body.toString().replaceAll(`"${name}"`, `"${arn}"`)));
      },
    });
    engine = new Engine({
      client: makeClient({ endpoint: bed.proxy.endpoint }),
      tableName: () => arn,
    });
  });

  it("has one object for each key, however it comes", async () => {
    await engine.save([1, 2].map((id) => new Post({ forum: "arn", id })));
    const session = engine.session();
    const [first, second] = await session.query(Post).key({ forum: "arn" }).all();
    expect(first).toMatchObject({ id: 1 });
    expect(await session.get(Post, { forum: "arn", id: 1 })).toBe(first);
    const [again] = await session.getMany(Post, [{ forum: "arn", id: 2 }]);
    expect(again).toBe(second);
    expect(new Set(await session.scan(Post).all())).toEqual(new Set([first, second]));
  });

  it("takes what a session writes", async () => {
    const session = engine.session();
    const [post, other] = await session.getMany(Post, [
      { forum: "arn", id: 1 },
      { forum: "arn", id: 2 },
    ]);
    if (post === undefined || other === undefined) throw new Error("They were stored before.");
    post.views = 7;
    session.add(new Post({ forum: "arn", id: 3 }));
    session.delete(other);
    await session.commit();
    expect(await bed.stored(Post, { forum: "arn", id: 1 })).toMatchObject({ views: { N: "7" } });
    expect(await bed.stored(Post, { forum: "arn", id: 2 })).toBeUndefined();
    expect(await bed.stored(Post, { forum: "arn", id: 3 })).toBeDefined();
  });
});
