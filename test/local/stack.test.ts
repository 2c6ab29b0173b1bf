import { expect, it } from "vitest";
import { User } from "../support/models.js";
import { makeBed } from "../support/test-bed.js";

it("leads from a rejected write to the caller's line", async () => {
  const { engine } = await makeBed([User]);
  await engine.save(new User({ id: "taken" }));
  await using session = engine.session();
  const writes = [
    () => session.flush(),
    () => session.commit(),
    () => engine.transaction(async (own) => own.add(new User({ id: "taken" })), { attempts: 1 }),
  ];
  session.add(new User({ id: "taken" }));
  for (const write of writes) {
    const error = await (async function caller() {
      await write();
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CONSTRAINT_VIOLATION" });
    expect((error as Error).stack).toMatch(/at (?:async )?caller .*stack\.test\.ts/);
  }
});
