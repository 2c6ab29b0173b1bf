import type { Table } from "./tables.js";

/** A table for the terminal: the first column to the left, the others to the right. */
export function printTable(title: string, table: Table): void {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length)),
  );
  const lines = table.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? text.padEnd(width) : text.padStart(width);
      })
      .join("  "),
  );
  console.log(`\n${title}\n${lines.join("\n")}`);
}
