/** Who takes part, in the order of the tables; each file in peers/ is named after its id. */
export const contestants = [
  { id: "json-parse", label: "JSON.parse of the body alone" },
  { id: "raw", label: "DynamoDBClient" },
  { id: "raw-quiet", label: "DynamoDBClient, a logger without `info`" },
  { id: "document-client", label: "DynamoDBDocumentClient" },
  { id: "dynalchemy", label: "dynalchemy" },
  { id: "dynalchemy-parse", label: "dynalchemy, without the scan of the text" },
  { id: "dynalchemy-sdk", label: 'dynalchemy, `wire: "sdk"`' },
  { id: "dynalchemy-untracked", label: "dynalchemy, untracked" },
  { id: "dynalchemy-select", label: "dynalchemy, select" },
  { id: "electrodb", label: "ElectroDB" },
  { id: "nova-odm", label: "@nova-odm/mapper" },
  { id: "onetable", label: "OneTable" },
  { id: "toolbox", label: "dynamodb-toolbox" },
  { id: "dynamoose", label: "Dynamoose" },
] as const;

export type ContestantId = (typeof contestants)[number]["id"];

/** The one that all others are compared with. */
export const baseline: ContestantId = "document-client";
