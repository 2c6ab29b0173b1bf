import { DynalchemyError } from "../schema/errors.js";

/** What is known of an invalid expression; a fact that doesn't apply is left out. */
export interface ExpressionFacts {
  readonly model?: string | undefined;
  readonly column?: string | undefined;
  /** The place in the item, as people read it: `meta.refs[0]`. */
  readonly path?: string | undefined;
  /** The key, as text, of the object that it was for. */
  readonly key?: string | undefined;
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
  /** The item's key as text, where it is about one object's update. */
  readonly key: string | undefined;

  constructor(message: string, facts: ExpressionFacts = {}) {
    super(message, causeOf(facts));
    this.model = facts.model;
    this.column = facts.column;
    this.path = facts.path;
    this.key = facts.key;
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
  /** The column at fault, as it was given; `undefined` where it is the condition's form. */
  readonly column: string | undefined;

  constructor(
    message: string,
    facts: {
      readonly model: string;
      readonly index?: string | undefined;
      readonly column?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, causeOf(facts));
    this.model = facts.model;
    this.index = facts.index;
    this.column = facts.column;
  }
}

/** Without a cause, an error has no property `cause` either. */
function causeOf({ cause }: { readonly cause?: unknown }): { cause: unknown } | undefined {
  return cause === undefined ? undefined : { cause };
}
