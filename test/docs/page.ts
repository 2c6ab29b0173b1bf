import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * A page of the docs is one program: its blocks marked `ts`, in order, each going on where the one
 * before ended. It runs against the test engine, to which the SDK's clients are pointed by
 * environment variables, with tables of its own.
 *
 *   ```ts               compiled and run
 *   ```ts scoped        in braces of its own, so that it may declare a name again
 *   ```ts ignore-run    compiled only
 *   ```ts no-compile    neither; reported as skipped
 *   ```ts file          a file of the tutorial: see tutorial.ts
 *   ```ts theirs        another library's: see migration.test.ts
 *
 *   console.log(post.views);   // → 3       what this line prints, all its calls together;
 *   // → and here the next line of it       "…" stands for any text
 *
 *   <!-- preamble              code at this place that readers don't see; or "preamble theirs"
 *   <!-- needs transactions    the page is skipped on an engine without them (engine-facts.ts)
 */

export const root = fileURLToPath(new URL("../..", import.meta.url));

const words = ["scoped", "ignore-run", "no-compile", "file", "theirs"] as const;
type Word = (typeof words)[number];

export interface Block {
  readonly marks: ReadonlySet<Word>;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly code: readonly string[];
  readonly isPreamble: boolean;
}

export interface Page {
  /** Below the root, such as "docs/sessions.md". */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly needs: readonly string[];
}

/** What the console.log that starts on this line prints. */
export interface Expectation {
  readonly line: number;
  readonly text: string;
}

export class PageMistake extends Error {
  constructor(path: string, line: number, message: string) {
    super(`${path}:${line}: ${message}`);
    this.name = "PageMistake";
  }
}

/** The pages that exist: README.md, and each Markdown file in docs. */
export function pagePaths(): string[] {
  const inRoot = readdirSync(root).filter((name) => name === "README.md");
  const inDocs = readdirSync(root).includes("docs")
    ? readdirSync(join(root, "docs"))
        .filter((name) => name.endsWith(".md"))
        .map((name) => `docs/${name}`)
    : [];
  return [...inRoot, ...inDocs.sort()];
}

export function readPage(path: string): Page {
  return parsePage(path, readFileSync(join(root, path), "utf8"));
}

export function parsePage(path: string, text: string): Page {
  const lines = text.split(/\r?\n/);
  const blocks: Block[] = [];
  const needs: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line);
    const preamble = /^<!--\s*preamble(\s+theirs)?\s*$/.exec(line);
    const isPreamble = preamble !== null;
    needs.push(...(/^<!--\s*needs\s+(.*?)\s*-->$/.exec(line)?.[1]?.split(/[\s,]+/) ?? []));
    if (!fence && !isPreamble) continue;
    const closing = fence ? (fence[2] ?? "") : "-->";
    const end = lines.findIndex((other, index) => index > at && other.trim() === closing);
    if (end < 0) throw new PageMistake(path, at + 1, `No "${closing}" ends this block`);
    const [language = "", ...marks] = isPreamble
      ? ["ts", ...(preamble[1] === undefined ? [] : ["theirs"])]
      : (fence?.[3] ?? "").split(/\s+/);
    if (language === "typescript") throw new PageMistake(path, at + 1, `Write "ts"`);
    if (language === "ts") {
      for (const mark of marks) {
        if (!isWord(mark)) throw new PageMistake(path, at + 1, `"${mark}" is no known mark`);
      }
      blocks.push({
        marks: new Set(marks.filter(isWord)),
        line: at + 1,
        code: lines.slice(at + 1, end),
        isPreamble,
      });
    }
    at = end;
  }
  return { path, blocks, needs };
}

const isWord = (mark: string): mark is Word => (words as readonly string[]).includes(mark);

/** The blocks that a compiler sees, or those that run; or another library's. */
export function blocksFor(page: Page, use: "compile" | "run" | "theirs"): Block[] {
  return page.blocks.filter(({ marks }) => {
    if (use === "theirs" || marks.has("theirs")) return use === "theirs" && marks.has("theirs");
    if (marks.has("file") || marks.has("no-compile")) return false;
    return !(use === "run" && marks.has("ignore-run"));
  });
}

/** What the page says that these blocks print. */
export function expectationsOf(page: Page, blocks: readonly Block[]): Expectation[] {
  const expected: { line: number; texts: string[] }[] = [];
  for (const block of blocks) {
    let printing: number | undefined;
    for (const [index, code] of block.code.entries()) {
      const line = block.line + 1 + index;
      if (logCall.test(code)) printing = line;
      const said = /\/\/ → ?(.*)$/.exec(code)?.[1];
      if (said === undefined) continue;
      if (printing === undefined) {
        throw new PageMistake(page.path, line, "No console.log in this block prints this");
      }
      const last = expected.at(-1);
      if (last?.line === printing) last.texts.push(said.trimEnd());
      else expected.push({ line: printing, texts: [said.trimEnd()] });
    }
  }
  return expected.map(({ line, texts }) => ({ line, text: texts.join("\n") }));
}

const logCall = /\bconsole\.log\(/;
const logCalls = /\bconsole\.log\(/g;

/**
 * The program of these blocks, with each line where the page has it, so that a compiler's message
 * or a stack names the page's line. `logger`: the module whose `logAt(line, …)` takes the place of
 * `console.log(…)`.
 */
export function programOf(blocks: readonly Block[], logger?: string): string {
  const imported = new Set<string>();
  const lines: string[] = [];
  const put = (line: number, text: string) => {
    while (lines.length < line) lines.push("");
    lines[line - 1] += text;
  };
  // A page opens with words, so its first line is free.
  put(1, logger ? `import { logAt as __logAt } from ${JSON.stringify(logger)};` : "export {};");
  for (const block of blocks) {
    const { imports, rest } = splitImports(block.code.join("\n"), imported);
    const isScoped = block.marks.has("scoped");
    put(block.line, `${imports}${isScoped ? "{" : ""}`);
    for (const [index, code] of rest.split("\n").entries()) {
      const line = block.line + 1 + index;
      put(line, logger ? code.replaceAll(logCalls, `__logAt(${line}, `) : code);
    }
    put(block.line + 1 + block.code.length, isScoped ? "}" : "");
  }
  return `${lines.join("\n")}\n`;
}

/** Moves imports out of the code, each name once: a page may show an import in each block. */
function splitImports(code: string, imported: Set<string>): { imports: string; rest: string } {
  let imports = "";
  const rest = code.replace(
    /^import\s+(type\s+)?(?:\{([^}]*)\}|\*\s+as\s+\w+|\w+)?\s*(?:from\s*)?"([^"]+)";?[^\S\n]*$/gm,
    (statement, type: string | undefined, names: string | undefined, from: string) => {
      const wanted = names?.split(",").map((name) => name.trim()) ?? [statement];
      const fresh = wanted.filter((name) => {
        const id = `${from} ${name.replace(/^type\s+/, "")}`;
        return name !== "" && !imported.has(id) && imported.add(id);
      });
      const isWhole = names === undefined;
      if (fresh.length > 0) {
        imports += isWhole
          ? `${statement.replaceAll("\n", " ")} `
          : `import ${type ?? ""}{ ${fresh.join(", ")} } from "${from}"; `;
      }
      return statement.replace(/[^\n]+/g, "");
    },
  );
  return { imports, rest };
}

/** Whether what was printed is what the page says, where "…" stands for any text. */
export function isAsSaid(said: string, printed: string): boolean {
  const pattern = said
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*");
  return new RegExp(`^${pattern}$`).test(trimLines(printed));
}

function trimLines(text: string): string {
  return text.replace(/[^\S\n]+$/gm, "");
}
