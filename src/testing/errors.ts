import { DynalchemyError } from "../schema/errors.js";

/** No engine could be started on this machine. The message says what to install. */
export class NoLocalEngine extends DynalchemyError {
  readonly code = "NO_LOCAL_ENGINE";
  /** What is missing, as the message says it. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(`No DynamoDB engine can be started here: ${missing.join("; ")}.`);
    this.missing = missing;
  }
}
