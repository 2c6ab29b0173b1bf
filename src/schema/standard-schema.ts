/**
 * What is needed of the Standard Schema interface, version 1, which Zod, Valibot and ArkType offer
 * (https://standardschema.dev): the interface is made to be copied instead of depended on.
 */
export interface StandardSchema<Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: Input; readonly output: unknown } | undefined;
  };
}

interface StandardResult {
  readonly issues?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[]
    | undefined;
}

/** Says what is wrong with a value, or nothing. It never changes the value. */
export type Validator = (value: unknown) => string | undefined;

/** A check of the user's own: `false` or a text refuses, and so does a throw. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that only throws returns nothing.
export type Check<T> = (value: T) => boolean | string | undefined | void;

export function validatorOf<T>(check: Check<T> | StandardSchema<T>): Validator {
  return "~standard" in check ? fromSchema(check) : fromCheck(check);
}

function fromCheck<T>(check: Check<T>): Validator {
  return (value) => {
    let verdict: ReturnType<Check<T>>;
    try {
      // The value was encoded before, so that it is of the column's type.
      verdict = check(value as T);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (verdict === false) return "it was refused by the column's validator";
    return typeof verdict === "string" ? verdict : undefined;
  };
}

function fromSchema(schema: StandardSchema): Validator {
  return (value) => {
    const result = schema["~standard"].validate(value);
    if (result instanceof Promise) {
      result.catch(() => undefined);
      return "its schema validates asynchronously, and a flush can't wait for it: use a synchronous one";
    }
    if (result.issues === undefined) return undefined;
    return result.issues.map(({ message, path }) => `${steps(path)}${message}`).join("; ");
  };
}

function steps(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  if (path === undefined || path.length === 0) return "";
  const text = path.map((step) => String(typeof step === "object" ? step.key : step)).join(".");
  return `${text}: `;
}
