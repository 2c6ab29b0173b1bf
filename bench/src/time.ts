import type { Duration, Timing } from "./worker-protocol.js";

/**
 * How long a process that has waited for its turn works before its time is taken: its caches are cold,
 * and V8 has given back the memory for new objects.
 */
const leadInMilliseconds = 150;

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
  if (limit.isCold !== true) await repeat(run, leadInMilliseconds);
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const calls = await repeat(run, limit.milliseconds);
  const wall = (performance.now() - begun) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    calls,
    cpuMicroseconds: (cpu.user + cpu.system) / calls,
    wallMicroseconds: wall / calls,
  };
}

/** At least once, until the time is over; how often. */
async function repeat(run: () => unknown, milliseconds: number): Promise<number> {
  const deadline = performance.now() + milliseconds;
  let calls = 0;
  do {
    await run();
    calls += 1;
  } while (performance.now() < deadline);
  return calls;
}
