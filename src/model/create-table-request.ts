import { createTableInput, type TableRequest } from "../schema/table-request.js";
import { infoOf } from "./metadata.js";
import type { AnyModel } from "./model.js";

/**
 * The exact `CreateTable` input of a model's table, for infrastructure code. TTL isn't part of it:
 * the service has `UpdateTimeToLive` for that, which `engine.bind()` sends.
 *
 * @throws {InvalidModel} INVALID_MODEL for a value that isn't a model.
 */
export function createTableRequest(model: AnyModel): TableRequest {
  return createTableInput(infoOf(model).table);
}
