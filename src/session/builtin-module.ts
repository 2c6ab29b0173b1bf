/**
 * A module that the runtime has built in, of Node's names; `undefined` where there is none. The main
 * entry imports no `node:` module, so that it bundles for any runtime: it asks at run time.
 */
export function builtinModule(name: string): unknown {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return process?.getBuiltinModule?.(name);
}
