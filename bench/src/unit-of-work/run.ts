import { settledBytes } from "../memory.js";
import { median, spread } from "../statistics.js";
import {
  lookUpCount,
  type OpenUnitOfWork,
  type Step,
  type UnitOfWorkTaskId,
  unitOfWorkTasks,
} from "./tasks.js";

/** The milliseconds of one call of a task; of a look-up the microseconds. */
export interface UnitOfWorkFigure {
  readonly task: UnitOfWorkTaskId;
  /** Of the process, all threads. */
  readonly time: number;
  readonly spread: number;
  readonly calls: number;
}

/** The program of one contestant's process: does all its tasks, and tells what they took. */
const [id, limit] = process.argv.slice(2) as [string, string];
const { open } = (await import(`./${id}.js`)) as { open: OpenUnitOfWork };
const work = await open();
await settledBytes();
const figures: UnitOfWorkFigure[] = [];
for (const { id: task } of unitOfWorkTasks) {
  const step = work[task];
  if (step === undefined) continue;
  await measure(step, Number(limit) / 2);
  const times = await measure(step, Number(limit));
  const divisor = task === "lookUp" ? lookUpCount / 1_000 : 1;
  const figure = {
    task,
    time: median(times) / divisor,
    spread: spread(times),
    calls: times.length,
  };
  figures.push(figure);
}
process.send?.(figures);
process.disconnect();

/** CPU milliseconds of each call, until the time is over. */
async function measure(step: Step, milliseconds: number): Promise<number[]> {
  const deadline = performance.now() + milliseconds;
  const times: number[] = [];
  do {
    step.prepare?.();
    const before = process.cpuUsage();
    await step.run();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  } while (times.length < 5 || performance.now() < deadline);
  return times;
}
