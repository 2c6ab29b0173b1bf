import type { ChildProcess } from "node:child_process";
import type { Results, UnitOfWorkContestant } from "../results.js";
import type { Scale } from "../scale.js";
import { median, spread } from "../statistics.js";
import { firstMessage, start } from "../worker-process.js";
import type { UnitOfWorkOrder, UnitOfWorkReply, UnitOfWorkTiming } from "./run.js";
import { lookUpCount, type UnitOfWorkTaskId, unitOfWorkTasks } from "./tasks.js";

/** The milliseconds of one call of a task; of a look-up the microseconds. */
export interface UnitOfWorkFigure {
  readonly task: UnitOfWorkTaskId;
  /** Of the process, all threads; the median of the rounds. */
  readonly time: number;
  readonly spread: number;
  readonly calls: number;
  /** Median of the ratios to MikroORM in the same round, where it does the same. */
  readonly ratio?: number;
}

const contestants = ["dynalchemy", "mikro-orm"] as const satisfies UnitOfWorkContestant[];
const other: UnitOfWorkContestant = "mikro-orm";

/** Lets both do each task in turn, round after round, each in a process of its own. */
export async function compareUnitsOfWork(scale: Scale): Promise<Results["unitOfWork"]> {
  const processes = new Map<UnitOfWorkContestant, ChildProcess>();
  for (const id of contestants) {
    const child = start("unit-of-work/run.js", [id]);
    await firstMessage(child, id);
    processes.set(id, child);
  }
  const figures: Record<UnitOfWorkContestant, UnitOfWorkFigure[]> = {
    dynalchemy: [],
    "mikro-orm": [],
  };
  for (const { id: task } of unitOfWorkTasks) {
    const rounds = await takeTurns(processes, task, scale);
    for (const [id, timings] of rounds) figures[id].push(figureOf(id, task, timings, rounds));
  }
  for (const child of processes.values()) child.disconnect();
  return figures;
}

type Rounds = ReadonlyMap<UnitOfWorkContestant, UnitOfWorkTiming[]>;

async function takeTurns(
  processes: ReadonlyMap<UnitOfWorkContestant, ChildProcess>,
  task: UnitOfWorkTaskId,
  { unitOfWorkMilliseconds, rounds: count }: Scale,
): Promise<Rounds> {
  const rounds = new Map<UnitOfWorkContestant, UnitOfWorkTiming[]>();
  const order = async (id: UnitOfWorkContestant, milliseconds: number, isWarmUp: boolean) => {
    const child = processes.get(id) as ChildProcess;
    child.send({ task, milliseconds, isWarmUp } satisfies UnitOfWorkOrder);
    const [reply] = await firstMessage(child, id);
    return reply as UnitOfWorkReply;
  };
  for (const id of processes.keys()) {
    const reply = await order(id, unitOfWorkMilliseconds / 2, true);
    if (reply !== "absent") rounds.set(id, []);
  }
  for (let round = 0; round < count; round++) {
    // The other one begins each round.
    const able = round % 2 === 0 ? [...rounds] : [...rounds].reverse();
    for (const [id, timings] of able) {
      const reply = await order(id, unitOfWorkMilliseconds / count, false);
      if (typeof reply === "object") timings.push(reply);
    }
  }
  return rounds;
}

function figureOf(
  id: UnitOfWorkContestant,
  task: UnitOfWorkTaskId,
  timings: readonly UnitOfWorkTiming[],
  rounds: Rounds,
): UnitOfWorkFigure {
  const times = timings.map(({ milliseconds }) => milliseconds);
  const divisor = task === "lookUp" ? lookUpCount / 1_000 : 1;
  const ratios = timings.flatMap(({ milliseconds }, round) => {
    const its = rounds.get(other)?.[round];
    return its === undefined ? [] : milliseconds / its.milliseconds;
  });
  return {
    task,
    time: median(times) / divisor,
    spread: spread(times),
    calls: timings.reduce((sum, { calls }) => sum + calls, 0),
    ...(id !== other && ratios.length > 0 && { ratio: median(ratios) }),
  };
}
