/**
 * Limits of the service, as of the AWS guide's "Quotas in Amazon DynamoDB"
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html).
 */

/** Puts and deletes in one `BatchWriteItem`. */
export const maxBatchWrites = 25;
/** Bytes of one `BatchWriteItem` on the wire. */
export const maxBatchWriteBytes = 16 * 1024 * 1024;
/** Keys in one `BatchGetItem`. */
export const maxBatchGets = 100;
/** Actions in one `TransactWriteItems` or `TransactGetItems`. */
export const maxTransactionActions = 100;
/** Bytes of all items of one transaction. */
export const maxTransactionBytes = 4 * 1024 * 1024;
/** Bytes of one item, names and values. */
export const maxItemBytes = 400 * 1024;
/** Bytes of one expression string. */
export const maxExpressionBytes = 4096;
/** Operators and functions in one expression. */
export const maxOperators = 300;
/** Operands of one `IN`. */
export const maxInOperands = 100;
/** Bytes of all substitutes of one request. */
export const maxSubstituteBytes = 2 * 1024 * 1024;
/** Bytes of a hash key's value. */
export const maxHashKeyBytes = 2048;
/** Bytes of a range key's value. */
export const maxRangeKeyBytes = 1024;
/** Bytes of the name of an attribute that is a key of a table or an index. */
export const maxKeyNameBytes = 255;
/** Levels of a document, the item being the first. */
export const maxNesting = 32;
/** Indexes of one table. */
export const maxLocalIndexes = 5;
/** Indexes of one table, as the default quota has it. */
export const maxGlobalIndexes = 20;
/** Attributes that all indexes of a table together project by name. */
export const maxProjectedAttributes = 100;
