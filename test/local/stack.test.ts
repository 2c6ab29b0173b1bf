import type { Engine, Session } from "dynalchemy";
import { expect, it } from "vitest";
import { itOnLocal } from "../support/engine-facts.js";
import { User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

type Write = (session: Session, engine: Engine) => Promise<unknown>;

/** A write that is rejected, awaited by a function called `caller`. */
async function expectCaller(write: Write): Promise<void> {
  const { engine } = await makeBed([User]);
  await engine.save(new User({ id: "taken" }));
  await using session = engine.session();
  session.add(new User({ id: "taken" }));
  const error = await (async function caller() {
    await write(session, engine);
  })().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "CONSTRAINT_VIOLATION" });
  expect((error as Error).stack).toMatch(/at (?:async )?caller .*stack\.test\.ts/);
}

it.each<[string, Write]>([
  ["flush", (session) => session.flush()],
  ["commit", (session) => session.commit()],
])("a rejected %s leads to the caller's line", (_, write) => expectCaller(write));

itOnLocal(
  "a rejected transaction leads to the caller's line",
  () =>
    expectCaller((_, engine) =>
      engine.transaction(async (own) => own.add(new User({ id: "taken" })), { attempts: 1 }),
    ),
  ["transactions"],
);
