import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../docs/page.js";
import { freshNames } from "../support/tables.js";

const tsx = createRequire(import.meta.url).resolve("tsx");

/** Runs the command as a user would, with tables of its own, and with this in the environment. */
export function commandFor(prefix = freshNames()(""), env: NodeJS.ProcessEnv = {}) {
  const run = (...args: readonly string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
      const child = spawn(
        process.execPath,
        ["--import", tsx, join(root, "src/cli/main.ts"), ...args],
        {
          cwd: root,
          env: {
            ...process.env,
            CLI_TABLES: prefix,
            AWS_ACCESS_KEY_ID: "local",
            AWS_SECRET_ACCESS_KEY: "local",
            ...env,
          },
        },
      );
      let out = "";
      let err = "";
      child.stdout.on("data", (chunk) => {
        out += String(chunk);
      });
      child.stderr.on("data", (chunk) => {
        err += String(chunk);
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out: out.replaceAll(prefix, ""), err }));
    });
  return run;
}
