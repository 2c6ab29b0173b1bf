import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, inject, it } from "vitest";
import { makeClient, makeDocumentClient } from "./client.js";
import { startEngine } from "./local-engine.js";

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  );
}

async function untilSilent(endpoint: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (await answers(endpoint)) {
    if (Date.now() > deadline) throw new Error(`${endpoint} still answers`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the local engine", () => {
  it("serves the run's clients", async () => {
    const client = makeClient();
    expect((await client.send(new ListTablesCommand({}))).TableNames).toBeInstanceOf(Array);
    expect((await makeDocumentClient().send(new ListTablesCommand({}))).$metadata.attempts).toBe(1);
  });

  it("is silent after it was stopped, and a second stop does nothing", async () => {
    const engine = await startEngine({ kind: "dynalite" });
    expect(engine.endpoint).not.toBe(inject("engine").endpoint);
    expect(await answers(engine.endpoint)).toBe(true);
    await engine.stop();
    await engine.stop();
    expect(await answers(engine.endpoint)).toBe(false);
  });

  it("uses the engine at DYNAMODB_ENDPOINT, and leaves it running", async () => {
    const before = process.env["DYNAMODB_ENDPOINT"];
    process.env["DYNAMODB_ENDPOINT"] = inject("engine").endpoint;
    try {
      const engine = await startEngine();
      expect(engine).toMatchObject({ kind: "external", endpoint: inject("engine").endpoint });
      await engine.stop();
    } finally {
      if (before === undefined) delete process.env["DYNAMODB_ENDPOINT"];
      else process.env["DYNAMODB_ENDPOINT"] = before;
    }
    expect(await answers(inject("engine").endpoint)).toBe(true);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT", "exit"] as const)(
    "dies with the process that started it (%s)",
    async (end) => {
      const { DYNAMODB_ENDPOINT: _, ...env } = process.env;
      const starter = spawn(
        process.execPath,
        ["--import", "tsx", fileURLToPath(new URL("./start-engine.fixture.ts", import.meta.url))],
        { stdio: ["ignore", "pipe", "inherit"], env: { ...env, END: end } },
      );
      const [said] = (await once(starter.stdout, "data")) as [Buffer];
      const { endpoint } = JSON.parse(said.toString()) as { endpoint: string };
      const ended = once(starter, "exit");
      if (end !== "exit") starter.kill(end);
      await ended;
      await untilSilent(endpoint);
    },
  );
});
