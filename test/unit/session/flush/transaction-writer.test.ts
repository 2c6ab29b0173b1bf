import { expect, it } from "vitest";
import { RequestFailed, Throttled } from "../../../../src/session/aws/request-errors.js";
import type { Connection } from "../../../../src/session/connection.js";
import type { Change } from "../../../../src/session/flush/change.js";
import { writeTransaction } from "../../../../src/session/flush/transaction-writer.js";

const operation = "TransactWriteItems";
const lost = new RequestFailed(
  { operation, attempts: 4, lostAnswers: 4 },
  { reason: "TimeoutError", text: "no answer", isRetryable: true },
);
const throttled = new Throttled({ operation, attempts: 4 });
const change = { kind: "delete", tableName: "Posts" } as unknown as Change;

/** How a transaction ends whose requests fail one after the other, the last error repeated. */
async function statusAfter(...errors: readonly Error[]): Promise<string | undefined> {
  let sent = 0;
  const connection = {
    send: async () => {
      throw errors[Math.min(sent++, errors.length - 1)];
    },
  } as unknown as Connection;
  const [outcome] = await writeTransaction(
    { kind: "transaction", changes: [change], actions: [] },
    { connection, signal: undefined, token: "token", onWrite: () => {} },
  );
  return outcome?.status;
}

it("leaves a transaction unknown whose answer was lost, though its resend was refused", async () => {
  expect(await statusAfter(lost, throttled)).toBe("unknown");
});

it("fails a transaction that was never carried out", async () => {
  expect(await statusAfter(throttled)).toBe("failed");
});
