import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/*
 * A million items, each with a key of its own, by the SDK and the library's own way of reading; no
 * engine gives so many in time, so a server makes them up as they are asked for.
 */

const pageLength = 2_000;
/** Pages that are read ahead, and their texts, come and go. */
const slackMb = 5;
/** It takes some 20 s, and several times that beside much else. */
const timeoutMs = 180_000;

let server: Server;
let total = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const body = answer(JSON.parse(text) as Asked);
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Asked {
  readonly ExclusiveStartKey?: { readonly range: { readonly N: string } };
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

function answer({ ExclusiveStartKey: start, Segment = 0, TotalSegments = 1 }: Asked): string {
  const length = total / TotalSegments;
  const first = start === undefined ? Segment * length : Number(start.range.N) + 1;
  const end = Math.min(first + pageLength, (Segment + 1) * length);
  const items: string[] = [];
  for (let at = first; at < end; at += 1) {
    items.push(
      `{"hash":{"S":"a"},"range":{"N":"${at}"},"text":{"S":"text ${at}"},"tags":{"SS":["x","y ${at}"]},"meta":{"M":{"author":{"S":"ann"}}}}`,
    );
  }
  const isLast = end === (Segment + 1) * length;
  const next = isLast ? "" : `,"LastEvaluatedKey":{"hash":{"S":"a"},"range":{"N":"${end - 1}"}}`;
  return `{"Count":${items.length},"ScannedCount":${items.length},"Items":[${items.join(",")}]${next}}`;
}

interface Used {
  readonly way: string;
  readonly seen: number;
  /** Megabytes after a tenth of the items, and after all of them. */
  readonly used: readonly [number, number];
}

/** Reads so many items in each of these ways, in one process. */
async function read(ways: readonly string[], count: number): Promise<Used[]> {
  total = count;
  const { port } = server.address() as AddressInfo;
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const program = fileURLToPath(new URL("../support/long-read.fixture.ts", import.meta.url));
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    ["--expose-gc", "--import", tsx, program, endpoint, ways.join(), String(count)],
    { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs - 5_000, killSignal: "SIGKILL" },
  );
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, err]).toEqual([0, ""]);
  console.log(out);
  const measured = out.trim().split("\n");
  return measured.map((line) => JSON.parse(line) as Used);
}

describe("the memory in use", { timeout: timeoutMs }, () => {
  it("is after a million untracked items what it was after a hundred thousand", async () => {
    const [untracked] = await read(["untracked"], 1_000_000);
    expect(untracked?.seen).toBe(1_000_000);
    const [early = 0, late = Number.NaN] = untracked?.used ?? [];
    expect(late).toBeLessThan(early + slackMb);
  });

  it("grows with no other way of reading either, but with what a session follows", async () => {
    const measured = await read(
      ["engine", "select", "parallel", "pages", "each", "tracked"],
      100_000,
    );
    const grows: unknown[] = [];
    for (const { way, seen, used } of measured) {
      grows.push([way, seen, used[1] > used[0] + slackMb]);
    }
    expect(grows).toEqual([
      ["engine", 100_000, false],
      ["select", 100_000, false],
      ["parallel", 100_000, false],
      ["pages", 100_000, false],
      ["each", 100_000, false],
      // So the measure tells.
      ["tracked", 100_000, true],
    ]);
  });
});
