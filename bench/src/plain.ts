import { unmarshall } from "@aws-sdk/util-dynamodb";

/** A wrapped item as plain data. */
export function unwrap(item: unknown): unknown {
  return unmarshall(item as Parameters<typeof unmarshall>[0]);
}
