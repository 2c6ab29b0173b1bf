import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

// Without process groups, nobody could tell that the engine is gone as well.
it.skipIf(process.platform === "win32")(
  "starts the blog by one command, and ends it with its engine by Ctrl-C",
  async () => {
    const blog = spawn("npm", ["run", "blog"], {
      cwd: root,
      env: { ...process.env, PORT: "0" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const group = blog.pid as number;
    let output = "";
    try {
      const url = await new Promise<string>((resolve, reject) => {
        const read = (part: Buffer) => {
          output += String(part);
          const found = /http:\/\/localhost:\d+/.exec(output)?.[0];
          if (found !== undefined) resolve(found);
        };
        blog.stdout.on("data", read);
        blog.stderr.on("data", read);
        blog.once("exit", () => reject(new Error(`It ended before it began: ${output}`)));
      });
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining("None yet."),
      ]);
      // As a terminal's Ctrl-C does: to all of the group.
      process.kill(-group, "SIGINT");
      await once(blog, "exit");
      for (let turn = 0; isAlive(group) && turn < 1000; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(isAlive(group)).toBe(false);
      await expect(fetch(url)).rejects.toThrow();
    } finally {
      if (isAlive(group)) process.kill(-group, "SIGKILL");
    }
  },
);
