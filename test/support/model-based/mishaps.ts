import fc from "fast-check";
import type { FaultProxy } from "../fault-proxy.js";
import {
  delay,
  dropAnswer,
  type Fault,
  garbageBody,
  internalError,
  resetBefore,
  throttle,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
  truncatedBody,
} from "../faults.js";
import { unprocessed } from "../unprocessed.js";

const singles = ["PutItem", "UpdateItem", "DeleteItem"];
const reads = ["GetItem", "BatchGetItem", "Query"];
const transactions = ["TransactWriteItems"];
const all = [...singles, ...reads, ...transactions, "BatchWriteItem"];

interface Kind {
  readonly fault: () => Fault;
  readonly operation: readonly string[];
}

const kinds = {
  dropped: { fault: dropAnswer, operation: all },
  reset: { fault: resetBefore, operation: all },
  late: { fault: () => delay({ before: 2, after: 2 }), operation: all },
  "500": { fault: () => internalError(), operation: all },
  "500 landed": { fault: () => internalError({ landed: true }), operation: all },
  throttled: { fault: () => throttle(), operation: all },
  truncated: { fault: truncatedBody, operation: all },
  garbage: { fault: () => garbageBody(), operation: all },
  "502": { fault: () => garbageBody("<html>", 502), operation: all },
  conflict: { fault: transactionConflict, operation: singles },
  cancelled: { fault: () => transactionCancelled(), operation: transactions },
  "in progress": { fault: transactionInProgress, operation: transactions },
  unprocessed: { fault: () => unprocessed(), operation: ["BatchWriteItem", "BatchGetItem"] },
  "half unprocessed": {
    fault: () => unprocessed(1),
    operation: ["BatchWriteItem", "BatchGetItem"],
  },
} satisfies Record<string, Kind>;

/** Something that goes wrong with requests of one command. */
export interface Mishap {
  readonly kind: keyof typeof kinds;
  readonly spares: "nothing" | "reads" | "writes";
  readonly nth: number;
  readonly times: number;
}

export const mishaps: fc.Arbitrary<Mishap> = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
  spares: fc.constantFrom("reads", "reads", "writes", "nothing"),
  nth: fc.constantFrom(1, 1, 1, 2, 3),
  times: fc.constantFrom(1, 1, 2, 4, 1000),
});

export function inject(proxy: FaultProxy, { kind, spares, nth, times }: Mishap): void {
  const { fault, operation } = kinds[kind];
  const met = operation.filter((name) => {
    if (spares === "nothing") return true;
    return reads.includes(name) === (spares === "writes");
  });
  proxy.inject({ operation: met, fault: fault(), nth, times });
}

export const showMishap = ({ kind, spares, nth, times }: Mishap): string =>
  ` [${kind} ×${times} from ${nth}${spares === "nothing" ? "" : `, not ${spares}`}]`;
