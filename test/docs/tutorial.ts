/*
 * The tutorial as what a reader does, step by step. How to do a block is said by the words before it,
 * as for a reader:
 *
 *   … Make `models.ts`:          the block is the file
 *   … Add to `tour.ts`:          the block goes to the file's end
 *   … leave it running:          the last command of the block goes on
 *   ```console                   commands, each with what it prints; one without anything may print
 *   $ npx tsx tour.ts            what it likes. "…" stands for any text
 *   true
 */

export type Step = FileStep | CommandStep;

interface Place {
  /** The line in the page, from 1. */
  readonly line: number;
}

export interface FileStep extends Place {
  readonly kind: "write" | "append";
  readonly path: string;
  readonly text: string;
}

export interface CommandStep extends Place {
  readonly kind: "command";
  readonly command: string;
  /** What it prints; empty: not said. */
  readonly prints: string;
  readonly keepsRunning: boolean;
}

export function parseTutorial(text: string): Step[] {
  const lines = text.split("\n");
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const language = /^```(\S*)/.exec(lines[at] ?? "")?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`No end of the block at line ${at + 1}`);
    const body = lines.slice(at + 1, end);
    const before = wordsBefore(lines, at);
    if (language === "console") steps.push(...commandsOf(body, at + 2, before));
    else steps.push(fileOf(body, at + 1, before));
    at = end;
  }
  return steps;
}

/** The paragraph that ends above this line. */
function wordsBefore(lines: readonly string[], at: number): string {
  const above = lines.slice(0, at).join("\n").trimEnd();
  return above.slice(above.lastIndexOf("\n\n") + 1).replaceAll("\n", " ");
}

function fileOf(body: readonly string[], line: number, before: string): FileStep {
  const [, verb, path] = /(Make|Add to) `([\w./-]+)`:$/.exec(before) ?? [];
  if (path === undefined) throw new Error(`Nothing says which file the block at line ${line} is`);
  return {
    kind: verb === "Make" ? "write" : "append",
    path,
    text: `${body.join("\n")}\n`,
    line,
  };
}

function commandsOf(body: readonly string[], firstLine: number, before: string): CommandStep[] {
  const commands: { command: string; prints: string[]; line: number }[] = [];
  for (const [index, text] of body.entries()) {
    const line = firstLine + index;
    if (text.startsWith("$ ")) commands.push({ command: text.slice(2), prints: [], line });
    else if (commands.length === 0) throw new Error(`No command prints line ${line}`);
    else commands.at(-1)?.prints.push(text);
  }
  return commands.map(({ command, prints, line }, index) => ({
    kind: "command",
    command,
    prints: prints.join("\n"),
    keepsRunning: index === commands.length - 1 && before.endsWith("leave it running:"),
    line,
  }));
}

/** The files as they stand once the reader has come to the end. */
export function finalFiles(steps: readonly Step[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const step of steps) {
    if (step.kind === "write") files.set(step.path, step.text);
    else if (step.kind === "append") {
      const known = files.get(step.path);
      if (known === undefined) throw new Error(`Line ${step.line} adds to no file`);
      files.set(step.path, `${known}\n${step.text}`);
    }
  }
  return files;
}
