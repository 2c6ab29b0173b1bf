import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { pagePaths, root } from "./page.js";

const textOf = (path: string) => readFileSync(join(root, path), "utf8");

/** Without code, where brackets mean something else. */
const proseOf = (path: string) => textOf(path).replaceAll(/^```[\s\S]*?^```/gm, "");

/** The anchors that GitHub makes of headings. */
function anchorsOf(path: string): Set<string> {
  const headings = proseOf(path).match(/^#+ .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, "")
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe.each([...pagePaths(), "CHANGELOG.md"])("%s", (path) => {
  const links = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);

  it("links to what is there", () => {
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? path : relative(root, join(root, dirname(path), file));
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(target).has(anchor);
      });
    expect(broken).toEqual([]);
  });
});
