import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type EngineKind = "dynamodb-local" | "dynalite" | "external";

export interface LocalEngine {
  readonly endpoint: string;
  readonly kind: EngineKind;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Which engine to start; default: the one at DYNAMODB_ENDPOINT, else the best that runs here. */
  readonly kind?: EngineKind;
}

const require = createRequire(import.meta.url);
const readyWithinMs = 60_000;
const portAttempts = 3;

/**
 * Starts an engine in memory: DynamoDB Local where there is Java, else dynalite. The environment
 * variable DYNAMODB_ENDPOINT names a running one to use instead. The engine ends with `stop()`, or
 * with this process, however that ends.
 */
export async function startEngine(options: StartOptions = {}): Promise<LocalEngine> {
  const external = process.env["DYNAMODB_ENDPOINT"];
  const kind = options.kind ?? (external ? "external" : hasJava() ? "dynamodb-local" : "dynalite");
  if (kind === "external") {
    if (!external) throw new Error("DYNAMODB_ENDPOINT is not set");
    await untilReady(external, () => undefined);
    return { endpoint: external, kind, stop: async () => {} };
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(kind, await freePort());
    } catch (error) {
      // Another process may have taken the port between the look and the start.
      if (attempt === portAttempts) throw error;
    }
  }
}

function hasJava(): boolean {
  return spawnSync("java", ["-version"], { stdio: "ignore" }).status === 0;
}

async function launch(kind: "dynamodb-local" | "dynalite", port: number): Promise<LocalEngine> {
  const { command, args, cwd } = commandOf(kind, port);
  const keeper = spawn(
    process.execPath,
    [fileURLToPath(new URL("./engine-keeper.mjs", import.meta.url)), command, ...args],
    { cwd, stdio: ["pipe", "ignore", "pipe"] },
  );
  let said = "";
  let exit: string | undefined;
  keeper.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  keeper.on("error", (error) => {
    exit = error.message;
  });
  keeper.on("exit", (code, signal) => {
    exit = `ended with ${signal ?? code}`;
  });
  letProcessEnd(keeper);

  const endpoint = `http://127.0.0.1:${port}`;
  const stop = () => stopKeeper(keeper);
  try {
    await untilReady(endpoint, () => exit && `${kind} ${exit}: ${said}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, kind, stop };
}

function commandOf(kind: "dynamodb-local" | "dynalite", port: number) {
  if (kind === "dynalite") {
    const cli = join(dirname(require.resolve("dynalite/package.json")), "cli.js");
    const quick = ["createTableMs", "deleteTableMs", "updateTableMs"].map((name) => `--${name}=0`);
    return {
      command: process.execPath,
      args: [cli, "--host=127.0.0.1", `--port=${port}`, ...quick],
      cwd: process.cwd(),
    };
  }
  const emulator = join(
    dirname(require.resolve("amplify-dynamodb-simulator/package.json")),
    "emulator",
  );
  return {
    command: "java",
    args: [
      "-Xms64m",
      "-Xmx768m",
      "-XX:+UseSerialGC",
      "-Djava.library.path=./DynamoDBLocal_lib",
      "-jar",
      "DynamoDBLocal.jar",
      "-inMemory",
      "-disableTelemetry",
      "-port",
      String(port),
    ],
    cwd: emulator,
  };
}

/** A forgotten `stop()` must not keep a program alive. */
function letProcessEnd(keeper: ChildProcess): void {
  keeper.unref();
  for (const stream of [keeper.stdin, keeper.stderr]) {
    if (stream && "unref" in stream && typeof stream.unref === "function") stream.unref();
  }
}

function stopKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null || !keeper.pid) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    keeper.ref();
    keeper.once("exit", () => resolve());
    keeper.stdin?.destroy();
  });
}

async function untilReady(endpoint: string, failure: () => string | undefined): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    const failed = failure();
    if (failed) throw new Error(failed);
    const answer = await ask(endpoint);
    if (answer === "ready") return;
    if (Date.now() > deadline) throw new Error(`No engine answers at ${endpoint}: ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Lists the tables, since a port that is open may not serve yet. */
async function ask(endpoint: string): Promise<string> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
        "x-amz-date": "20240101T000000Z",
        // Dynalite checks the header's shape, no engine its signature.
        authorization:
          "AWS4-HMAC-SHA256 Credential=local/20240101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: "{}",
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    return response.ok ? "ready" : `status ${response.status}, ${text.slice(0, 200)}`;
  } catch (error) {
    return String(error);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("No free port"));
      });
    });
  });
}
