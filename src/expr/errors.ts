import { DynalchemyError } from "../schema/errors.js";

/** What is known of an invalid expression; a fact that doesn't apply is left out. */
export interface ExpressionFacts {
  readonly model?: string | undefined;
  readonly column?: string | undefined;
  /** The place in the item, as people read it: `meta.refs[0]`. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A condition, update or projection that DynamoDB would refuse or that could never mean what it
 * says. Thrown before any request.
 */
export class InvalidExpression extends DynalchemyError {
  readonly code = "INVALID_EXPRESSION";
  readonly model: string | undefined;
  readonly column: string | undefined;
  /** The place in the item, as people read it: `meta.refs[0]`. */
  readonly path: string | undefined;

  constructor(message: string, facts: ExpressionFacts = {}) {
    super(message, causeOf(facts));
    this.model = facts.model;
    this.column = facts.column;
    this.path = facts.path;
  }
}

/**
 * A key condition that names no single partition: DynamoDB wants the hash key by equality and at
 * most one condition on the range key.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
export class InvalidKeyCondition extends DynalchemyError {
  readonly code = "INVALID_KEY_CONDITION";
  readonly model: string;
  /** The index that is queried; `undefined` for the table itself. */
  readonly index: string | undefined;

  constructor(
    message: string,
    facts: { model: string; index?: string | undefined; cause?: unknown },
  ) {
    super(message, causeOf(facts));
    this.model = facts.model;
    this.index = facts.index;
  }
}

/** Without a cause, an error has no property `cause` either. */
function causeOf({ cause }: { readonly cause?: unknown }): { cause: unknown } | undefined {
  return cause === undefined ? undefined : { cause };
}
