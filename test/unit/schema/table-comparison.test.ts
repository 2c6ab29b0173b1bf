import { describe, expect, it } from "vitest";
import { globalIndex, localIndex } from "../../../src/schema/index-spec.js";
import { declareTable } from "../../../src/schema/table.js";
import { compareTable, type TableDescription } from "../../../src/schema/table-comparison.js";
import { createTableInput } from "../../../src/schema/table-request.js";
import { t } from "../../../src/schema/types.js";

const columns = {
  forum: t.string().hashKey(),
  id: t.integer().rangeKey(),
  user: t.string(),
  date: t.datetime().as("d"),
  views: t.integer(),
  expires: t.timestamp().ttl().as("e"),
};
const indexes = {
  byUser: globalIndex({ hashKey: "user", rangeKey: "date", projection: ["views"] }),
  byDate: localIndex({ rangeKey: "date", projection: "keys" }),
  byViews: globalIndex({ hashKey: "views" }),
};
const table = declareTable("Post", columns, { indexes });
const provisioned = declareTable("Post", columns, { indexes, readUnits: 3, writeUnits: 2 });

type Mutable = { -readonly [K in keyof TableDescription]: TableDescription[K] };

/** The description of a table made for the model, with changes. */
function described(
  change: (made: Mutable) => void = () => undefined,
  of = table,
): TableDescription {
  const made = structuredClone(createTableInput(of)) as unknown as Mutable;
  if (of.readUnits === undefined) made.BillingModeSummary = { BillingMode: "PAY_PER_REQUEST" };
  change(made);
  return made;
}

const indexOf = (made: Mutable, name: string) =>
  [...(made.GlobalSecondaryIndexes ?? []), ...(made.LocalSecondaryIndexes ?? [])].find(
    ({ IndexName }) => IndexName === name,
  ) as { -readonly [K in "KeySchema" | "Projection" | "ProvisionedThroughput"]: unknown };

describe("a table that holds what its model needs", () => {
  it.each<[string, (made: Mutable) => void]>([
    ["exactly that", () => undefined],
    [
      "another index beside",
      (made) => {
        made.GlobalSecondaryIndexes = [
          ...(made.GlobalSecondaryIndexes ?? []),
          { IndexName: "other", KeySchema: [{ AttributeName: "x", KeyType: "HASH" }] },
        ];
      },
    ],
    [
      "other attributes beside",
      (made) => {
        made.AttributeDefinitions = [
          { AttributeName: "x", AttributeType: "B" },
          ...(made.AttributeDefinitions ?? []),
        ];
      },
    ],
    [
      "another order",
      (made) => {
        made.KeySchema = [...(made.KeySchema ?? [])].reverse();
        made.AttributeDefinitions = [...(made.AttributeDefinitions ?? [])].reverse();
        made.GlobalSecondaryIndexes = [...(made.GlobalSecondaryIndexes ?? [])].reverse();
      },
    ],
    [
      "more projected than listed",
      (made) => {
        indexOf(made, "byUser").Projection = {
          ProjectionType: "INCLUDE",
          NonKeyAttributes: ["x", "views"],
        };
      },
    ],
    [
      "everything projected",
      (made) => {
        indexOf(made, "byUser").Projection = { ProjectionType: "ALL" };
        indexOf(made, "byDate").Projection = { ProjectionType: "ALL" };
      },
    ],
    [
      "something projected where keys would do",
      (made) => {
        indexOf(made, "byDate").Projection = { ProjectionType: "INCLUDE", NonKeyAttributes: ["x"] };
      },
    ],
    [
      "units that nobody stated",
      (made) => {
        delete made.BillingModeSummary;
        made.ProvisionedThroughput = { ReadCapacityUnits: 99, WriteCapacityUnits: 99 };
      },
    ],
  ])("has %s", (_, change) => {
    expect(compareTable(table, described(change))).toEqual([]);
  });

  it("has the units that were stated", () => {
    expect(compareTable(provisioned, described(undefined, provisioned))).toEqual([]);
  });
});

describe("a table that lacks something", () => {
  it.each<[string, (made: Mutable) => void, string[]]>([
    [
      "its hash key",
      (made) => {
        made.KeySchema = [
          { AttributeName: "x", KeyType: "HASH" },
          { AttributeName: "id", KeyType: "RANGE" },
        ];
      },
      ["the hash key of the table should be forum but is x"],
    ],
    [
      "its range key",
      (made) => {
        made.KeySchema = [{ AttributeName: "forum", KeyType: "HASH" }];
      },
      ["the range key of the table should be id but is absent"],
    ],
    [
      "a type",
      (made) => {
        made.AttributeDefinitions = made.AttributeDefinitions?.map((each) =>
          each.AttributeName === "id" ? { ...each, AttributeType: "S" } : each,
        );
      },
      ["the attribute id should be of type N but is S"],
    ],
    [
      "an index",
      (made) => {
        delete made.LocalSecondaryIndexes;
      },
      ["the local index byDate is missing"],
    ],
    [
      "an index of its kind",
      (made) => {
        made.GlobalSecondaryIndexes = [
          ...(made.GlobalSecondaryIndexes ?? []),
          ...(made.LocalSecondaryIndexes ?? []),
        ];
        delete made.LocalSecondaryIndexes;
      },
      ["the index byDate should be local but is global"],
    ],
    [
      "keys of an index",
      (made) => {
        indexOf(made, "byUser").KeySchema = [{ AttributeName: "d", KeyType: "HASH" }];
      },
      [
        "the hash key of the global index byUser should be user but is d",
        "the range key of the global index byUser should be d but is absent",
      ],
    ],
    [
      "attributes of an index",
      (made) => {
        indexOf(made, "byUser").Projection = { ProjectionType: "KEYS_ONLY" };
        indexOf(made, "byViews").Projection = {
          ProjectionType: "INCLUDE",
          NonKeyAttributes: ["d"],
        };
      },
      [
        "the global index byUser should project views, which it lacks",
        "the global index byViews should project all attributes but projects INCLUDE",
      ],
    ],
    [
      "everything",
      (made) => {
        for (const part of Object.keys(made)) delete (made as Record<string, unknown>)[part];
      },
      [
        "the hash key of the table should be forum but is absent",
        "the range key of the table should be id but is absent",
        "the global index byUser is missing",
        "the local index byDate is missing",
        "the global index byViews is missing",
      ],
    ],
  ])("lacks %s", (_, change, differences) => {
    expect(compareTable(table, described(change))).toEqual(differences);
  });

  it("has a range key where there should be none", () => {
    const user = declareTable("User", { id: t.string().hashKey() });
    const description = {
      KeySchema: [
        { AttributeName: "id", KeyType: "HASH" },
        { AttributeName: "x", KeyType: "RANGE" },
      ],
    };
    expect(compareTable(user, description)).toEqual([
      "the range key of the table should be absent but is x",
    ]);
  });

  it("has other units than were stated, told one by one", () => {
    const description = described((made) => {
      made.ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 2 };
      indexOf(made, "byUser").ProvisionedThroughput = {
        ReadCapacityUnits: 9,
        WriteCapacityUnits: 9,
      };
    }, provisioned);
    expect(compareTable(provisioned, description)).toEqual([
      "the table should have 3 read units but has 1",
    ]);
    const stated = declareTable("Post", columns, {
      readUnits: 1,
      writeUnits: 2,
      indexes: {
        ...indexes,
        byViews: globalIndex({ hashKey: "views", readUnits: 4, writeUnits: 2 }),
      },
    });
    expect(compareTable(stated, description)).toEqual([
      "the global index byViews should have 4 read units but has 3",
    ]);
  });

  it("is on demand where units were stated", () => {
    const description = described((made) => {
      made.BillingModeSummary = { BillingMode: "PAY_PER_REQUEST" };
    }, provisioned);
    expect(compareTable(provisioned, description)).toEqual([
      "the table should be provisioned but is on demand",
    ]);
  });
});

describe("time to live", () => {
  it.each([
    [undefined, []],
    [{ TimeToLiveStatus: "ENABLED", AttributeName: "e" }, []],
    [{ TimeToLiveStatus: "ENABLING", AttributeName: "e" }, []],
    [
      { TimeToLiveStatus: "ENABLED", AttributeName: "x" },
      ["TTL should be on the attribute e but is on x"],
    ],
    [{ TimeToLiveStatus: "DISABLED" }, ["TTL should be on the attribute e but is DISABLED"]],
    [{}, ["TTL should be on the attribute e but is DISABLED"]],
  ])("as described by %o", (ttl, differences) => {
    expect(compareTable(table, described(), ttl)).toEqual(differences);
  });

  it("is nobody's business where the model has none", () => {
    const user = declareTable("User", { id: t.string().hashKey() });
    const description = { KeySchema: [{ AttributeName: "id", KeyType: "HASH" }] };
    expect(
      compareTable(user, description, { TimeToLiveStatus: "ENABLED", AttributeName: "x" }),
    ).toEqual([]);
  });
});
