// dynalchemy/testing: what a test needs beside the engine, and nothing of any test runner's.
export { NoLocalEngine } from "./errors.js";
export type { Answer, Exchange, JsonObject } from "./exchange.js";
export { type ExpectedRequest, type ExpectOptions, expectRequests } from "./expect-requests.js";
export { FaultProxy, type Injection, type LoggedRequest, type Rule } from "./fault-proxy.js";
export {
  delay,
  dropAnswer,
  type Fault,
  garbageBody,
  type Hold,
  hold,
  internalError,
  refuse,
  resetBefore,
  type Throttling,
  throttle,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
  truncatedBody,
} from "./faults.js";
export {
  type EngineKind,
  type LocalEngine,
  type StartOptions,
  startLocal,
} from "./local-engine.js";
export { type RecordedRequest, Recorder, record } from "./recorder.js";
export { createTables, deleteTables } from "./tables.js";
export { unprocessed } from "./unprocessed.js";
