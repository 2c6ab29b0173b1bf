import { Engine, globalIndex, InvalidCursor, localIndex, model, t } from "dynalchemy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WireItem } from "../../../src/schema/wire.js";
import { CursorCodec } from "../../../src/session/read/cursor.js";
import { Search } from "../../../src/session/read/search.js";
import { property } from "../../support/property.js";
import { stubClient } from "./stub.js";

class Thing extends model(
  "Thing",
  {
    hash: t.string().hashKey(),
    range: t.number().rangeKey(),
    bytes: t.binary().optional(),
    text: t.string().optional(),
  },
  {
    indexes: {
      byBytes: globalIndex({ hashKey: "bytes", rangeKey: "text" }),
      byText: localIndex({ rangeKey: "text" }),
    },
  },
) {}

const engineOf = (cursorSecret?: string, prefix = "") =>
  new Engine({
    client: stubClient().client,
    tableName: (name) => prefix + name,
    ...(cursorSecret !== undefined && { cursorSecret }),
  });

const base = (engine = engineOf()) => engine.query(Thing).key({ hash: "a" });
const codecOf = (search: { readonly columns: never } | object) =>
  new CursorCodec(Search.propsOf(search as ReturnType<typeof base>));

const key: WireItem = { hash: { S: "a" }, range: { N: "7" } };

describe("a cursor", () => {
  it.each([undefined, "secret"])(
    "is read as it was written, with the secret %s",
    async (secret) => {
      const codec = codecOf(base(engineOf(secret)));
      const cursor = await codec.write([key]);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(encodeURIComponent(cursor ?? "")).toBe(cursor);
      expect(await codec.read(cursor ?? "")).toEqual([key]);
      expect(codec.peek(cursor ?? "")).toEqual([key]);
    },
  );

  it("is nothing at the end, and something before", async () => {
    const codec = codecOf(base());
    expect(await codec.write(["end"])).toBeUndefined();
    expect(await codec.read((await codec.write(["start"])) ?? "")).toEqual(["start"]);
  });

  property(
    "holds keys of every type, table and index",
    [
      fc.string({ unit: "binary", minLength: 1, maxLength: 50 }),
      fc.oneof(
        fc
          .double({ min: -1e125, max: 1e125, noNaN: true })
          .filter((n) => n === 0 || Math.abs(n) > 1e-120),
        fc.integer(),
      ),
      fc.uint8Array({ minLength: 1 }),
      fc.string({ unit: "grapheme-composite", minLength: 1 }),
    ],
    async (hash, range, bytes, text) => {
      const codec = codecOf(engineOf("s").query(Thing.byBytes).key({ bytes }));
      const position = {
        hash: { S: hash },
        range: { N: String(range) },
        bytes: { B: bytes },
        text: { S: text },
      };
      expect(await codec.read((await codec.write([position])) ?? "")).toEqual([position]);
    },
  );

  it("keeps a byte order mark, which is text like any other", async () => {
    const codec = codecOf(engineOf().scan(Thing));
    const position = { hash: { S: "\uFEFFa" }, range: { N: "1" } };
    expect(await codec.read((await codec.write([position])) ?? "")).toEqual([position]);
  });

  it("stands for all segments of a scan", async () => {
    const codec = codecOf(engineOf().scan(Thing).parallel(3));
    const positions = ["end", key, "start"] as const;
    expect(await codec.read((await codec.write(positions)) ?? "")).toEqual(positions);
  });

  it.each([undefined, "secret"])(
    "is refused with any letter changed, added or left out, with the secret %s",
    async (secret) => {
      const codec = codecOf(base(engineOf(secret)));
      const cursor = (await codec.write([key])) ?? "";
      const others: string[] = ["", `${cursor}A`, `A${cursor}`, `${cursor}=`, cursor + cursor];
      for (let at = 0; at < cursor.length; at++) {
        others.push(cursor.slice(0, at));
        for (const letter of "AQgw-_09z") {
          const changed = cursor.slice(0, at) + letter + cursor.slice(at + 1);
          if (changed !== cursor) others.push(changed);
        }
      }
      for (const other of others) {
        await expect(codec.read(other), other).rejects.toBeInstanceOf(InvalidCursor);
      }
    },
  );

  property(
    "is refused when it is any text",
    [fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."AQgw-_09z") }))],
    async (text) => {
      await expect(codecOf(base()).read(text)).rejects.toBeInstanceOf(InvalidCursor);
    },
  );

  it("is refused unread when it is longer than any", async () => {
    const codec = codecOf(base());
    await expect(codec.read("A".repeat(10_000_000))).rejects.toBeInstanceOf(InvalidCursor);
  });

  it("is refused by every search but its own", async () => {
    const engine = engineOf("secret");
    const cursor = (await codecOf(base(engine)).write([key])) ?? "";
    const others = {
      "another table": base(engineOf("secret", "dev-")),
      "another secret": base(engineOf("secret2")),
      "no secret": base(engineOf()),
      "another direction": base(engine).descending(),
      "another partition": engine.query(Thing).key({ hash: "b" }),
      "a range condition": engine.query(Thing).key(Thing.hash.eq("a").and(Thing.range.gt(1))),
      "a local index": engine.query(Thing).index("byText").key({ hash: "a" }),
      "a global index": engine.query(Thing.byBytes).key({ bytes: Uint8Array.of(97) }),
      "a scan": engine.scan(Thing),
      "a parallel scan": engine.scan(Thing).parallel(2),
    };
    for (const [what, other] of Object.entries(others)) {
      await expect(codecOf(other).read(cursor), what).rejects.toBeInstanceOf(InvalidCursor);
    }
  });

  it("is told apart by the operator and values of the range condition", async () => {
    const engine = engineOf();
    const range = [
      Thing.range.gt(1),
      Thing.range.gte(1),
      Thing.range.gt(2),
      Thing.range.eq(1),
      Thing.range.between(1, 2),
      Thing.range.between(1, 3),
    ].map((condition) => codecOf(engine.query(Thing).key(Thing.hash.eq("a").and(condition))));
    for (const [at, codec] of range.entries()) {
      const cursor = (await codec.write([key])) ?? "";
      for (const [other, reader] of range.entries()) {
        if (other === at) expect(await reader.read(cursor)).toEqual([key]);
        else await expect(reader.read(cursor)).rejects.toBeInstanceOf(InvalidCursor);
      }
    }
  });

  it("belongs to equal searches, however they were said", async () => {
    const engine = engineOf();
    const cursor = (await codecOf(base(engine)).write([key])) ?? "";
    const same = engine
      .query(Thing)
      .key(Thing.hash.eq("a"))
      .filter(Thing.text.eq("x"))
      .limit(3)
      .pageSize(2);
    expect(await codecOf(same).read(cursor)).toEqual([key]);
  });

  it("leads out of no partition, even where somebody made it who knows how", async () => {
    const codec = codecOf(base());
    const forged = (await codec.write([{ ...key, hash: { S: "b" } }])) ?? "";
    await expect(codec.read(forged)).rejects.toBeInstanceOf(InvalidCursor);
  });

  it("holds no number that is none", async () => {
    const codec = codecOf(base());
    for (const text of ["abc", "1e", "0x10", "1".repeat(200), "--1", "NaN", "1e99999"]) {
      const forged = (await codec.write([{ ...key, range: { N: text } }])) ?? "";
      await expect(codec.read(forged), text).rejects.toBeInstanceOf(InvalidCursor);
    }
  });

  it("is a text, or undefined or null for the beginning", () => {
    for (const other of [1, {}, ["x"], true, Symbol("x")]) {
      expect(() => base().after(other as never)).toThrow(InvalidCursor);
    }
    expect(base().after(undefined).request()).toEqual(base().request());
    expect(base().after(null).request()).toEqual(base().request());
    expect(() => base().after("").request()).toThrow(InvalidCursor);
  });
});
