import { builtinModule } from "./builtin-module.js";

/** What is needed of `node:async_hooks`; other runtimes with async contexts offer the same through `process`. */
interface Storage {
  getStore(): unknown;
  run<T>(store: unknown, fn: () => T): T;
}

/**
 * Knows whether the running code was called from an event handler of this session. Only the async
 * context can tell that from an unrelated caller; where a runtime has none, nothing is refused.
 */
export class Reentrancy {
  get isInside(): boolean {
    if (storage === undefined) return false;
    let scope = storage.getStore() as Scope | undefined;
    while (scope !== undefined && (scope.owner !== this || scope.isOver)) scope = scope.outer;
    return scope !== undefined;
  }

  /** What a handler leaves running is outside once the handlers are done. */
  run<T>(fn: () => T): T {
    storage ??= makeStorage();
    if (storage === undefined) return fn();
    const outer = storage.getStore() as Scope | undefined;
    const scope: Scope = { owner: this, isOver: false, outer: ongoing(outer) };
    const end = () => {
      scope.isOver = true;
    };
    const result = storage.run(scope, fn);
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result;
  }
}

interface Scope {
  readonly owner: Reentrancy;
  isOver: boolean;
  /** A handler of one session may flush another one, which has handlers too. */
  readonly outer: Scope | undefined;
}

/** Without those that are over, so that what handlers leave behind doesn't pile up. */
function ongoing(scope: Scope | undefined): Scope | undefined {
  let found = scope;
  while (found?.isOver) found = found.outer;
  return found;
}

/**
 * One for the process, made when a handler first runs: Node 20 keeps each storage that was ever entered,
 * and visits all of them at every promise, so that one for each session would slow a server down with
 * every request.
 */
let storage: Storage | undefined;

function makeStorage(): Storage | undefined {
  const hooks = builtinModule("async_hooks") as
    | { AsyncLocalStorage: new () => Storage }
    | undefined;
  return hooks && new hooks.AsyncLocalStorage();
}
