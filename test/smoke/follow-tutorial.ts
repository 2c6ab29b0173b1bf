import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isAsSaid, root } from "../docs/page.js";
import { type CommandStep, parseTutorial, type Step } from "../docs/tutorial.js";
import { tested } from "./package.js";

const page = "docs/tutorial.md";
const commandWithinMs = 180_000;
const port = "3000";

/** Does what the tutorial says in an empty folder, word for word, with the packed tarball. */
export async function followTutorial(tarball: string, folder: string): Promise<string> {
  mkdirSync(folder);
  const text = readFileSync(join(root, page), "utf8");
  const steps = parseTutorial(await onFreePort(text));
  const running: ChildProcess[] = [];
  try {
    for (const step of steps) await take(step, { tarball, folder, running });
  } finally {
    for (const child of running) stop(child);
  }
  return `${steps.length} steps`;
}

/** Another port than the reader's, where something else on this machine has that one. */
async function onFreePort(text: string): Promise<string> {
  const free = await freePort(Number(port)).catch(() => freePort(0));
  return text.replaceAll(new RegExp(`\\b${port}\\b`, "g"), String(free));
}

function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(wanted, () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : wanted;
      server.close(() => resolve(found));
    });
  });
}

interface Reader {
  readonly tarball: string;
  readonly folder: string;
  readonly running: ChildProcess[];
}

async function take(step: Step, { tarball, folder, running }: Reader): Promise<void> {
  if (step.kind !== "command") {
    if (step.kind === "write") writeFileSync(join(folder, step.path), step.text);
    else appendFileSync(join(folder, step.path), `\n${step.text}`);
    return;
  }
  const { child, result } = run(installable(step.command, tarball), folder, step);
  if (step.keepsRunning) running.push(child);
  const { code, printed, errors } = await result;
  const isSaid = step.prints === "" || isAsSaid(step.prints, printed.trimEnd());
  if (code === 0 && isSaid) return;
  throw new Error(
    `${page}:${step.line}: ${step.command}\nended with ${code}, and printed\n${printed}\n${errors}`,
  );
}

/** The tarball in place of the package, and the others in the versions that are tested here. */
function installable(command: string, tarball: string): string {
  if (!command.startsWith("npm install ")) return command;
  return command
    .split(" ")
    .map((word, index) => {
      if (index < 2 || word.startsWith("-")) return word;
      return word === "dynalchemy" ? tarball : tested(word);
    })
    .join(" ");
}

/** Runs a command of the shell until it ends; one that keeps running, until it has printed its text. */
function run(command: string, folder: string, step: CommandStep) {
  // No engine but the tutorial's own.
  const { DYNAMODB_ENDPOINT: _, ...inherited } = process.env;
  const child = spawn("sh", ["-c", command], {
    cwd: folder,
    env: {
      ...inherited,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      npm_config_prefer_offline: "true",
      npm_config_audit: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that all that it starts ends with it.
    detached: true,
  });
  let printed = "";
  let errors = "";
  const result = new Promise<{ code: number | string; printed: string; errors: string }>(
    (resolve, reject) => {
      const limit = setTimeout(() => {
        stop(child);
        resolve({ code: `nothing within ${commandWithinMs} ms`, printed, errors });
      }, commandWithinMs);
      const end = (code: number | string) => {
        clearTimeout(limit);
        resolve({ code, printed, errors });
      };
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (step.keepsRunning && isAsSaid(step.prints, printed.trimEnd())) end(0);
      });
      child.stderr.on("data", (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.on("error", reject);
      child.on("close", (code, signal) => end(code ?? `${signal}`));
    },
  );
  return { child, result };
}

function stop(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}
