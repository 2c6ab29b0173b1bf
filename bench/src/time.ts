import type { Duration, Timing } from "./worker-protocol.js";

/** Calls a function again and again, one call at a time, and divides what that took. */
export async function time(run: () => unknown, limit: Duration): Promise<Timing> {
  collectGarbage();
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const deadline = begun + limit.milliseconds;
  let calls = 0;
  do {
    await run();
    calls += 1;
  } while (calls < limit.calls && performance.now() < deadline);
  const wall = (performance.now() - begun) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    calls,
    cpuMicroseconds: (cpu.user + cpu.system) / calls,
    wallMicroseconds: wall / calls,
  };
}

/** So that nobody pays for what was left behind before. */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Run with --expose-gc.");
  globalThis.gc();
}
