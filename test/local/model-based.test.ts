import type { SessionOptions } from "dynalchemy";
import fc from "fast-check";
import { expect, it } from "vitest";
import { describeOnLocal } from "../support/engine-facts.js";
import { commands } from "../support/model-based/commands.js";
import { LockedThing, Thing } from "../support/model-based/thing.js";
import { World } from "../support/model-based/world.js";
import { fcOptions, soakFactor } from "../support/property.js";
import { type FaultBed, useFaultBed } from "../support/test-bed.js";

const histories = 50;

const options: fc.Arbitrary<SessionOptions> = fc.record({
  atomic: fc.constantFrom("changed", "changed", "loaded"),
  exactlyOnce: fc.boolean(),
  consistent: fc.constant(true),
});

describeOnLocal("a history of sessions over shared items", () => {
  let bed: FaultBed;
  let places = 0;
  useFaultBed([Thing, LockedThing], (made) => {
    bed = made;
  });

  const timeout = 120_000 * Math.max(1, soakFactor(process.env["SOAK"]));
  it("ends as some serial order of its flushes does, and no session believes otherwise", {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(options, { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        fc.commands(commands(), { maxCommands: 40, size: "max" }),
        run,
      ),
      fcOptions({
        numRuns: histories,
        // Shrinking stops in time for the counterexample to be printed.
        interruptAfterTimeLimit: timeout - 15_000,
        markInterruptAsFailure: true,
      }),
    );
  });

  async function run(
    sessions: SessionOptions[],
    isLocked: boolean,
    history: Iterable<fc.AsyncCommand<World, World>>,
  ) {
    places += 1;
    const world = new World(bed, `place${places}`, isLocked, sessions);
    bed.proxy.reset();
    for (const id of [1, 2]) {
      await bed.store(world.model, {
        place: { S: world.place },
        id: { N: String(id) },
        note: { S: "old" },
        count: { N: "0" },
        meta: { M: { author: { S: "ann" } } },
        list: { L: [{ S: "a" }, { S: "b" }, { S: "c" }] },
        tags: { SS: ["t0", "t1"] },
        // What is made anew begins at 1, and isn't taken for this.
        ...(isLocked && { version: { N: "100" } }),
      });
    }
    world.table = await world.read();
    try {
      await fc.asyncModelRun(() => ({ model: world, real: world }), history);
      await finish(world);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${message}\n${world.trace.join("\n")}`, { cause: error });
    } finally {
      await world.close();
    }
  }

  /** In the end all that is left is written or refused, and what was written isn't written again. */
  async function finish(world: World) {
    for (const actor of world.actors) {
      world.note(`finish ${actor.name}`);
      await world.settle([
        await world.flush(actor, false, (session) => session.commit(), {
          mayFail: false,
          isRace: false,
        }),
      ]);
      await actor.session.rollback();
      bed.recorder.clear();
      expect(await actor.session.commit()).toEqual({ written: [], requests: 0 });
      expect(bed.recorder.operations).toEqual([]);
    }
    for (const [id, doc] of world.table) {
      const digits = String((doc.get("count") as bigint).toString(4));
      expect(digits, `each amount counted in ${id} once at most`).toMatch(/^[01]*$/);
    }
  }
});
