import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { root } from "../docs/page.js";
import { describeOnLocal } from "../support/engine-facts.js";
import { FaultProxy } from "../support/fault-proxy.js";
import { refuse } from "../support/faults.js";
import { freshNames } from "../support/tables.js";
import { commandFor } from "./command.js";

const fixture = join(root, "test/cli/models.fixture.ts");

const colliding = join(root, "test/cli/colliding.fixture.ts");

interface Resource {
  readonly Properties: Record<string, unknown>;
}

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

  it("writes a template with each index, and gives tables of like names resources of their own", async () => {
    const { code, out } = await commandFor("")("tables", colliding, "--format", "cloudformation");
    expect(code).toBe(0);
    const { Resources, ...rest } = JSON.parse(out) as { Resources: Record<string, Resource> };
    expect(rest).toEqual({ AWSTemplateFormatVersion: "2010-09-09" });
    const names = Object.entries(Resources).map(([id, { Properties }]) => [
      id,
      Properties["TableName"],
    ]);
    expect(names).toMatchInlineSnapshot(`
      [
        [
          "MyTableTable",
          "MyTable",
        ],
        [
          "mytableTable",
          "my-table",
        ],
        [
          "mytableTable2",
          "my.table",
        ],
        [
          "mytableTable3",
          "my_table",
        ],
        [
          "readingsTable",
          "readings",
        ],
      ]
    `);
    expect(Resources["readingsTable"]).toMatchInlineSnapshot(`
      {
        "DeletionPolicy": "Retain",
        "Properties": {
          "AttributeDefinitions": [
            {
              "AttributeName": "sensor",
              "AttributeType": "B",
            },
            {
              "AttributeName": "at",
              "AttributeType": "S",
            },
            {
              "AttributeName": "value",
              "AttributeType": "N",
            },
            {
              "AttributeName": "unit",
              "AttributeType": "S",
            },
          ],
          "GlobalSecondaryIndexes": [
            {
              "IndexName": "byUnit",
              "KeySchema": [
                {
                  "AttributeName": "unit",
                  "KeyType": "HASH",
                },
                {
                  "AttributeName": "at",
                  "KeyType": "RANGE",
                },
              ],
              "Projection": {
                "ProjectionType": "KEYS_ONLY",
              },
              "ProvisionedThroughput": {
                "ReadCapacityUnits": 1,
                "WriteCapacityUnits": 1,
              },
            },
          ],
          "KeySchema": [
            {
              "AttributeName": "sensor",
              "KeyType": "HASH",
            },
            {
              "AttributeName": "at",
              "KeyType": "RANGE",
            },
          ],
          "LocalSecondaryIndexes": [
            {
              "IndexName": "byValue",
              "KeySchema": [
                {
                  "AttributeName": "sensor",
                  "KeyType": "HASH",
                },
                {
                  "AttributeName": "value",
                  "KeyType": "RANGE",
                },
              ],
              "Projection": {
                "NonKeyAttributes": [
                  "value",
                  "unit",
                  "sensor",
                  "at",
                ],
                "ProjectionType": "INCLUDE",
              },
            },
          ],
          "ProvisionedThroughput": {
            "ReadCapacityUnits": 3,
            "WriteCapacityUnits": 2,
          },
          "TableName": "readings",
          "TimeToLiveSpecification": {
            "AttributeName": "expires",
            "Enabled": true,
          },
        },
        "Type": "AWS::DynamoDB::Table",
        "UpdateReplacePolicy": "Retain",
      }
    `);
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

describe("dynalchemy tables of a module with an engine", () => {
  const withEngine = join(root, "test/cli/engine.fixture.ts");

  it("takes its client and its names, tells what differs, and what was done before a failure", async () => {
    const prefix = freshNames()("");
    await using proxy = await FaultProxy.start();
    const env = { CLI_ENDPOINT: proxy.endpoint };
    const run = commandFor(prefix, env);
    const created = await run("tables", withEngine, "--create");
    expect([created.code, created.out]).toEqual([
      0,
      "Account-of-engine (Account): fits\nVisit-of-engine (Visit): fits\n",
    ]);
    const differs = await commandFor(prefix, { ...env, CLI_WANTS_MORE: "1" })("tables", withEngine);
    expect([differs.code, differs.out]).toEqual([
      1,
      "Account-of-engine (Account): fits\nVisit-of-engine (Visit): differs\n  the global index byUser is missing\n",
    ]);
    const ofVisit = (body: object) => JSON.stringify(body).includes("Visit-of-engine");
    proxy.inject({ when: ofVisit, fault: refuse("AccessDeniedException", "not yours") });
    const failed = await run("tables", withEngine, "--json");
    expect([failed.code, JSON.parse(failed.out)]).toEqual([
      3,
      [{ table: "Account-of-engine", models: ["Account"], differences: [] }],
    ]);
    expect(failed.err).toContain("not yours");
  });
});

describe("the command's own mistakes", () => {
  it("are told in a line, with the place in the module that is wrong", async () => {
    const run = commandFor();
    const folder = mkdtempSync(join(tmpdir(), "dynalchemy-cli-"));
    const complaint = async (code: string) => {
      const module = join(folder, "module.mjs");
      writeFileSync(module, code);
      const { code: exit, out, err } = await run("tables", module);
      expect([exit, out]).toEqual([2, ""]);
      return err;
    };
    try {
      expect(await complaint("export const x = 1;")).toMatch(/module\.mjs exports no model\.\n$/);
      expect(await complaint("export const = 1;")).toMatch(
        /Unexpected token '=' \(node .*module\.mjs shows where\)\n$/,
      );
      expect(await complaint('\n\nthrow new Error("no");')).toMatch(
        /can't be loaded: no \(.*module\.mjs:3:7\)\n$/,
      );
      const { code, err } = await run("tables", "nowhere.js");
      expect([code, err]).toEqual([2, "There is no file nowhere.js.\n"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are told in the words of the command, with what helps", async () => {
    const run = commandFor("", {
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
      AWS_CONFIG_FILE: "/nowhere",
    });
    expect((await run("tables", fixture, "--nonsense")).err).toBe(
      "Unknown option '--nonsense'. See dynalchemy --help.\n",
    );
    const endpoint = await run("tables", fixture, "--endpoint", "localhost:8000");
    expect([endpoint.code, endpoint.err]).toEqual([2, expect.stringContaining("a URL such as")]);
    const region = await run("tables", fixture, "--endpoint", "http://127.0.0.1:9");
    expect([region.code, region.err]).toEqual([3, expect.stringContaining("say --region")]);
  });

  it("are none where it is asked for its version", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly version: string;
    };
    expect(await commandFor("")("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});
