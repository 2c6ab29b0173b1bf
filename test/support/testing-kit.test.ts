import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { root } from "../docs/page.js";
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

  it("records no more once it is stopped, and leaves other recorders alone", async () => {
    const engine = new Engine({ client: makeClient(), tableName: freshNames() });
    await createTables(engine, [Thing]);
    const other = record(engine);
    const recorder = record(engine);
    {
      using scoped = record(engine);
      await engine.save(new Thing({ id: "a" }));
      for (const _ of [1, 2]) recorder.stop();
      await engine.save(new Thing({ id: "b" }));
      expect(scoped.operations).toEqual(["PutItem", "PutItem"]);
    }
    expect(recorder.operations).toEqual(["PutItem"]);
    expect(other.operations).toEqual(["PutItem", "PutItem"]);
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

  it("says why where nothing answers at DYNAMODB_ENDPOINT, before a test runner gives up", async () => {
    const before = process.env["DYNAMODB_ENDPOINT"];
    process.env["DYNAMODB_ENDPOINT"] = "http://127.0.0.1:1";
    try {
      const none = startLocal();
      await expect(none).rejects.toBeInstanceOf(NoLocalEngine);
      await expect(none).rejects.toThrow(
        /DYNAMODB_ENDPOINT.*http:\/\/127\.0\.0\.1:1: .*(ECONNREFUSED|bad port)/,
      );
    } finally {
      if (before === undefined) delete process.env["DYNAMODB_ENDPOINT"];
      else process.env["DYNAMODB_ENDPOINT"] = before;
    }
  }, 10_000);

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

  it("refuses a Java that is too old, and reads the version of one that has more to say", async () => {
    const { PATH } = process.env;
    const folder = mkdtempSync(join(tmpdir(), "dynalchemy-java-"));
    const java = (...lines: readonly string[]) =>
      writeFileSync(
        join(folder, "java"),
        `#!/bin/sh\n${lines.map((line) => `echo '${line}' >&2\n`).join("")}`,
        { mode: 0o755 },
      );
    process.env["PATH"] = `${folder}:/bin:/usr/bin`;
    try {
      java("Picked up JAVA_TOOL_OPTIONS: -Xmx1g", 'java version "1.7.0_80"');
      await expect(startLocal({ kind: "dynamodb-local" })).rejects.toMatchObject({
        missing: ["dynamodb-local needs Java 8 or later, and found Java 7"],
      });
      java('openjdk version "21-ea" 2023-09-19');
      // New enough, so that it goes on, and fails for the reason that this Java starts nothing.
      await expect(startLocal({ kind: "dynamodb-local" })).rejects.not.toBeInstanceOf(
        NoLocalEngine,
      );
    } finally {
      process.env["PATH"] = PATH;
      rmSync(folder, { recursive: true });
    }
  });

  it("names both engines' install commands where neither is installed", async () => {
    const { DYNAMODB_ENDPOINT: _, ...env } = process.env;
    const folder = mkdtempSync(join(tmpdir(), "dynalchemy-none-"));
    try {
      // Bundled into a folder from which neither package is found.
      await build({
        entryPoints: [join(root, "src/testing/local-engine.ts")],
        outfile: join(folder, "local-engine.mjs"),
        bundle: true,
        platform: "node",
        format: "esm",
      });
      const program = `import("./local-engine.mjs").then(({ startLocal }) => startLocal()).catch((error) => console.log(error.message));`;
      const said = execFileSync(process.execPath, ["-e", program], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      expect(said).toContain("npm install -D amplify-dynamodb-simulator");
      expect(said).toContain("npm install -D dynalite");
      expect(said).toContain("One of them is enough.");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
