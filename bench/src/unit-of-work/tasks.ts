/** What a unit of work is timed at; each loads 10,000 objects of 12 attributes beforehand. */
export const unitOfWorkTasks = [
  { id: "noOpFlush", label: "flush without a change, 10,000 loaded", unit: "ms" },
  { id: "findDirty", label: "find 100 changed among 10,000", unit: "ms" },
  { id: "dirtyFlush", label: "flush 100 changed among 10,000", unit: "ms" },
  { id: "lookUp", label: "look-up in the identity map", unit: "µs" },
  { id: "largeDiff", label: "one changed leaf of a document of 10,000", unit: "ms" },
  { id: "largePlan", label: "plan of 10,000 writes", unit: "ms" },
] as const;

export type UnitOfWorkTaskId = (typeof unitOfWorkTasks)[number]["id"];

/** How many look-ups one call makes. */
export const lookUpCount = 1_000;

/**
 * One call of each task. `prepare` is done before each call, outside the time: it changes objects, so
 * that there is something to find.
 */
export type UnitOfWork = Partial<Record<UnitOfWorkTaskId, Step>>;

export interface Step {
  prepare?(): unknown;
  run(): unknown;
}

/** What one round of changes led to: the same for all. */
export interface Outcome {
  /** All objects as they were loaded, as plain data. */
  readonly loaded: readonly unknown[];
  /** The ids of those that were found changed. */
  readonly changed: readonly string[];
  /** Their ids with the `views` that were written: found in the table, or in the requests where no table is. */
  readonly written: readonly (readonly [id: string, views: number])[];
}

export interface UnitOfWorkContestant {
  readonly tasks: UnitOfWork;
  /** Changes every hundredth object, and flushes. */
  outcome(): Promise<Outcome>;
}

/** Each file of a contestant in this folder exports this. */
export type OpenUnitOfWork = () => Promise<UnitOfWorkContestant>;
