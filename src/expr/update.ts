import type { AttributeType } from "../schema/attribute-type.js";
import type { ActionNode, PathNode } from "./nodes.js";
import { printAction } from "./print.js";

declare const updated: unique symbol;

/** What a document's path is updated by may change a part of it, of another type. */
type Undivided = string | number | bigint | boolean | Date | Uint8Array | ReadonlySet<unknown>;

/** The updates that can be given for a column of this value. */
export type UpdateOf<V> = [Exclude<V, undefined>] extends [Undivided]
  ? Update<Exclude<V, undefined>>
  : Update<unknown>;

/**
 * A change that the table computes, made by a column's operators and given to `session.update` as
 * if it were a value. SQLAlchemy's SQL expression as an attribute value.
 *
 * @example session.update(post, { views: Post.views.plus(1) });
 */
export class Update<out T = unknown> {
  /** Only for types: what the path holds. */
  declare readonly [updated]: T;
  readonly action: ActionNode;
  readonly path: PathNode;
  readonly type: AttributeType;
  /** Whether sending it twice leaves what sending it once does. */
  readonly isIdempotent: boolean;

  /** @internal */
  constructor(action: ActionNode, type: AttributeType, isIdempotent: boolean) {
    this.action = action;
    this.path = action.path;
    this.type = type;
    this.isIdempotent = isIdempotent;
    Object.freeze(this);
  }

  /** The update as people read it: `add 1 to views`. */
  toString(): string {
    return printAction(this.action);
  }

  /** @internal What `console.log` shows in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Update(${this})`;
  }
}
