import type { Duration, Timing } from "./worker-protocol.js";

/**
 * How much a process that has waited for its turn does before its time is taken: the processor's caches
 * are cold, and V8 has given back the memory for new objects, which costs to get again. A query of
 * 10,000 items is one call for longer than the milliseconds, and only after some calls has V8 as much of
 * that memory as such calls use.
 */
export const leadIn = { milliseconds: 150, calls: 3 } as const;

/**
 * Calls a function again and again, one call at a time, and divides what that took.
 *
 * Garbage isn't collected beforehand: a full collection throws away what the compiler has learned, and
 * the SDK takes three times as long for a while after it. Each process pays for its own garbage.
 */
export async function time(
  run: () => unknown,
  limit: Duration & { readonly isCold?: boolean },
): Promise<Timing> {
  if (limit.isCold !== true) await repeat(run, leadIn);
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const calls = await repeat(run, { ...limit, calls: 1 });
  const wall = (performance.now() - begun) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    calls,
    cpuMicroseconds: (cpu.user + cpu.system) / calls,
    wallMicroseconds: wall / calls,
  };
}

interface Amount extends Duration {
  /** At least. */
  readonly calls: number;
}

/** Until the time is over; how often. */
export async function repeat(
  run: () => unknown,
  { milliseconds, calls: least }: Amount,
): Promise<number> {
  const deadline = performance.now() + milliseconds;
  let calls = 0;
  do {
    await run();
    calls += 1;
  } while (calls < least || performance.now() < deadline);
  return calls;
}
