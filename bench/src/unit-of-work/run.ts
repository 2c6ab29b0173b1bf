import { settledBytes } from "../memory.js";
import { checkOutcome } from "./outcome.js";
import { measureRound, warmUp } from "./round.js";
import type { OpenUnitOfWork, UnitOfWorkTaskId } from "./tasks.js";

/** What the main process tells a contestant's to do. */
export interface UnitOfWorkOrder {
  readonly task: UnitOfWorkTaskId;
  readonly milliseconds: number;
  readonly isWarmUp: boolean;
}

/** CPU milliseconds of one call; `"absent"`: it has no such task. */
export type UnitOfWorkReply = "ready" | "absent" | "warm" | UnitOfWorkTiming;

export interface UnitOfWorkTiming {
  readonly milliseconds: number;
  readonly calls: number;
}

/** The program of one contestant's process: shows that it does the same as the other, and does as it is told. */
const [id] = process.argv.slice(2) as [string];
const { open } = (await import(`./${id}.js`)) as { open: OpenUnitOfWork };
const { tasks, outcome } = await open();
checkOutcome(await outcome());
await settledBytes();

async function perform({
  task,
  milliseconds,
  isWarmUp,
}: UnitOfWorkOrder): Promise<UnitOfWorkReply> {
  const step = tasks[task];
  if (step === undefined) return "absent";
  if (!isWarmUp) return measureRound(step, milliseconds);
  await warmUp(step, milliseconds);
  return "warm";
}

process.on("message", (order: UnitOfWorkOrder) => {
  perform(order).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      console.error(id, error);
      process.exit(1);
    },
  );
});
// What holds its database open would keep the process.
process.on("disconnect", () => process.exit());
process.send?.("ready" satisfies UnitOfWorkReply);
