/*
 * Builds the documentation site into `site/`: the pages in `docs` and the API from the docstrings.
 *
 * By TypeDoc: it makes the API pages by itself and takes the Markdown pages as they are, with 46 MB
 * installed, its TypeScript included. VitePress takes 102 MB and makes no API pages. It needs a
 * TypeScript before 7, so it is installed apart, in this folder.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const site = join(here, "../../site");
const typedoc = join(here, "node_modules/typedoc/bin/typedoc");

if (!existsSync(typedoc)) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
}
// In an order for readers, so that they are listed by hand.
const { projectDocuments } = JSON.parse(readFileSync(join(here, "typedoc.json"), "utf8")) as {
  readonly projectDocuments: readonly string[];
};
for (const page of readdirSync(join(here, "..")).filter((name) => name.endsWith(".md"))) {
  if (!projectDocuments.includes(`../${page}`))
    throw new Error(`typedoc.json doesn't list ${page}`);
}
// Fails on a link of a page or a docstring that leads nowhere.
execFileSync(process.execPath, [typedoc], { cwd: here, stdio: "inherit" });

const dead = deadLinks();
console.log(`${pages().length} pages, ${dead.length} dead links`);
for (const link of dead) console.log(`  ${link}`);
if (dead.length > 0) process.exitCode = 1;

function pages(): string[] {
  return readdirSync(site, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".html"),
  );
}

/** TypeDoc looks at files alone: anchors are looked for in what it wrote. */
function deadLinks(): string[] {
  const texts = new Map<string, string>();
  const textOf = (path: string) => {
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    texts.set(path, text);
    return text;
  };
  return pages().flatMap((page) => {
    const path = join(site, page);
    const links = [...textOf(path).matchAll(/<a [^>]*href="([^"]+)"/g)].map(
      ([, link = ""]) => link,
    );
    return [...new Set(links)]
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = "", anchor = ""] = link.split("#");
        const target = file === "" ? path : join(dirname(path), decodeURIComponent(file));
        if (!existsSync(target)) return true;
        return anchor !== "" && !textOf(target).includes(`id="${decodeURIComponent(anchor)}"`);
      })
      .map((link) => `${relative(site, path)}: ${link}`);
  });
}
