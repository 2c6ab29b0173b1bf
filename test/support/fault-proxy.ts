import { inject } from "vitest";
import { FaultProxy as AnyFaultProxy } from "../../src/testing/fault-proxy.js";

export type { Injection, LoggedRequest, Rule } from "../../src/testing/fault-proxy.js";

export type FaultProxy = AnyFaultProxy;

/** The public proxy, in front of the run's engine unless another one is named. */
export const FaultProxy = {
  start: (engine: string = inject("engine").endpoint) => AnyFaultProxy.start(engine),
};
