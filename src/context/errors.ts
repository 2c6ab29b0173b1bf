import { DynalchemyError } from "../schema/errors.js";

/** `currentSession()` was called where no scope is running. */
export class NoCurrentSession extends DynalchemyError {
  readonly code = "NO_CURRENT_SESSION";

  constructor() {
    super(
      "There is no current session: this code was called outside of a scope. In a web app, install an adapter " +
        "(dynalchemy/fastify or /hono before the handlers; dynalchemy/express or /lambda around each); elsewhere, run " +
        "it inside of withSession(engine, fn).",
    );
  }
}
