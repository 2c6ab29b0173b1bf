import type { BundleFigure } from "./cold/bundle.js";
import type { Comparison } from "./comparison.js";
import type { ContestantId } from "./contestants.js";
import type { TypeFigures } from "./types/compile.js";
import type { UnitOfWorkFigure } from "./unit-of-work/comparison.js";
import type { StreamFigures } from "./unit-of-work/stream.js";

/** All that a run of the bench finds out, as results.json keeps it. */
export interface Results {
  /** Absent from runs of before it was kept. */
  readonly source?: Source;
  readonly machine: Machine;
  /** Of the packages that were measured. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** How long each contestant worked beforehand, for each operation. */
  readonly warmUpMilliseconds: number;
  readonly comparisons: readonly Comparison[];
  readonly unitOfWork: Readonly<Record<UnitOfWorkContestant, readonly UnitOfWorkFigure[]>>;
  readonly stream: StreamFigures;
  readonly coldStarts: readonly ColdStartFigure[];
  readonly bundles: readonly BundleFigure[];
  readonly types: TypeFigures;
}

/** What was measured, and when. */
export interface Source {
  readonly version: string;
  /** With a `+` where files differed from it; absent outside a checkout. */
  readonly commit?: string;
  /** Such as 2026-01-31, in UTC. */
  readonly date: string;
}

export type UnitOfWorkContestant = "dynalchemy" | "mikro-orm";

export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly gigabytes: number;
  /** Processes that wanted a core when the run began and when it ended, a minute's mean. */
  readonly load: readonly [number, number];
}

/** Medians of several fresh processes, in milliseconds. */
export interface ColdStartFigure {
  readonly contestant: ContestantId;
  readonly imported: number;
  readonly answered: number;
  readonly spread: number;
}
