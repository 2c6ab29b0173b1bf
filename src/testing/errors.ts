import { DynalchemyError } from "../schema/errors.js";

/** No engine could be started on this machine. The message says what to install. */
export class NoLocalEngine extends DynalchemyError {
  readonly code = "NO_LOCAL_ENGINE";
  /** What is missing, as the message says it: a text for each engine. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    const choice = missing.length > 1 ? " One of them is enough." : "";
    super(`No DynamoDB engine can be started here: ${missing.join("; ")}.${choice}`);
    this.missing = missing;
  }
}
