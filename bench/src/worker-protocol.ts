import type { OperationId } from "./operations.js";

export type Task =
  | { readonly kind: "check"; readonly operation: OperationId }
  | ({
      readonly kind: "time";
      readonly operation: OperationId;
      /** Without calls beforehand: it takes so long that they would gain nothing. */
      readonly isCold?: boolean;
    } & Duration)
  | { readonly kind: "heap" };

/** How long a round lasts; one call is made at least. */
export interface Duration {
  readonly milliseconds: number;
}

export interface Timing {
  readonly calls: number;
  /** Of one call: all threads of the process, so that garbage collection counts. */
  readonly cpuMicroseconds: number;
  readonly wallMicroseconds: number;
}

export type Reply = "ready" | "equal" | "absent" | Timing | { readonly bytes: number | undefined };
