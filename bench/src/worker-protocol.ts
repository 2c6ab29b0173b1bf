import type { OperationId } from "./operations.js";

export type Task =
  | { readonly kind: "check"; readonly operation: OperationId }
  | ({ readonly kind: "time"; readonly operation: OperationId } & Duration)
  | { readonly kind: "heap" };

/** A round ends at whichever comes first, but not before one call. */
export interface Duration {
  readonly milliseconds: number;
  readonly calls: number;
}

export interface Timing {
  readonly calls: number;
  /** Of one call: all threads of the process, so that garbage collection counts. */
  readonly cpuMicroseconds: number;
  readonly wallMicroseconds: number;
}

export type Reply = "ready" | "equal" | "absent" | Timing | { readonly bytes: number | undefined };
