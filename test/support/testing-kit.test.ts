import { paginateListTables } from "@aws-sdk/client-dynamodb";
import { Engine, model, t } from "dynalchemy";
import {
  createTables,
  deleteTables,
  expectRequests,
  NoLocalEngine,
  record,
  startLocal,
} from "dynalchemy/testing";
import { describe, expect, it } from "vitest";
import { makeClient } from "./client.js";
import { freshName, freshNames } from "./tables.js";

class Thing extends model("Thing", { id: t.string().hashKey() }) {}

async function tablesOf(): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateListTables({ client: makeClient() }, {})) {
    names.push(...(page.TableNames ?? []));
  }
  return names;
}

describe("dynalchemy/testing", () => {
  it("creates and deletes an engine's tables, and those of a client; twice is no error", async () => {
    const engine = new Engine({ client: makeClient(), tableName: freshNames() });
    const name = engine.tableName(Thing);
    for (const _ of [1, 2]) await createTables(engine, [Thing]);
    expect(await tablesOf()).toContain(name);
    for (const _ of [1, 2]) await deleteTables(engine, [Thing]);
    expect(await tablesOf()).not.toContain(name);

    const tableName = freshName("of-a-client");
    const Plain = model("Plain", { id: t.string().hashKey() }, { tableName });
    await createTables(makeClient(), [Plain]);
    expect(await tablesOf()).toContain(tableName);
    await deleteTables(makeClient(), [Plain]);
    expect(await tablesOf()).not.toContain(tableName);
  });

  it("records an engine's requests, and compares them with matchers in the expected ones", async () => {
    const engine = new Engine({ client: makeClient(), tableName: freshNames() });
    await createTables(engine, [Thing]);
    const recorder = record(engine);
    const send = () => engine.save(new Thing({ id: "a" }));
    const expected = (id: unknown, TableName: unknown = expect.any(String)) => [
      { operation: "PutItem", input: { TableName, Item: { id } } },
    ];
    await send();
    expectRequests(recorder, expected({ S: expect.stringMatching(/^a$/) }));
    await send();
    expect(() => expectRequests(recorder, expected({ S: expect.any(Number) }))).toThrow();
    await send();
    expect(() => expectRequests(recorder, expected({ S: "a" }, "other"))).toThrow();
    expectRequests(recorder, []);
  });

  it("says what is missing where no engine can be had", async () => {
    const before = process.env["DYNAMODB_ENDPOINT"];
    delete process.env["DYNAMODB_ENDPOINT"];
    try {
      const none = startLocal({ kind: "external" });
      await expect(none).rejects.toBeInstanceOf(NoLocalEngine);
      await expect(none).rejects.toMatchObject({ missing: ["DYNAMODB_ENDPOINT is not set"] });
    } finally {
      if (before !== undefined) process.env["DYNAMODB_ENDPOINT"] = before;
    }
  });

  it("names Java where that is missing", async () => {
    const { PATH } = process.env;
    process.env["PATH"] = "";
    try {
      const none = startLocal({ kind: "dynamodb-local" });
      await expect(none).rejects.toMatchObject({
        code: "NO_LOCAL_ENGINE",
        missing: [expect.stringContaining("Java")],
      });
    } finally {
      process.env["PATH"] = PATH;
    }
  });
});
