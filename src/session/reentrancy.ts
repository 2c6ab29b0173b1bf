/** What is needed of `node:async_hooks`; other runtimes with async contexts offer the same through `process`. */
interface Storage {
  getStore(): unknown;
  run<T>(store: unknown, fn: () => T): T;
}

/**
 * Knows whether the running code was called from an event handler of this session. Only the async
 * context can tell that from an unrelated caller; where a runtime has none, nothing is refused.
 * The main entry imports no `node:` module, so it asks for the one that is built in.
 */
export class Reentrancy {
  readonly #storage = makeStorage();

  get isInside(): boolean {
    const scope = this.#storage?.getStore() as Scope | undefined;
    return scope?.owner === this && !scope.isOver;
  }

  /** What a handler leaves running is outside once the handlers are done. */
  run<T>(fn: () => T): T {
    if (this.#storage === undefined) return fn();
    const scope: Scope = { owner: this, isOver: false };
    const end = () => {
      scope.isOver = true;
    };
    const result = this.#storage.run(scope, fn);
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result;
  }
}

interface Scope {
  readonly owner: Reentrancy;
  isOver: boolean;
}

function makeStorage(): Storage | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  const hooks = process?.getBuiltinModule?.("async_hooks") as
    | { AsyncLocalStorage: new () => Storage }
    | undefined;
  return hooks && new hooks.AsyncLocalStorage();
}
