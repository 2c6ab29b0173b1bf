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
  /** The same to the text parsed by JSON.parse, where that does the operation. */
  readonly ratioToParse?: number;
  readonly rounds: number;
}

export interface Comparison {
  readonly size: Size;
  /** Prepared answers in the process itself, measured as CPU time; or over HTTP, as time that passed. */
  readonly transport: "none" | "http";
  /** How many processes of each contestant shared the rounds; 1 where it isn't told. */
  readonly processes?: number;
  readonly figures: readonly Figure[];
  readonly bytesPerItem: Readonly<Partial<Record<ContestantId, number>>>;
}

type Rounds = Map<ContestantId, Timing[]>;

/**
 * Lets all contestants do the same in turn, round after round.
 *
 * @param slow who took too long at what in earlier comparisons, and is passed by in this one.
 */
export async function compare(
  size: Size,
  endpoint: string | undefined,
  scale: Scale,
  slow: Set<string>,
): Promise<Comparison> {
  const chosen = contestants.filter(({ id }) => scale.takesPart(id));
  const transport = endpoint === undefined ? "none" : "http";
  const timings = new Map<OperationId, Rounds>(operations.map(({ id }) => [id, new Map()]));
  const bytesPerItem: Partial<Record<ContestantId, number>> = {};
  for (let process = 0; process < scale.processes; process++) {
    const workers: WorkerProcess[] = [];
    for (const { id } of chosen) workers.push(await WorkerProcess.start(id, size, endpoint));
    for (const [operation, rounds] of timings) {
      const able = await prepare(workers, operation, slow, scale);
      for (const [id, more] of await takeTurns(able, operation, scale)) {
        rounds.set(id, [...(rounds.get(id) ?? []), ...more]);
      }
    }
    if (transport === "none" && process === 0) Object.assign(bytesPerItem, await weigh(workers));
    for (const worker of workers) worker.stop();
  }
  const figures = operations.flatMap(({ id, items }) =>
    figuresOf(timings.get(id) ?? new Map(), id, items, transport),
  );
  return { size, transport, processes: scale.processes, figures, bytesPerItem };
}

async function weigh(workers: readonly WorkerProcess[]): Promise<Comparison["bytesPerItem"]> {
  const bytesPerItem: Partial<Record<ContestantId, number>> = {};
  for (const worker of workers) {
    const reply = await worker.perform({ kind: "heap" });
    if (typeof reply === "object" && "bytes" in reply && reply.bytes !== undefined) {
      bytesPerItem[worker.id] = reply.bytes;
    }
  }
  return bytesPerItem;
}

interface Runner {
  readonly worker: WorkerProcess;
  /** One call exhausts the patience. */
  readonly isSlow: boolean;
}

/** Those who can do it, after each has shown that it does the same, and has warmed up. */
async function prepare(
  workers: readonly WorkerProcess[],
  operation: OperationId,
  slow: Set<string>,
  { warmUp, patienceSeconds }: Scale,
): Promise<Runner[]> {
  const able: Runner[] = [];
  for (const worker of workers) {
    const name = `${worker.id} ${operation}`;
    if (slow.has(name)) continue;
    const begun = performance.now();
    if ((await worker.perform({ kind: "check", operation })) === "absent") continue;
    const isSlow = performance.now() - begun > patienceSeconds * 1_000;
    if (isSlow) slow.add(name);
    else await worker.perform({ kind: "time", operation, ...warmUp });
    able.push({ worker, isSlow });
  }
  return able;
}

async function takeTurns(
  runners: readonly Runner[],
  operation: OperationId,
  scale: Scale,
): Promise<Rounds> {
  const rounds: Rounds = new Map(runners.map(({ worker }) => [worker.id, []]));
  for (let round = 0; round < scale.rounds / scale.processes; round++) {
    // Another one begins each round, so that nobody always follows the same neighbour's heat.
    for (let at = 0; at < runners.length; at++) {
      const runner = runners[(at + round) % runners.length];
      const timings = runner && rounds.get(runner.worker.id);
      if (runner === undefined || timings === undefined) continue;
      // Who takes seconds for one call has a smaller spread, too, and needn't have as many.
      const spent =
        timings.reduce((sum, each) => sum + each.calls * each.wallMicroseconds, 0) / 1e6;
      if (spent > scale.patienceSeconds && (round >= 3 || runner.isSlow)) continue;
      const task = { kind: "time", operation, isCold: runner.isSlow, ...scale.round } as const;
      const timing = await runner.worker.perform(task);
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
  const ratioTo = (other: ContestantId, timings: readonly Timing[]) => {
    const base = rounds.get(other) ?? [];
    return median(
      timings.flatMap((each, round) => {
        const its = base[round];
        return its === undefined ? [] : each[measure] / its[measure];
      }),
    );
  };
  return [...rounds].map(([contestant, timings]) => ({
    contestant,
    operation,
    cpuMicroseconds: median(timings.map((each) => each.cpuMicroseconds)) / items,
    wallMicroseconds: median(timings.map((each) => each.wallMicroseconds)) / items,
    spread: spread(timings.map((each) => each[measure])),
    ratio: ratioTo(baseline, timings),
    ...(rounds.has("json-parse") && { ratioToParse: ratioTo("json-parse", timings) }),
    rounds: timings.length,
  }));
}
