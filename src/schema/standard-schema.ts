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

/** Whether a value can check others: a function, or a schema, which may be a function as well. */
export function isCheck(value: unknown): value is Check<never> | StandardSchema {
  if (typeof value === "function") return true;
  const schema = (value as Partial<StandardSchema> | null | undefined)?.["~standard"];
  return typeof schema?.validate === "function";
}

export function validatorOf<T>(check: Check<T> | StandardSchema<T>): Validator {
  return "~standard" in check ? fromSchema(check) : fromCheck(check);
}

const asynchronous = (what: string) =>
  `its ${what} is asynchronous, and a flush can't wait for it: use a synchronous one`;

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined | null)?.then === "function";
}

/** A promise that nobody waits for must not end the program. */
function ignore(promise: PromiseLike<unknown>): void {
  promise.then(undefined, () => undefined);
}

/** What a user's function throws is its reason to refuse. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fromCheck<T>(check: Check<T>): Validator {
  return (value) => {
    let verdict: unknown;
    try {
      // The value was encoded before, so that it is of the column's type.
      verdict = check(value as T);
    } catch (error) {
      return reasonOf(error);
    }
    if (isPromise(verdict)) {
      ignore(verdict);
      return asynchronous("validator");
    }
    if (verdict === false || verdict === "") return "it was refused by the column's validator";
    return typeof verdict === "string" ? verdict : undefined;
  };
}

function fromSchema(schema: StandardSchema): Validator {
  return (value) => {
    let result: StandardResult | PromiseLike<StandardResult>;
    try {
      result = schema["~standard"].validate(value);
    } catch (error) {
      return reasonOf(error);
    }
    if (isPromise(result)) {
      ignore(result);
      return asynchronous("schema");
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
