import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ObjectOperation, rules } from "../../src/session/object-states.js";
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

describe("the table of states in docs/sessions.md", () => {
  it.each(Object.keys(rules))("says of %s what the source says", (operation) => {
    const said = Object.fromEntries(
      [...(table.get(operation) ?? [])].map(([state, cell]) => [
        state,
        cell === "refused" ? "refused" : cell === "–" ? "rests" : "acts",
      ]),
    );
    const ruled = Object.fromEntries(
      Object.entries(rules[operation as ObjectOperation]).map(([state, rule]) => [
        state as ObjectState,
        typeof rule === "string" ? rule : "refused",
      ]),
    );
    expect(said).toEqual(ruled);
  });
});
