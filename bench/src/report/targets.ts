import type { ContestantId } from "../contestants.js";
import type { OperationId } from "../operations.js";
import type { Results } from "../results.js";
import type { UnitOfWorkTaskId } from "../unit-of-work/tasks.js";
import type { Table } from "./tables.js";

interface Target {
  readonly label: string;
  readonly limit: number;
  readonly unit: string;
  /** `undefined`: it wasn't measured. */
  measured(results: Results): number | undefined;
}

const figure = (contestant: ContestantId, operation: OperationId, { comparisons }: Results) =>
  comparisons
    .find(({ size, transport }) => size === "large" && transport === "none")
    ?.figures.find((each) => each.contestant === contestant && each.operation === operation);

const ratio = (contestant: ContestantId, operation: OperationId) => (results: Results) =>
  figure(contestant, operation, results)?.ratio;

const unitOfWork = (task: UnitOfWorkTaskId, { unitOfWork }: Results) =>
  unitOfWork.dynalchemy.find((each) => each.task === task);

/** What the library is to reach, 1 KB items. */
const targets: readonly Target[] = [
  { label: "query, tracked", limit: 0.6, unit: " ×", measured: ratio("dynalchemy", "query") },
  {
    label: "the same, by a scan of the text",
    limit: 0.5,
    unit: " ×",
    measured: ratio("dynalchemy", "query"),
  },
  {
    label: "the same beside `JSON.parse` of the bodies alone",
    limit: 1,
    unit: " ×",
    measured: (results) => figure("dynalchemy", "query", results)?.ratioToParse,
  },
  {
    label: "query, untracked",
    limit: 0.5,
    unit: " ×",
    measured: ratio("dynalchemy-untracked", "query"),
  },
  {
    label: "query, `select`",
    limit: 0.5,
    unit: " ×",
    measured: ratio("dynalchemy-select", "query"),
  },
  {
    label: "batch get, tracked",
    limit: 0.65,
    unit: " ×",
    measured: ratio("dynalchemy", "batchGet"),
  },
  {
    label: "batch write of 25 puts",
    limit: 0.55,
    unit: " ×",
    measured: ratio("dynalchemy", "batchWrite"),
  },
  { label: "one get", limit: 0.75, unit: " ×", measured: ratio("dynalchemy", "get") },
  { label: "one update", limit: 0.8, unit: " ×", measured: ratio("dynalchemy", "update") },
  {
    label: "flush without a change, 10,000 loaded",
    limit: 2,
    unit: " ms",
    measured: (results) => unitOfWork("noOpFlush", results)?.time,
  },
  {
    label: "the same beside MikroORM",
    limit: 0.1,
    unit: " ×",
    measured: (results) => unitOfWork("noOpFlush", results)?.ratio,
  },
  {
    label: "memory of a tracked item",
    limit: 1.5,
    unit: " ×",
    measured({ comparisons }) {
      const bytes = comparisons.find(({ size }) => size === "large")?.bytesPerItem;
      const ours = bytes?.dynalchemy;
      const theirs = bytes?.["document-client"];
      return ours === undefined || theirs === undefined ? undefined : ours / theirs;
    },
  },
];

export function targetTable(results: Results): Table {
  return [
    ["", "at most", "measured", "reached"],
    ...targets.map(({ label, limit, unit, measured }) => {
      const value = measured(results);
      return [
        label,
        `${limit}${unit}`,
        value === undefined ? "" : `${besideLimit(value, limit)}${unit}`,
        value === undefined ? "not measured" : value <= limit ? "yes" : "**no**",
      ];
    }),
  ];
}

/** With as many digits, two at least, as show on which side of the limit it is. */
function besideLimit(value: number, limit: number): string {
  const side = Math.sign(value - limit);
  let digits = 2;
  while (digits < 6 && Math.sign(Number(value.toFixed(digits)) - limit) !== side) digits += 1;
  return value.toFixed(digits);
}
