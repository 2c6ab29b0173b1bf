import { describe, expect, it } from "vitest";
import { infoOf } from "../../../src/model/metadata.js";
import { keyOf } from "../../../src/schema/key.js";
import type { WireItem } from "../../../src/schema/wire.js";
import { wantedItem } from "../../../src/session/read/batch-get.js";
import { Loader, type LoadOptions } from "../../../src/session/read/loader.js";
import { User } from "../../support/models.js";
import { deferred, type Sent, settled, stubConnection } from "./stub.js";

const info = infoOf(User);
const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

function answer({ operation, input }: Sent) {
  if (operation === "GetItem") return { Item: input.Key };
  const { Keys } = input.RequestItems.Users as { Keys: WireItem[] };
  return { Responses: { Users: Keys } };
}

function begin(answering: (sent: Sent, nth: number) => unknown = answer) {
  const { connection, sent } = stubConnection(answering);
  let generation = 0;
  const loader = new Loader(connection, () => generation);
  const getMany = (ids: readonly string[], options: Partial<LoadOptions> = {}) =>
    loader.get(
      ids.map((id) => wantedItem(info, "Users", keyOf(info.table, { id }))),
      { isConsistent: false, ...options },
    );
  const get = (id: string, options?: Partial<LoadOptions>) =>
    getMany([id], options).then(([item]) => item);
  const writeAcknowledged = () => {
    generation += 1;
  };
  return { get, getMany, sent, writeAcknowledged };
}

describe("the loader", () => {
  it("sends a single get as a GetItem", async () => {
    const { get, sent } = begin();
    expect(await get("a", { isConsistent: true })).toEqual({ id: { S: "a" } });
    expect(sent).toMatchObject([
      {
        operation: "GetItem",
        input: { TableName: "Users", Key: { id: { S: "a" } }, ConsistentRead: true },
      },
    ]);
  });

  it("sends the gets of one turn as one BatchGetItem, each key once", async () => {
    const { get, sent } = begin();
    const later = Promise.resolve()
      .then(() => undefined)
      .then(() => get("c"));
    const items = await Promise.all([get("a"), get("b"), get("a"), later]);
    expect(items).toEqual(["a", "b", "a", "c"].map((id) => ({ id: { S: id } })));
    expect(sent.map(({ operation }) => operation)).toEqual(["BatchGetItem"]);
    expect(sent[0]?.input).toEqual({
      RequestItems: { Users: { Keys: ["a", "b", "c"].map((id) => ({ id: { S: id } })) } },
    });
  });

  it("answers a key that isn't there by undefined", async () => {
    const { get } = begin(() => ({}));
    expect(await Promise.all([get("a"), get("b")])).toEqual([undefined, undefined]);
  });

  it("sends 250 gets in 3 calls", async () => {
    const { get, sent } = begin();
    await Promise.all(Array.from({ length: 250 }, (_, at) => get(`u${at}`)));
    expect(sent.map(({ input }) => input.RequestItems.Users.Keys.length)).toEqual([100, 100, 50]);
  });

  it("shares the read that is under way with gets of later turns", async () => {
    const gate = deferred();
    const { get, sent } = begin(async (request) => {
      await gate.promise;
      return answer(request);
    });
    const first = get("a");
    await turn();
    const second = get("a");
    await turn();
    gate.resolve();
    expect(await second).toBe(await first);
    expect(sent).toHaveLength(1);
  });

  it("shares a stronger read with a weaker get, never the other way round", async () => {
    const { get, sent } = begin();
    await Promise.all([get("a", { isConsistent: true }), get("a")]);
    expect(sent).toHaveLength(1);
    sent.length = 0;
    await Promise.all([get("a"), get("a", { isConsistent: true })]);
    expect(sent.map(({ input }) => input.ConsistentRead)).toEqual([undefined, true]);
  });

  it("shares no read that is older than an acknowledged write", async () => {
    const gate = deferred();
    const { get, sent, writeAcknowledged } = begin(async (request) => {
      await gate.promise;
      return answer(request);
    });
    const first = get("a");
    await turn();
    writeAcknowledged();
    const second = get("a");
    await turn();
    expect(sent).toHaveLength(2);
    gate.resolve();
    await Promise.all([first, second]);
  });

  it("shares no read that was sent before, where it must be fresh", async () => {
    const gate = deferred();
    const { get, sent } = begin(async (request) => {
      await gate.promise;
      return answer(request);
    });
    const options = { isConsistent: true, isFresh: true };
    const first = get("a", { isConsistent: true });
    await turn();
    const second = get("a", options);
    const third = get("a", options);
    await turn();
    expect(sent).toHaveLength(2);
    gate.resolve();
    await Promise.all([first, second, third]);
  });

  it("shares nothing that was answered", async () => {
    const { get, sent } = begin();
    await get("a");
    await get("a");
    expect(sent).toHaveLength(2);
  });

  it("answers the keys of one call in their order, from all the reads that they share", async () => {
    const gate = deferred();
    const { get, getMany, sent } = begin(async (request, nth) => {
      if (nth === 1) await gate.promise;
      return answer(request);
    });
    const first = get("b");
    await turn();
    const many = getMany(["c", "b", "a", "c"]);
    await turn();
    gate.resolve();
    expect(await many).toEqual(["c", "b", "a", "c"].map((id) => ({ id: { S: id } })));
    await first;
    expect(sent[1]?.input.RequestItems.Users.Keys).toEqual(
      ["c", "a"].map((id) => ({ id: { S: id } })),
    );
    expect(await getMany([])).toEqual([]);
  });

  it("gives all requests up that only a call of many keys waited for", async () => {
    const { get, getMany, sent } = begin(() => new Promise(() => undefined));
    const own = new AbortController();
    const other = new AbortController();
    const first = get("a", { signal: other.signal }).catch(() => "aborted");
    await turn();
    const many = getMany(["a", "b"], { signal: own.signal });
    await turn();
    own.abort();
    await expect(many).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    expect(sent.map(({ signal }) => signal?.aborted)).toEqual([false, true]);
    other.abort();
    expect(await first).toBe("aborted");
    expect(sent[0]?.signal?.aborted).toBe(true);
  });

  it("ends one caller's wait by its signal, and leaves the others theirs", async () => {
    const gate = deferred();
    const { get, sent } = begin(async (request) => {
      await gate.promise;
      return answer(request);
    });
    const abort = new AbortController();
    const impatient = get("a", { signal: abort.signal });
    const patient = get("a");
    await turn();
    abort.abort(new Error("enough"));
    await expect(impatient).rejects.toMatchObject({
      code: "REQUEST_ABORTED",
      cause: { message: "enough" },
    });
    expect(sent[0]?.signal?.aborted).not.toBe(true);
    gate.resolve();
    expect(await patient).toEqual({ id: { S: "a" } });
  });

  it("gives the request up when all its callers have, and shares it with none after", async () => {
    const { get, sent } = begin(() => new Promise(() => undefined));
    const aborts = [new AbortController(), new AbortController()];
    const gets = aborts.map(({ signal }, at) => get(`u${at}`, { signal }).catch(() => "aborted"));
    await turn();
    aborts[0]?.abort();
    expect(sent[0]?.signal?.aborted).not.toBe(true);
    aborts[1]?.abort();
    expect(await Promise.all(gets)).toEqual(["aborted", "aborted"]);
    expect(sent[0]?.signal?.aborted).toBe(true);
    void get("u0");
    await turn();
    expect(sent).toHaveLength(2);
  });

  it("sends nothing for those who gave up before their turn", async () => {
    const { get, sent } = begin();
    const abort = new AbortController();
    const given = get("a", { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: "REQUEST_ABORTED", attempts: 0 });
    await expect(get("b", { signal: abort.signal })).rejects.toMatchObject({
      code: "REQUEST_ABORTED",
    });
    await settled();
    expect(sent).toEqual([]);
  });

  it("fails all callers by one failure, and tries anew for the next", async () => {
    const { get, sent } = begin((request, nth) => {
      if (nth === 1) throw new Error("down");
      return answer(request);
    });
    const outcomes = await Promise.allSettled([get("a"), get("b")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await get("a")).toEqual({ id: { S: "a" } });
    expect(sent).toHaveLength(2);
  });
});
