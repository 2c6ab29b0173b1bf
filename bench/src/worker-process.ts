import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ContestantId } from "./contestants.js";
import type { Size } from "./items.js";
import type { Reply, Task } from "./worker-protocol.js";

/** A contestant's process, seen from the main one. */
export class WorkerProcess {
  readonly id: ContestantId;
  readonly #child: ChildProcess;

  private constructor(id: ContestantId, child: ChildProcess) {
    this.id = id;
    this.#child = child;
  }

  static async start(
    id: ContestantId,
    size: Size,
    endpoint: string | undefined,
  ): Promise<WorkerProcess> {
    const args = [id, size, ...(endpoint === undefined ? [] : [endpoint])];
    const worker = new WorkerProcess(id, start("worker.js", args));
    await worker.#reply();
    return worker;
  }

  async perform(task: Task): Promise<Reply> {
    this.#child.send(task);
    return this.#reply();
  }

  stop(): void {
    this.#child.disconnect();
  }

  async #reply(): Promise<Reply> {
    const [reply] = await firstMessage(this.#child, this.id);
    return reply as Reply;
  }
}

/** Starts one of the bench's own programs with garbage collection at its hand. */
export function start(program: string, args: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(program, import.meta.url)), args, {
    execArgv: ["--expose-gc"],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
}

/** @throws where the process ends instead. */
export async function firstMessage(child: ChildProcess, name: string): Promise<unknown[]> {
  const abort = new AbortController();
  const onExit = (code: number | null) =>
    abort.abort(new Error(`The process of ${name} ended with ${code}.`));
  child.once("exit", onExit);
  try {
    return await once(child, "message", { signal: abort.signal });
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    child.off("exit", onExit);
  }
}
