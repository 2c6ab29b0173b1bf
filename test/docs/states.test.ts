import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Rule, rules } from "../../src/session/object-states.js";
import type { ObjectState } from "../../src/session/tracked.js";
import { root } from "./page.js";

const page = readFileSync(join(root, "docs/sessions.md"), "utf8");

/** The table of operations and states: by operation, what each state's cell says. */
function tableOfStates(): Map<string, Map<string, string>> {
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const head = rows.findIndex((cells) => cells[1] === "transient");
  const states = rows[head]?.slice(1) ?? [];
  const table = new Map<string, Map<string, string>>();
  for (const [operation = "", ...cells] of rows.slice(head + 2)) {
    if (cells.length !== states.length) break;
    table.set(
      operation.replaceAll("`", ""),
      new Map(states.map((state, at) => [state, cells[at] ?? ""])),
    );
  }
  return table;
}

const table = tableOfStates();

/** Rows that are called otherwise on the page. */
const titles: Partial<Record<keyof typeof rules, string>> = {
  get: "get of its key",
  flush: "flush, written",
  unmet: "flush, refused",
  unknown: "flush, answer lost",
};

/** What a cell says: "→ state", "–", "refused", or what is done while the state stays. */
function saidBy(cell: string, state: ObjectState): ObjectState | "rests" | "refused" {
  if (cell === "refused") return "refused";
  if (cell.startsWith("–")) return "rests";
  return (/^→ ([a-z-]+)/.exec(cell)?.[1] ?? state) as ObjectState;
}

function ruledBy(rule: Rule, state: ObjectState): ReturnType<typeof saidBy> {
  if (typeof rule === "object") return "refused";
  return rule === "acts" ? state : rule;
}

describe("the table of states in docs/sessions.md", () => {
  it.each(Object.keys(rules) as (keyof typeof rules)[])(
    "says of %s what the source says",
    (row) => {
      const cells = [...(table.get(titles[row] ?? row) ?? [])] as [ObjectState, string][];
      const said = Object.fromEntries(cells.map(([state, cell]) => [state, saidBy(cell, state)]));
      const ruled = Object.fromEntries(
        (Object.entries(rules[row]) as [ObjectState, Rule][]).map(([state, rule]) => [
          state,
          ruledBy(rule, state),
        ]),
      );
      expect(said).toEqual(ruled);
    },
  );

  it("has no other rows", () => {
    expect([...table.keys()]).toHaveLength(Object.keys(rules).length);
  });
});
