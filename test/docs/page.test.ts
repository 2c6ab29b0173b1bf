import { describe, expect, inject, it } from "vitest";
import { blocksFor, expectationsOf, isAsSaid, parsePage, programOf } from "./page.js";
import { compilePage, runPage } from "./run-page.js";

const page = (...lines: string[]) => parsePage("a.md", ["# A page", ...lines].join("\n"));
const runOf = (...lines: string[]) => runPage(page(...lines), inject("engine").endpoint);

describe("the reading of a page", () => {
  it("finds the blocks of TypeScript, their marks, and preambles", () => {
    const { blocks, needs } = page(
      "<!-- needs transactions, ttl -->",
      "```sh",
      "npm test",
      "```",
      "<!-- preamble",
      "const a = 1;",
      "-->",
      "```ts scoped ignore-run",
      "const b = a;",
      "```",
    );
    expect(needs).toEqual(["transactions", "ttl"]);
    expect(blocks).toEqual([
      { marks: new Set(), line: 6, code: ["const a = 1;"], isPreamble: true },
      {
        marks: new Set(["scoped", "ignore-run"]),
        line: 9,
        code: ["const b = a;"],
        isPreamble: false,
      },
    ]);
  });

  it("refuses unknown marks, other names of the language, and blocks without an end", () => {
    expect(() => page("```ts norun", "```")).toThrow('a.md:2: "norun" is no known mark');
    expect(() => page("```typescript", "```")).toThrow('Write "ts"');
    expect(() => page("```ts", "const a = 1;")).toThrow("ends this block");
  });

  it("keeps each line where it is, and imports each name once", () => {
    const { blocks } = page(
      "```ts",
      'import { a, b } from "x";',
      "b(a);",
      "```",
      "```ts scoped",
      "import {",
      "  b,",
      "  c,",
      '} from "x";',
      "c(b);",
      "```",
    );
    expect(programOf(blocks).split("\n")).toEqual([
      "export {};",
      'import { a, b } from "x"; ',
      "",
      "b(a);",
      "",
      'import { c } from "x"; {',
      "",
      "",
      "",
      "",
      "c(b);",
      "}",
      "",
    ]);
  });

  it("takes what a console.log prints from the comments that follow it", () => {
    const read = page(
      "```ts",
      "console.log(1); // → 1",
      "console.log(2);",
      "// → 2",
      "// → and more",
      "```",
    );
    expect(expectationsOf(read, read.blocks)).toEqual([
      { line: 3, text: "1" },
      { line: 4, text: "2\nand more" },
    ]);
    const lone = page("```ts", "one(); // → 1", "```");
    expect(() => expectationsOf(lone, lone.blocks)).toThrow("a.md:3: No console.log");
  });

  it("compares with … for any text", () => {
    expect(isAsSaid("a (b) …!", "a (b) c\nd!")).toBe(true);
    expect(isAsSaid("a …", "b")).toBe(false);
    expect(isAsSaid("a", "a  ")).toBe(true);
  });

  it("leaves out what is not to be compiled or run", () => {
    const { blocks: _, ...rest } = page();
    const read = {
      ...rest,
      ...page("```ts ignore-run", "```", "```ts no-compile", "```", "```ts", "```"),
    };
    expect(blocksFor(read, "compile").map(({ line }) => line)).toEqual([2, 6]);
    expect(blocksFor(read, "run").map(({ line }) => line)).toEqual([6]);
  });
});

describe("a page's program", () => {
  it("goes on from block to block and prints what the page says", async () => {
    const { failure, differences } = await runOf(
      "```ts",
      "const numbers = [1, 2];",
      "for (const number of numbers) console.log(number);",
      "// → 1",
      "// → 2",
      "```",
      "```ts ignore-run",
      'throw new Error("not run");',
      "```",
      "```ts",
      "console.log({ numbers }); // → { numbers: [ 1, 2 ] }",
      "```",
    );
    expect({ failure, differences }).toEqual({ failure: "", differences: [] });
  });

  // Only DynamoDB Local keeps the tables of different access keys apart.
  const isApart = inject("engine").kind === "dynamodb-local";
  it.skipIf(!isApart)(
    "speaks to the engine by the SDK's settings, with its own tables",
    async () => {
      const run = () =>
        runOf(
          "```ts",
          'import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";',
          "const client = new DynamoDBClient({});",
          "console.log((await client.send(new ListTablesCommand({}))).TableNames); // → []",
          "await client.send(",
          '  new CreateTableCommand({ TableName: "Own", BillingMode: "PAY_PER_REQUEST",',
          '    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],',
          '    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }] }),',
          ");",
          "```",
        );
      expect(await run()).toEqual({ failure: "", differences: [] });
      expect(await run()).toEqual({ failure: "", differences: [] });
    },
  );

  it("tells what was printed in place of what the page says", async () => {
    expect(await runOf("```ts", "console.log(1 + 1); // → 3", "```")).toEqual({
      failure: "",
      differences: [{ line: 3, text: "3", printed: "2" }],
    });
    expect(await runOf("```ts", "if (!process) console.log(1);", "// → 1", "```")).toMatchObject({
      differences: [{ line: 3, printed: "(nothing)" }],
    });
  });

  it("tells the page's line where it fails", async () => {
    const { failure } = await runOf("", "```ts", "const a = 1;", 'throw new Error("b");', "```");
    expect(failure).toContain("a.md:5");
  });

  it("tells the page's line of what does not compile, ignored runs included", async () => {
    const wrong = page(
      "```ts",
      "const a: number = 1;",
      "```",
      "```ts ignore-run",
      'a.b = "c";',
      "```",
    );
    expect(await compilePage(wrong)).toMatch(/^a\.md\(6,3\): error TS2339/);
    expect(await compilePage(page("```ts no-compile", "what?", "```"))).toBe("");
  });
});
