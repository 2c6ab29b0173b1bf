import type { Engine } from "../session/engine.js";
import type { Session } from "../session/session.js";
import { Scope, type ScopeOptions } from "./scope.js";

export { NoCurrentSession } from "./errors.js";
export type { ScopeOptions } from "./scope.js";

/**
 * Runs a function with a session of its own, which `currentSession()` finds in everything that the
 * function calls, and closes it when the function is done. Scopes nest: the innermost one counts, and
 * each has a session of its own. SQLAlchemy's `scoped_session` with its `remove()`.
 *
 * `{ flush: "onSuccess" }` commits when the function has returned, before the promise resolves. What
 * wasn't committed when it throws is discarded.
 *
 * @throws {ConstraintViolation} CONSTRAINT_VIOLATION from the commit.
 * @throws {FlushError} FLUSH_ERROR from the commit.
 * @example
 * await withSession(engine, async () => {
 *   const post = await currentSession().require(Post, { forum, id });
 *   post.views += 1;
 * }, { flush: "onSuccess" });
 */
export function withSession<T>(
  engine: Engine,
  fn: (session: Session) => T | PromiseLike<T>,
  options: ScopeOptions = {},
): Promise<T> {
  return new Scope(engine, options, "the scope of its withSession() has ended").use(fn);
}

/**
 * The session of the scope that the calling code runs in: that of `withSession`, or that of the
 * request where an adapter is installed.
 *
 * @throws {NoCurrentSession} NO_CURRENT_SESSION outside of a scope.
 * @throws {SessionClosed} SESSION_CLOSED in what a scope left running after its end.
 */
export function currentSession(): Session {
  const scope = Scope.current();
  scope.assertRunning("use the current session");
  return scope.session;
}
