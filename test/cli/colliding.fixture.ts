import { globalIndex, localIndex, model, t } from "dynalchemy";

const columns = { id: t.string().hashKey(), at: t.integer().rangeKey(), size: t.integer() };

/** Tables whose names differ in what the id of a resource can't have. */
export const models = ["my-table", "my.table", "my_table", "MyTable"].map((tableName) =>
  model("Entry", columns, { tableName }),
);

export class Reading extends model(
  "Reading",
  {
    sensor: t.binary().hashKey(),
    at: t.datetime().rangeKey(),
    value: t.number(),
    unit: t.string(),
    expires: t.timestamp().ttl(),
  },
  {
    tableName: "readings",
    readUnits: 3,
    writeUnits: 2,
    indexes: {
      byValue: localIndex({ rangeKey: "value", projection: ["unit"] }),
      byUnit: globalIndex({
        hashKey: "unit",
        rangeKey: "at",
        projection: "keys",
        readUnits: 1,
        writeUnits: 1,
      }),
    },
  },
) {}
