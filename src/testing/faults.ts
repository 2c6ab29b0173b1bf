import type { Exchange, JsonObject } from "./exchange.js";

/** Answers a request, or leaves it to the proxy, which then forwards it unchanged. */
export type Fault = (exchange: Exchange) => void | Promise<void>;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The engine carries the request out; the connection breaks before its answer arrives. */
export const dropAnswer = (): Fault => async (exchange) => {
  await exchange.forward();
  exchange.cut("dropped");
};

/** The connection breaks before the engine sees the request. */
export const resetBefore = (): Fault => (exchange) => exchange.cut("reset");

/** Waits, before the engine sees the request or after. */
export const delay =
  (ms: { readonly before?: number; readonly after?: number }): Fault =>
  async (exchange) => {
    await sleep(ms.before ?? 0);
    const answer = await exchange.forward();
    await sleep(ms.after ?? 0);
    exchange.outcome.push("delayed");
    exchange.answer(answer.status, answer.body);
  };

/** Status 500; with `landed`, after the engine carried the request out. */
export const internalError =
  ({ landed = false }: { readonly landed?: boolean } = {}): Fault =>
  async (exchange) => {
    if (landed) await exchange.forward();
    exchange.fail(500, "InternalServerError", "Internal server error");
  };

/** The two names under which DynamoDB throttles. */
export type Throttling = "ProvisionedThroughputExceededException" | "ThrottlingException";

/** Refused for want of capacity; the engine doesn't see the request. */
export const throttle =
  (name: Throttling = "ProvisionedThroughputExceededException"): Fault =>
  (exchange) =>
    exchange.fail(400, name, "Rate exceeded");

/** Any other error of the service's; the engine doesn't see the request. */
export const refuse =
  (name: string, message = name, facts: JsonObject = {}, status = 400): Fault =>
  (exchange) =>
    exchange.fail(status, name, message, facts);

/** A single write met a transaction that holds its item. */
export const transactionConflict = (): Fault =>
  refuse("TransactionConflictException", "Transaction is ongoing for the item");

/** A transaction with the same token is under way; the engine doesn't see the request. */
export const transactionInProgress = (): Fault =>
  refuse("TransactionInProgressException", "The transaction with the given token is in progress");

/**
 * A transaction is cancelled; the engine doesn't see it. `reasons` are codes by the place of the
 * action, "None" where there is none; default: TransactionConflict for the first.
 */
export const transactionCancelled =
  (reasons: readonly string[] = ["TransactionConflict"]): Fault =>
  (exchange) => {
    const actions = (exchange.body["TransactItems"] as readonly unknown[] | undefined) ?? [];
    const codes = actions.map((_, at) => reasons[at] ?? "None");
    exchange.fail(
      400,
      "TransactionCanceledException",
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
      {
        CancellationReasons: codes.map((Code) =>
          Code === "None" ? { Code } : { Code, Message: `Cancelled for ${Code}` },
        ),
      },
    );
  };

/** The engine carries the request out; half of its answer arrives, then the connection breaks. */
export const truncatedBody = (): Fault => async (exchange) => {
  const { status, body } = await exchange.forward();
  exchange.truncate(status, body, Math.floor(body.length / 2));
};

/** The engine carries the request out; the answer is no JSON. */
export const garbageBody =
  (text = "<html>Bad gateway</html>", status = 200): Fault =>
  async (exchange) => {
    await exchange.forward();
    exchange.outcome.push("garbage");
    exchange.answer(status, Buffer.from(text));
  };

/** Requests that are kept back, until they are released. */
export interface Hold {
  /** What is given to `proxy.inject`. */
  readonly fault: Fault;
  /** Resolves when a request is held. */
  readonly arrived: Promise<void>;
  /** Lets the held requests, and later ones, pass. */
  release(): void;
}

/** Keeps requests until they are released: before the engine sees them, or with their answers. */
export function hold({ landed = false }: { readonly landed?: boolean } = {}): Hold {
  const arrival = signal();
  const release = signal();
  return {
    arrived: arrival.given,
    release: release.give,
    fault: async (exchange) => {
      const answer = landed ? await exchange.forward() : undefined;
      arrival.give();
      await release.given;
      exchange.outcome.push("held");
      if (answer) exchange.answer(answer.status, answer.body);
    },
  };
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
