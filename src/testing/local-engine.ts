import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NoLocalEngine } from "./errors.js";

/**
 * DynamoDB Local, by AWS, which does what the service does; dynalite, which has no transactions, finds
 * no two lists or maps equal, and returns no current item of a failed condition; or another one, at
 * DYNAMODB_ENDPOINT.
 */
export type EngineKind = "dynamodb-local" | "dynalite" | "external";

/** An engine that runs on this machine. */
export interface LocalEngine {
  /** Such as "http://127.0.0.1:54321". */
  readonly endpoint: string;
  readonly kind: EngineKind;
  /** What a client needs: `new DynamoDBClient(local.clientConfig)`. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Ends the engine, with all its tables; one at DYNAMODB_ENDPOINT is left alone. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `startLocal`. */
export interface StartOptions {
  /** Which engine to start; default: the one at DYNAMODB_ENDPOINT, else the best that is installed. */
  readonly kind?: EngineKind;
}

type Started = Exclude<EngineKind, "external">;

const packages: Record<Started, string> = {
  "dynamodb-local": "amplify-dynamodb-simulator",
  dynalite: "dynalite",
};
/** What the classes of DynamoDB Local 1.25, which the package ships, are compiled for. */
const leastJava = 8;
const readyWithinMs = 60_000;
/** It was started by somebody else, perhaps just now; less than what test runners give a hook. */
const externalReadyWithinMs = 8_000;
const portAttempts = 3;

/**
 * Starts an engine in memory, on a free port: DynamoDB Local where there are Java and the package
 * `amplify-dynamodb-simulator`, which ships it, else the package `dynalite`. The environment variable
 * DYNAMODB_ENDPOINT names a running one to use instead. The engine ends with `stop()`, or with this
 * process, however that ends.
 *
 * @throws {NoLocalEngine} NO_LOCAL_ENGINE, with what to install.
 * @example
 * await using local = await startLocal();
 * const engine = new Engine({ client: new DynamoDBClient(local.clientConfig) });
 * await createTables(engine, [User, Post]);
 */
export async function startLocal(options: StartOptions = {}): Promise<LocalEngine> {
  const external = process.env["DYNAMODB_ENDPOINT"];
  const kind = options.kind ?? (external ? "external" : bestInstalled());
  if (kind === "external") {
    if (!external) throw new NoLocalEngine(["DYNAMODB_ENDPOINT is not set"]);
    await untilReady(external, externalReadyWithinMs, () => undefined).catch((error: Error) => {
      throw new NoLocalEngine([`DYNAMODB_ENDPOINT is set, and ${error.message}`]);
    });
    return localEngine(external, kind, async () => {});
  }
  const missing = missingFor(kind);
  if (missing.length > 0) throw new NoLocalEngine(missing);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(kind, await freePort());
    } catch (error) {
      // Another process may have taken the port between the look and the start.
      if (attempt === portAttempts) throw error;
    }
  }
}

function bestInstalled(): Started {
  const kinds: readonly Started[] = ["dynamodb-local", "dynalite"];
  const best = kinds.find((kind) => missingFor(kind).length === 0);
  if (best !== undefined) return best;
  throw new NoLocalEngine(kinds.flatMap(missingFor));
}

/** What must be installed for this engine, and how; nothing where it can be started. */
function missingFor(kind: Started): string[] {
  const name = packages[kind];
  const needs = folderOf(name) === undefined ? [`\`npm install -D ${name}\``] : [];
  const java = kind === "dynamodb-local" ? javaVersion() : leastJava;
  if (java === undefined || java < leastJava) {
    const found = java === undefined ? "" : `, and found Java ${java}`;
    needs.push(`Java ${leastJava} or later${found}`);
  }
  return needs.length === 0 ? [] : [`${kind} needs ${needs.join(" and ")}`];
}

/** Such as 8 of "1.8.0_452", and 21 of "21-ea"; `undefined` where there is none. */
function javaVersion(): number | undefined {
  // It writes to stderr, after what JAVA_TOOL_OPTIONS makes it say.
  const { status, stderr } = spawnSync("java", ["-version"], { encoding: "utf8" });
  const [, version] = / version "(?:1\.)?(\d+)/.exec(stderr ?? "") ?? [];
  return status === 0 && version !== undefined ? Number(version) : undefined;
}

/** Where a package is installed: beside this one, or in the project that is worked on. */
function folderOf(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

function localEngine(endpoint: string, kind: EngineKind, stop: () => Promise<void>): LocalEngine {
  return {
    endpoint,
    kind,
    clientConfig: {
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(kind: Started, port: number): Promise<LocalEngine> {
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
    await untilReady(endpoint, readyWithinMs, () => exit && `${kind} ${exit}: ${said}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return localEngine(endpoint, kind, stop);
}

function commandOf(kind: Started, port: number) {
  const folder = folderOf(packages[kind]) ?? "";
  if (kind === "dynalite") {
    const cli = join(folder, "cli.js");
    const quick = ["createTableMs", "deleteTableMs", "updateTableMs"].map((name) => `--${name}=0`);
    return {
      command: process.execPath,
      args: [cli, "--host=127.0.0.1", `--port=${port}`, ...quick],
      cwd: process.cwd(),
    };
  }
  return {
    command: "java",
    args: [
      "-Xms64m",
      "-Xmx768m",
      "-XX:+UseSerialGC",
      // Tests don't live long enough for the second compiler to pay: without it the start takes 3 s of
      // CPU instead of 5, the first 1,600 requests 3 instead of 7, and 25,000 still a fifth less.
      "-XX:TieredStopAtLevel=1",
      "-Djava.library.path=./DynamoDBLocal_lib",
      "-jar",
      "DynamoDBLocal.jar",
      "-inMemory",
      "-disableTelemetry",
      "-port",
      String(port),
    ],
    cwd: join(folder, "emulator"),
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

async function untilReady(
  endpoint: string,
  withinMs: number,
  failure: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const failed = failure();
    if (failed) throw new Error(failed);
    const answer = await ask(endpoint);
    if (answer === "ready") return;
    if (Date.now() > deadline) throw new Error(`no engine answers at ${endpoint}: ${answer}`);
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
    // Of fetch, the cause alone says what went wrong, such as ECONNREFUSED.
    return String((error as Error).cause ?? error);
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
