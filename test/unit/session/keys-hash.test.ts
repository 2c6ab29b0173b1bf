import { describe, expect, it } from "vitest";
import { keysHash } from "../../../src/session/keys-hash.js";

const one = { id: { S: "ann@example.org" }, at: { N: "1" } };
const two = { id: { S: "bob@example.org" }, at: { N: "1" } };

describe("the hash of a request's keys", () => {
  it("is the same in each process, short, and shows nothing of the key", () => {
    expect(keysHash({ Key: one })).toMatchInlineSnapshot(`"e4e5imhb72"`);
  });

  it("is one for all operations on an item, and for all ways to write its key", () => {
    const hash = keysHash({ Key: one });
    const same = { at: { N: "1.0" }, id: { S: "ann@example.org" } };
    expect([
      keysHash({ Key: same, UpdateExpression: "SET a = :a" }),
      keysHash({ Item: { ...one, text: { S: "x" } } }, [one]),
      keysHash({ RequestItems: { Posts: { Keys: [one] } } }),
      keysHash({ TransactItems: [{ Get: { Key: one } }] }),
    ]).toEqual([hash, hash, hash, hash]);
  });

  it("tells items apart, and doesn't ask for an order", () => {
    const both = keysHash({ RequestItems: { Posts: { Keys: [one, two] } } });
    expect(keysHash({ RequestItems: { Posts: { Keys: [two, one] } } })).toBe(both);
    expect(new Set([both, keysHash({ Key: one }), keysHash({ Key: two })]).size).toBe(3);
  });

  it("is of a query its key condition's, whatever it filters by", () => {
    const query = (user: string, views: string) => ({
      KeyConditionExpression: "#n0 = :v0",
      FilterExpression: "#n1 > :v1",
      ExpressionAttributeValues: { ":v0": { S: user }, ":v1": { N: views } },
    });
    expect(keysHash(query("ann", "1"))).toBe(keysHash(query("ann", "2")));
    expect(keysHash(query("ann", "1"))).not.toBe(keysHash(query("bob", "1")));
  });

  it("is absent where a request names no key", () => {
    expect([keysHash({ TableName: "Posts" }), keysHash({ Key: one }, [])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("hardly ever meets another one", () => {
    const hashes = Array.from({ length: 50_000 }, (_, at) =>
      keysHash({ Key: { id: { N: String(at) } } }),
    );
    expect(new Set(hashes).size).toBe(50_000);
  });
});
