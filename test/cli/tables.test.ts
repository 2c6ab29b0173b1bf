import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { root } from "../docs/page.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { commandFor } from "./command.js";

const fixture = join(root, "test/cli/models.fixture.ts");

const there = () => ["--endpoint", inject("engine").endpoint, "--region", "us-east-1"];

describeOnLocal("dynalchemy tables", () => {
  it("tells what is missing, creates it, and then finds that it fits", async () => {
    const run = commandFor();
    const missing = await run("tables", fixture, ...there());
    expect([missing.code, missing.out]).toEqual([
      1,
      "Tokens (Token): differs\n  the table doesn't exist\nUsers (User): differs\n  the table doesn't exist\n",
    ]);
    const created = await run("tables", fixture, "--create", ...there());
    expect([created.code, created.out]).toEqual([0, "Tokens (Token): fits\nUsers (User): fits\n"]);
    expect(created.err).toContain("Creating");
    const fits = await run("tables", fixture, "--json", ...there());
    expect(fits.code).toBe(0);
    expect(JSON.parse(fits.out)).toEqual([
      { table: "Tokens", models: ["Token"], differences: [] },
      { table: "Users", models: ["User"], differences: [] },
    ]);
  });

  it("prints CreateTable inputs and a template without an account", async () => {
    const run = commandFor("");
    const json = await run("tables", fixture, "--format", "json");
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toMatchObject([
      { TableName: "Tokens", GlobalSecondaryIndexes: [{ IndexName: "byUser" }] },
      { TableName: "Users", BillingMode: "PAY_PER_REQUEST" },
    ]);
    const template = await run("tables", fixture, "--format", "cloudformation");
    expect(JSON.parse(template.out)).toMatchObject({
      Resources: {
        UsersTable: { Type: "AWS::DynamoDB::Table", DeletionPolicy: "Retain" },
        TokensTable: {
          Properties: { TimeToLiveSpecification: { AttributeName: "expires", Enabled: true } },
        },
      },
    });
  });

  it("tells a wrong command from a failed request, and keeps stdout for results", async () => {
    const run = commandFor();
    for (const args of [
      [],
      ["nonsense", fixture],
      ["tables", fixture, "--nonsense"],
      ["tables", fixture, "--format", "yaml"],
      ["tables", join(root, "nowhere.js")],
      ["tables", join(root, "test/docs/page.ts")],
    ]) {
      const { code, out, err } = await run(...args);
      expect([args, code, out]).toEqual([args, 2, ""]);
      expect(err).not.toMatch(/^\s+at /m);
    }
    const failed = await run("tables", fixture, "--endpoint", "http://127.0.0.1:9");
    expect([failed.code, failed.out]).toEqual([3, ""]);
    const help = await run("--help");
    expect([help.code, help.err]).toEqual([0, ""]);
    expect(help.out).toContain("Exit codes");
  });
});
