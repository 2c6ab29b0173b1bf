import type { Comparison, Figure } from "../comparison.js";
import { type ContestantId, contestants } from "../contestants.js";
import { operations } from "../operations.js";
import type { Results, UnitOfWorkContestant } from "../results.js";
import { unitOfWorkTasks } from "../unit-of-work/tasks.js";

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

export function unitOfWorkTable(figures: Results["unitOfWork"]): Table {
  const of = (who: UnitOfWorkContestant, task: string) => {
    const figure = figures[who].find((each) => each.task === task);
    return figure === undefined
      ? ""
      : `${short(figure.time)} ±${(figure.spread * 100).toFixed(0)}%${besideOther(figure.ratio)}`;
  };
  return [
    ["", "dynalchemy", "MikroORM"],
    ...unitOfWorkTasks.map(({ id, label, unit }) => [
      `${label}, ${unit}`,
      of("dynalchemy", id),
      of("mikro-orm", id),
    ]),
  ];
}

function besideOther(ratio: number | undefined): string {
  return ratio === undefined ? "" : ` (${short(ratio)})`;
}

export function coldStartTable(figures: Results["coldStarts"]): Table {
  return [
    ["", "import", "import and first get"],
    ...figures.map(({ contestant, imported, answered, spread }) => [
      labelOf(contestant),
      imported.toFixed(0),
      `${answered.toFixed(0)} ±${(spread * 100).toFixed(0)}%`,
    ]),
  ];
}

export function bundleTable(figures: Results["bundles"]): Table {
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
  return [
    ["", "whole", "whole, gzip", "without the SDK", "without the SDK, gzip"],
    ...figures.map(({ contestant, whole, own }) => [
      labelOf(contestant),
      kilobytes(whole.minified),
      kilobytes(whole.gzip),
      kilobytes(own.minified),
      kilobytes(own.gzip),
    ]),
  ];
}

export function labelOf(id: ContestantId): string {
  return contestants.find((each) => each.id === id)?.label ?? id;
}
