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
    return this.#storage?.getStore() === this;
  }

  run<T>(fn: () => T): T {
    return this.#storage === undefined ? fn() : this.#storage.run(this, fn);
  }
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
