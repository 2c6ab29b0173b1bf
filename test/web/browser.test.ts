import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import { blog } from "../../examples/blog/app.js";
import { models, Post } from "../../examples/blog/models.js";
import { makeBed } from "../support/test-bed.js";

/** Debian's; nothing is downloaded for this test. */
const executablePath = "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

describe("the blog in a browser", () => {
  it("opens a forum, posts, and merges two edits of the same text", async ({ skip }) => {
    skip(!existsSync(executablePath), `there is no browser at ${executablePath}`);
    const bed = await makeBed(models, { cursorSecret: "a secret of the test's own, long enough" });
    const server = serve({ fetch: blog(bed.engine).fetch, port: 0, hostname: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = await mkdtemp(join(tmpdir(), "dynalchemy-browser-"));
    const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
      executablePath,
      headless: true,
      args: flags,
    });
    try {
      const mine = await browser.newPage();
      const problems: string[] = [];
      mine.on("pageerror", (error) => void problems.push(String(error)));
      await mine.goto(origin);
      await mine.getByLabel("Title").fill("Gardening");
      await mine.getByRole("button", { name: "Open" }).click();
      await mine.waitForURL("**/forums/gardening");
      await mine.getByLabel("Your name").fill("Ann");
      await mine.getByLabel("Title").fill("Roses");
      await mine.getByLabel("Text").fill("Water them\nonce a day.");
      await mine.getByRole("button", { name: "Publish" }).click();
      await mine.waitForURL("**/posts/*");
      const url = mine.url();
      await mine.getByRole("button", { name: "Like (0)" }).click();
      await mine.getByRole("button", { name: "Like (1)" }).waitFor();

      const theirs = await browser.newPage();
      await Promise.all([mine.goto(`${url}/edit`), theirs.goto(`${url}/edit`)]);
      await theirs.getByLabel("Title").fill("Roses and tulips");
      await theirs.getByLabel("Text").fill("Water them twice a day.");
      await theirs.getByRole("button", { name: "Save" }).click();
      await theirs.waitForURL(url);

      await mine.getByLabel("Text").fill("Water them in the morning.");
      await mine.getByRole("button", { name: "Save" }).click();
      await mine.getByRole("heading", { name: "Somebody else changed this" }).waitFor();
      expect(await mine.locator("td").allTextContents()).toEqual([
        "Water them in the morning.",
        "Water them twice a day.",
      ]);
      expect(await mine.locator("caption").allTextContents()).toEqual(["Text"]);
      expect(await mine.getByLabel("Title").inputValue()).toBe("Roses and tulips");
      const screenshot = join(folder, "conflict.png");
      await mine.screenshot({ path: screenshot, fullPage: true });
      expect((await stat(screenshot)).size).toBeGreaterThan(1000);

      await mine.getByLabel("Text").fill("Water them twice a day, in the morning too.");
      await mine.getByRole("button", { name: "Save this" }).click();
      await mine.waitForURL(url);
      expect(await mine.getByRole("heading", { level: 1 }).textContent()).toBe("Roses and tulips");
      expect(await mine.locator("article .text").textContent()).toBe(
        "Water them twice a day, in the morning too.",
      );
      const [post] = await bed.engine.query(Post).key({ forum: "gardening" }).all();
      expect(post).toMatchObject({ likes: 1, author: "Ann" });
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      server.close();
      // The screenshot stays, in the system's temporary folder.
      await rm(join(folder, "profile"), { recursive: true, force: true });
    }
  });
});
