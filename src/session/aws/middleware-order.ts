import type { SdkCommand } from "./operations.js";

type Handler = (args: unknown) => Promise<unknown>;

/** One middleware of a stack, as stacks hand theirs on. */
export interface Entry {
  readonly middleware: (next: Handler, context: unknown) => Handler;
  readonly name?: string;
  readonly step?: string;
  readonly priority?: string;
  readonly relation?: string;
  readonly toMiddleware?: string;
  /** Whether it takes the place of one with its name. */
  readonly override?: boolean;
}

/** As much of the SDK's middleware stacks as is used here. */
export interface Stack {
  applyToStack(stack: object): unknown;
  concat(from: Stack): Pick<Stack, "resolve" | "identify">;
  /** All names in order, such as `"retryMiddleware - finalizeRequest"`. */
  identify(): string[];
  /** Whether names are to be printed at each request. */
  identifyOnResolve(): boolean;
  resolve(handler: Handler, context: unknown): Handler;
}

/** What a stack holds, as it was added: far cheaper to learn than the order, for which it sorts. */
export function entriesOf(stack: Stack): Entry[] {
  const entries: Entry[] = [];
  const add = (_: unknown, entry: Entry) => void entries.push(entry);
  stack.applyToStack({ add, addRelativeTo: add });
  return entries;
}

type Place = Omit<Entry, "middleware">;

interface Known {
  readonly places: readonly Place[];
  /** In which order they stand; `undefined`: that can't be told. */
  readonly order: readonly number[] | undefined;
}

/** The kinds of stacks that were seen. */
const known: Known[] = [];

/** Programs have a few kinds of stacks; one that names its middleware anew each time mustn't fill the memory. */
const maxKnown = 30;

/**
 * Lets a command's stack take the order that an equal one had before. The SDK sorts all middleware for
 * each request, a seventh of what a small one takes. Every request still has its own middleware and context.
 */
export function reuseOrder(command: SdkCommand): void {
  const resolving = command as unknown as Resolving;
  const { resolveMiddleware } = resolving;
  // Not assigned as it is written: V8 takes such a function for a method, and makes it among the old
  // objects, where it keeps its request, with all that that holds, until all memory is looked through.
  // It cost a third of a batch of puts, by the bench.
  const resolve: Resolving["resolveMiddleware"] = (stack, ...others) =>
    resolveMiddleware.call(command, withKnownOrder(stack), ...others);
  resolving.resolveMiddleware = resolve;
}

interface Resolving {
  resolveMiddleware(stack: Stack, ...others: unknown[]): Handler;
}

function withKnownOrder(stack: Stack): Stack {
  const concat = (from: Stack): Pick<Stack, "resolve" | "identify"> => {
    if (stack.identifyOnResolve()) return stack.concat(from);
    const entries = join(entriesOf(stack), entriesOf(from));
    const order = orderOf(entries, () => stack.concat(from).identify());
    if (order === undefined) return stack.concat(from);
    return {
      identify: () => stack.concat(from).identify(),
      resolve: (handler, context) =>
        order.reduceRight((next, at) => (entries[at] as Entry).middleware(next, context), handler),
    };
  };
  return Object.create(stack, { concat: { value: concat } }) as Stack;
}

function join(entries: readonly Entry[], more: readonly Entry[]): Entry[] {
  const isReplaced = ({ name }: Entry) =>
    more.some((entry) => entry.override === true && entry.name === name);
  return [...entries.filter((entry) => !isReplaced(entry)), ...more];
}

function orderOf(
  entries: readonly Entry[],
  identify: () => readonly string[],
): readonly number[] | undefined {
  const seen = known.find(({ places }) => standAlike(places, entries));
  if (seen !== undefined) return seen.order;
  const order = findOrder(entries, identify());
  const places = entries.map(({ middleware, ...place }) => place);
  if (known.length < maxKnown) known.push({ places, order });
  return order;
}

/** Whether both have the same names at the same places. */
function standAlike(some: readonly Place[], others: readonly Place[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) {
    const one = some[at] as Place;
    const other = others[at] as Place;
    const isAlike =
      one.name === other.name &&
      one.step === other.step &&
      one.priority === other.priority &&
      one.relation === other.relation &&
      one.toMiddleware === other.toMiddleware;
    if (!isAlike) return false;
  }
  return true;
}

function findOrder(
  entries: readonly Entry[],
  sorted: readonly string[],
): readonly number[] | undefined {
  const byName = new Map(entries.map(({ name }, at) => [name, at]));
  // Without a name of its own, a middleware can't be found again.
  if (byName.has(undefined) || byName.size !== entries.length) return undefined;
  const order = sorted.map((text) => byName.get(text.split(" ", 1)[0]));
  const isWhole = new Set(order).size === entries.length && !order.includes(undefined);
  return isWhole ? (order as number[]) : undefined;
}
