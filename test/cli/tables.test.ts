import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { root } from "../docs/page.js";
import { describeOnLocal } from "../support/engine-facts.js";
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
