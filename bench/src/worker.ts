import { changes, check } from "./check.js";
import type { Contestant, Open } from "./contestant.js";
import { equip } from "./equipment.js";
import type { Size } from "./items.js";
import { bytesPerItem } from "./memory.js";
import type { OperationId } from "./operations.js";
import { time } from "./time.js";
import type { Reply, Task } from "./worker-protocol.js";

/**
 * One contestant in a process of its own: what the others do to the heap and to the compiler's
 * guesses doesn't touch it. It does what the main process tells it, one task at a time.
 */
const [id, size, endpoint] = process.argv.slice(2) as [string, Size, string | undefined];
const { open } = (await import(`./peers/${id}.js`)) as { open: Open };
const outfit = equip(size, endpoint);
const contestant: Contestant = await open(outfit);
/** How many updates were made: each goes on from the one before. */
let updates = 0;

function runnerOf(operation: OperationId): (() => unknown) | undefined {
  if (contestant[operation] === undefined) return undefined;
  return operation === "update"
    ? () => contestant.update?.(changes(size, updates++))
    : () => contestant[operation]?.();
}

async function perform(task: Task): Promise<Reply> {
  if (task.kind === "heap") return { bytes: await bytesPerItem(contestant) };
  const run = runnerOf(task.operation);
  if (run === undefined) return "absent";
  if (task.kind === "check") {
    // It makes the first.
    if (task.operation === "update") updates += 1;
    const handler = endpoint === undefined ? outfit.handler : undefined;
    await check(contestant, task.operation, handler, size);
    return "equal";
  }
  return await time(run, task);
}

process.on("message", (task: Task) => {
  perform(task).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      console.error(id, error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
