// The public surface, and nothing else. A test holds the list: each change to it is a decision.

// Models
export {
  model,
  type AnyModel,
  type ColumnsOf,
  type IndexNamesOf,
  type KeyOf,
  type ModelClass,
  type ModelInstance,
  type ModelOptions,
} from "./model/model.js";
export { t } from "./schema/types.js";
export {
  globalIndex,
  localIndex,
  type GlobalIndex,
  type LocalIndex,
  type Projection,
} from "./schema/index-spec.js";
export { createTableRequest } from "./model/create-table-request.js";
export { plain, type Plain } from "./model/plain.js";
export type { IndexRef } from "./model/index-ref.js";
export type { AnyColumn, Column, Columns } from "./schema/column.js";
export type { CustomType } from "./schema/custom-type.js";
export type { KeyInput, NewValues, Row } from "./schema/infer.js";
export type { StandardSchema } from "./schema/standard-schema.js";
export type { TableRequest } from "./schema/table-request.js";
export { NumberValue } from "./schema/number-value.js";

// Expressions
export { and, type Condition, not, or } from "./expr/condition.js";
export type { Path } from "./expr/path.js";
export type { Update } from "./expr/update.js";

// Engine and session
export {
  Engine,
  type BindOptions,
  type ContextOptions,
  type DirectOptions,
  type DirectWriteOptions,
  type EngineConfig,
  type EngineOptions,
  type LoadOptions,
} from "./session/engine.js";
export type { Client } from "./session/aws/client.js";
export type { Session } from "./session/session.js";
export type {
  CommitOptions,
  FlushOptions,
  FlushResult,
  Resolution,
  SessionOptions,
} from "./session/session-options.js";
export type { ConflictPolicy } from "./session/flush/resolve-conflict.js";
export type { GetManyOptions, GetOptions } from "./session/session-reader.js";
export type { WriteOptions } from "./session/tracking.js";
export type { UpdateValues } from "./session/assignments.js";
export type { TransactionOptions } from "./session/transaction.js";
export type { Guard, ObjectState } from "./session/tracked.js";
export type { Plan } from "./session/flush/plan.js";
export type { PlannedEntry, PlannedRequest } from "./session/flush/plan-view.js";

// Queries
export type { BulkStatement, BulkStatus } from "./session/bulk/bulk-statement.js";
export type { BulkValues } from "./session/bulk/bulk-search.js";
export type { EachOptions, EachProgress } from "./session/read/each.js";
export type { Explanation, Outcome } from "./session/read/explanation.js";
export type { Page, ReadResult } from "./session/read/page.js";
export type { Query } from "./session/read/query.js";
export type { Scan } from "./session/read/scan.js";

// Events
export type { ChangeEvent, SessionEmitter, SessionEvents, Waitable } from "./session/events.js";
export type { RequestEvent } from "./session/connection.js";

// Errors
export { DynalchemyError, InvalidModel, InvalidValue } from "./schema/errors.js";
export { InvalidExpression, InvalidKeyCondition } from "./expr/errors.js";
export {
  AttributeInvalid,
  AttributeMissing,
  AttributeNotLoaded,
  InvalidState,
} from "./model/errors.js";
export {
  type AttributeConflict,
  ConstraintViolation,
  FlushError,
  type FlushFailure,
  IdentityConflict,
  InvalidCursor,
  ItemNotFound,
  KeyChanged,
  MissingItems,
  ModelMismatch,
  MultipleResults,
  NoResult,
  ReentrantFlush,
  SessionClosed,
  TooManyRequests,
  TransactionTooLarge,
} from "./session/errors.js";
export { TableMismatch, TableNotActive } from "./session/tables/errors.js";
export {
  RequestAborted,
  RequestFailed,
  TableNotFound,
  Throttled,
  TransactionCancelled,
} from "./session/aws/request-errors.js";
