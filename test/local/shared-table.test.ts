import { Engine, model, t } from "dynalchemy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeClient } from "../support/client.js";
import { makeBed } from "../support/test-bed.js";

const key = { box: t.string().hashKey(), id: t.integer().rangeKey() };

class Folder extends model(
  "Folder",
  { ...key, size: t.integer(), tags: t.list(t.string()) },
  { tableName: "Shared" },
) {}

class File extends model(
  "File",
  { title: t.string().optional(), meta: t.map({ author: t.string() }).optional(), ...key },
  { tableName: "Shared" },
) {}

// Answers are read from their text where nobody looks at them: the bed's own client is recorded.
const client = makeClient();
let engine: Engine;

beforeAll(async () => {
  const bed = await makeBed([Folder]);
  engine = new Engine({ client, tableName: () => bed.tableName(Folder) });
  await engine.save([
    new Folder({ box: "a", id: 1, size: 3, tags: ["x"] }),
    new File({ box: "a", id: 2, title: "notes", meta: { author: "ann" } }),
    new File({ box: "a", id: 3, title: "plan" }),
  ]);
});

afterAll(() => client.destroy());

const folder = { box: "a", id: 1, size: 3, tags: ["x"] };
const file = { box: "a", id: 2, title: "notes", meta: { author: "ann" } };

it("gives each of two models its own items, whichever is asked for first in one batch", async () => {
  for (const isFolderFirst of [true, false]) {
    const session = engine.session();
    const getFolder = () => session.get(Folder, { box: "a", id: 1 });
    const getFile = () => session.get(File, { box: "a", id: 2 });
    const order: (() => Promise<object | undefined>)[] = isFolderFirst
      ? [getFolder, getFile]
      : [getFile, getFolder];
    const found = await Promise.all(order.map((get) => get()));
    expect(found.map((each) => ({ ...each }))).toEqual(
      isFolderFirst ? [folder, file] : [file, folder],
    );
    expect(session.dirty.size).toBe(0);
    await session.close();
  }
});

it("knows an item for what the session has already, though a read for the other model shared its answer", async () => {
  const session = engine.session();
  const [, , other] = await Promise.allSettled([
    session.get(File, { box: "a", id: 2 }),
    session.get(File, { box: "a", id: 3 }),
    session.get(Folder, { box: "a", id: 2 }),
  ]);
  expect(other).toMatchObject({
    status: "rejected",
    reason: { code: "MODEL_MISMATCH", key: { box: "a", id: 2 } },
  });
  await session.close();
});
