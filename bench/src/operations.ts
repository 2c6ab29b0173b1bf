import { batchGetCount, queryCount } from "./counts.js";

/** What is timed, with the number of items among which the time of one call is divided. */
export const operations = [
  { id: "query", label: "query 10,000", items: queryCount },
  { id: "get", label: "get", items: 1 },
  { id: "batchGet", label: "batch get 100", items: batchGetCount },
  { id: "batchWrite", label: "batch write 25", items: 25 },
  { id: "update", label: "update", items: 1 },
] as const;

export type OperationId = (typeof operations)[number]["id"];
