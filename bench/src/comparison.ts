import { baseline, type ContestantId, contestants } from "./contestants.js";
import type { Size } from "./items.js";
import { type OperationId, operations } from "./operations.js";
import type { Scale } from "./scale.js";
import { median, spread } from "./statistics.js";
import { WorkerProcess } from "./worker-process.js";
import type { Timing } from "./worker-protocol.js";

export interface Figure {
  readonly contestant: ContestantId;
  readonly operation: OperationId;
  /** Median time for one item. */
  readonly cpuMicroseconds: number;
  readonly wallMicroseconds: number;
  /** Half of the rounds lie within this share of the median; of the time that the ratio is of. */
  readonly spread: number;
  /** Median of the ratios to the DocumentClient in the same round. */
  readonly ratio: number;
  readonly rounds: number;
}

export interface Comparison {
  readonly size: Size;
  /** Prepared answers in the process itself, measured as CPU time; or over HTTP, as time that passed. */
  readonly transport: "none" | "http";
  readonly figures: readonly Figure[];
  readonly bytesPerItem: Readonly<Partial<Record<ContestantId, number>>>;
}

type Rounds = Map<ContestantId, Timing[]>;

/** Lets all contestants do the same in turn, round after round. */
export async function compare(
  size: Size,
  endpoint: string | undefined,
  scale: Scale,
): Promise<Comparison> {
  const chosen = contestants.filter(({ id }) => scale.takesPart(id));
  const workers: WorkerProcess[] = [];
  for (const { id } of chosen) workers.push(await WorkerProcess.start(id, size, endpoint));
  const transport = endpoint === undefined ? "none" : "http";
  const figures: Figure[] = [];
  for (const { id, items } of operations) {
    const able = await prepare(workers, id, transport, scale);
    const rounds = await takeTurns(able, id, scale);
    figures.push(...figuresOf(rounds, id, items, transport));
  }
  const bytesPerItem: Partial<Record<ContestantId, number>> = {};
  for (const worker of transport === "none" ? workers : []) {
    const reply = await worker.perform({ kind: "heap" });
    if (typeof reply === "object" && "bytes" in reply && reply.bytes !== undefined) {
      bytesPerItem[worker.id] = reply.bytes;
    }
  }
  for (const worker of workers) worker.stop();
  return { size, transport, figures, bytesPerItem };
}

/** Those who can do it, after each has shown that it does the same, and has warmed up. */
async function prepare(
  workers: readonly WorkerProcess[],
  operation: OperationId,
  transport: Comparison["transport"],
  scale: Scale,
): Promise<WorkerProcess[]> {
  const able: WorkerProcess[] = [];
  for (const worker of workers) {
    if (transport === "none") {
      if ((await worker.perform({ kind: "check", operation })) === "absent") continue;
    }
    const warm = await worker.perform({ kind: "time", operation, ...scale.warmUp });
    if (warm !== "absent") able.push(worker);
  }
  return able;
}

async function takeTurns(
  workers: readonly WorkerProcess[],
  operation: OperationId,
  scale: Scale,
): Promise<Rounds> {
  const rounds: Rounds = new Map(workers.map(({ id }) => [id, []]));
  for (let round = 0; round < scale.rounds; round++) {
    // Another one begins each round, so that nobody always follows the same neighbour's heat.
    for (let at = 0; at < workers.length; at++) {
      const worker = workers[(at + round) % workers.length];
      const timings = worker && rounds.get(worker.id);
      if (worker === undefined || timings === undefined) continue;
      // Who takes seconds for one call has a smaller spread, too, and needn't have as many.
      const spent =
        timings.reduce((sum, each) => sum + each.calls * each.wallMicroseconds, 0) / 1e6;
      if (spent > scale.patienceSeconds && round >= 3) continue;
      const timing = await worker.perform({ kind: "time", operation, ...scale.round });
      if (typeof timing === "object" && "calls" in timing) timings.push(timing);
    }
  }
  return rounds;
}

function figuresOf(
  rounds: Rounds,
  operation: OperationId,
  items: number,
  transport: Comparison["transport"],
): Figure[] {
  const measure = transport === "none" ? "cpuMicroseconds" : "wallMicroseconds";
  const base = rounds.get(baseline) ?? [];
  return [...rounds].map(([contestant, timings]) => ({
    contestant,
    operation,
    cpuMicroseconds: median(timings.map((each) => each.cpuMicroseconds)) / items,
    wallMicroseconds: median(timings.map((each) => each.wallMicroseconds)) / items,
    spread: spread(timings.map((each) => each[measure])),
    ratio: median(
      timings.flatMap((each, round) => {
        const other = base[round];
        return other === undefined ? [] : each[measure] / other[measure];
      }),
    ),
    rounds: timings.length,
  }));
}
