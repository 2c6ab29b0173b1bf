import { Engine, model, t } from "dynalchemy";
import { expect, it } from "vitest";
import { stubClient } from "../../session-read/stub.js";

class Row extends model("Row", { id: t.integer().hashKey() }) {}

// More than a call takes arguments; a real table would take minutes to hold so many.
const many = 135_000;

it("deletes more rows at once than a call takes arguments", async () => {
  const Items = Array.from({ length: many }, (_, id) => ({ id: { N: String(id) } }));
  const { client, sent } = stubClient(({ operation }) => (operation === "Scan" ? { Items } : {}));
  await using session = new Engine({ client }).session();
  const statement = session.scan(Row).delete();
  await session.commit();
  expect(statement).toMatchObject({ status: "done", matched: many, written: many });
  expect(sent.filter(({ operation }) => operation === "BatchWriteItem")).toHaveLength(many / 25);
});
