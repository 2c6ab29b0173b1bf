import type { Comparison, Figure } from "../comparison.js";
import { contestants } from "../contestants.js";
import { operations } from "../operations.js";

/** Rows of cells, the first row being the head. */
export type Table = readonly (readonly string[])[];

/** Microseconds for one item, in brackets the ratio to the DocumentClient. */
export function comparisonTable({ figures, bytesPerItem, transport }: Comparison): Table {
  const hasMemory = Object.keys(bytesPerItem).length > 0;
  const head = ["", ...operations.map(({ label }) => label), ...(hasMemory ? ["heap/item"] : [])];
  const rows = contestants
    .filter(({ id }) => figures.some((figure) => figure.contestant === id))
    .map(({ id, label }) => {
      const bytes = bytesPerItem[id];
      return [
        label,
        ...operations.map((operation) =>
          cell(
            figures.find((each) => each.contestant === id && each.operation === operation.id),
            transport,
          ),
        ),
        ...(hasMemory ? [bytes === undefined ? "" : `${bytes.toFixed(0)} B`] : []),
      ];
    });
  return [head, ...rows];
}

function cell(figure: Figure | undefined, transport: Comparison["transport"]): string {
  if (figure === undefined) return "";
  const time = transport === "none" ? figure.cpuMicroseconds : figure.wallMicroseconds;
  return `${short(time)} ±${(figure.spread * 100).toFixed(0)}% (${figure.ratio.toFixed(2)})`;
}

/** Three digits. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
