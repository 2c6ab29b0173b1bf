/** How many items a query finds, and a BatchGetItem fetches. */
export const queryCount = 10_000;
export const batchGetCount = 100;
