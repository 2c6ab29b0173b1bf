import { leadIn, repeat } from "../time.js";
import type { UnitOfWorkTiming } from "./run.js";
import type { Step } from "./tasks.js";

export async function warmUp(step: Step, milliseconds: number): Promise<void> {
  await repeat(() => whole(step), { milliseconds, calls: leadIn.calls });
}

/** CPU milliseconds of one call, of those that the time has room for; without what prepares each. */
export async function measureRound(step: Step, milliseconds: number): Promise<UnitOfWorkTiming> {
  await repeat(() => whole(step), leadIn);
  let spent = 0;
  const calls = await repeat(
    async () => {
      step.prepare?.();
      const before = process.cpuUsage();
      await step.run();
      const { user, system } = process.cpuUsage(before);
      spent += (user + system) / 1_000;
    },
    { milliseconds, calls: 1 },
  );
  return { milliseconds: spent / calls, calls };
}

async function whole(step: Step): Promise<void> {
  step.prepare?.();
  await step.run();
}
