import { TransactionTooLarge } from "dynalchemy";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { infoOf } from "../../../src/model/metadata.js";
import { keyOf } from "../../../src/schema/key.js";
import { wantedItem } from "../../../src/session/read/batch-get.js";
import { transactGet } from "../../../src/session/read/transact-get.js";
import { User } from "../../support/models.js";
import { sdkError, stubConnection } from "./stub.js";

const info = infoOf(User);
const wanted = (n: number) =>
  Array.from({ length: n }, (_, at) =>
    wantedItem(info, "Users", keyOf(info.table, { id: `u${at}` })),
  );

const cancelled = (...codes: string[]) =>
  sdkError("TransactionCanceledException", {
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

// Without jitter there is no pause.
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe("a transaction of reads", () => {
  it("asks for all at once, and finds them by their places", async () => {
    const { connection, sent } = stubConnection(() => ({
      Responses: [{ Item: { id: { S: "u0" } } }, {}],
    }));
    const items = await transactGet(connection, wanted(2), undefined);
    expect([...items.values()]).toEqual([{ id: { S: "u0" } }]);
    expect(sent).toMatchObject([
      {
        operation: "TransactGetItems",
        input: {
          TransactItems: [
            { Get: { TableName: "Users", Key: { id: { S: "u0" } } } },
            { Get: { TableName: "Users", Key: { id: { S: "u1" } } } },
          ],
        },
      },
    ]);
  });

  it("tries again when it met a write's transaction, and for no other reason", async () => {
    const met = stubConnection((_, nth) => {
      if (nth < 3) throw cancelled("None", "TransactionConflict");
      return { Responses: [{}, {}] };
    });
    await transactGet(met.connection, wanted(2), undefined);
    expect(met.sent).toHaveLength(3);
    const other = stubConnection(() => {
      throw cancelled("ValidationError", "None");
    });
    await expect(transactGet(other.connection, wanted(2), undefined)).rejects.toMatchObject({
      code: "TRANSACTION_CANCELLED",
    });
    expect(other.sent).toHaveLength(1);
  });

  it("ends at some time", async () => {
    const { connection, sent } = stubConnection(() => {
      throw cancelled("TransactionConflict");
    });
    await expect(transactGet(connection, wanted(1), undefined)).rejects.toMatchObject({
      code: "TRANSACTION_CANCELLED",
    });
    expect(sent).toHaveLength(8);
  });

  it("takes 100 keys, none without asking, and not one more", async () => {
    const { connection, sent } = stubConnection(() => ({}));
    await transactGet(connection, [], undefined);
    expect(sent).toEqual([]);
    await transactGet(connection, wanted(100), undefined);
    await expect(transactGet(connection, wanted(101), undefined)).rejects.toBeInstanceOf(
      TransactionTooLarge,
    );
    expect(sent).toHaveLength(1);
  });
});
