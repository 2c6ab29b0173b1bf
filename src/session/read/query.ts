import { type Condition, conditionOn } from "../../expr/condition.js";
import { readKeyCondition } from "../../expr/key-condition.js";
import type { IndexRef } from "../../model/index-ref.js";
import type { AnyModel } from "../../model/model.js";
import type { Columns, ValueOf } from "../../schema/column.js";
import type { IndexHashName } from "../../schema/index-spec.js";
import { BulkSearch } from "../bulk/bulk-search.js";
import type { ReadHost } from "./host.js";
import { Search, type Selected } from "./search.js";
import { selectColumns } from "./search-checks.js";
import { type SearchProps, startProps } from "./search-props.js";

/**
 * A key condition as an object: the hash key, whose name is `H` unless it was given before, and the
 * range key if it is to have one value.
 */
export type KeyValues<C extends Columns, H = never> = {
  readonly [N in keyof C]?: ValueOf<C[N]>;
} & ([H] extends [never] ? unknown : OneOf<C, H & keyof C>);

/** Of several names, where the types don't tell which index it is, one is enough. */
type OneOf<C extends Columns, H extends keyof C> = H extends unknown
  ? { readonly [N in H]: ValueOf<C[N]> }
  : never;

/** The hash key that is still to be given once it is a query of an index: one given before must be its own. */
type HashOnIndex<C extends Columns, H, X, N> = [H] extends [never]
  ? never
  : N extends keyof X
    ? IndexHashName<C, X[N]>
    : never;

/**
 * A query of a table or an index: the items with one hash key, in the order of their range key.
 * SQLAlchemy's `select`, within what DynamoDB reads at once.
 *
 * @example
 * const recent = session.query(Post.byUser)
 *   .key(Post.user.eq("ann").and(Post.date.gte(since)))
 *   .filter(Post.views.gt(5))
 *   .descending();
 * for await (const post of recent) console.log(post.views);
 * // Query { IndexName: "byUser", KeyConditionExpression: "user = ann AND date >= …",
 * //   FilterExpression: "views > 5", ScanIndexForward: false }
 */
export class Query<
  T extends object,
  C extends Columns = Columns,
  I extends string = string,
  H = never,
  X = unknown,
> extends BulkSearch<T, C> {
  /** @internal */
  protected override make(props: SearchProps): this {
    // No class extends it: a step gives what it was called on.
    return new Query<T, C, I, H, X>(props) as this;
  }

  /**
   * Reads an index of the model instead of the table. What was said before must hold of the index too.
   *
   * An index that doesn't hold all columns gives partial objects, whose other attributes throw when
   * they are read; see `complete()`.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for an unknown index.
   * @example
   * session.query(Post).index("byUser").key({ user: "ann" })
   * // Query { IndexName: "byUser", KeyConditionExpression: "user = ann" }
   */
  index<N extends I>(name: N): Query<T, C, I, HashOnIndex<C, H, X, N>, X> {
    return new Query(this.ofIndex(name));
  }

  /**
   * Which items: the hash key by equality, and at most one condition on the range key; or the same
   * as an object. A second key condition is joined by AND: the hash key comes first.
   *
   * @throws {InvalidKeyCondition} INVALID_KEY_CONDITION for anything else, saying what was expected.
   * @example session.query(Post).key({ forum: "a" }) // Query { KeyConditionExpression: "forum = a" }
   * @example session.query(Post).key(Post.forum.eq("a").and(Post.id.between(1, 9)))
   * // Query { KeyConditionExpression: "forum = a AND id BETWEEN 1 AND 9" }
   */
  key(condition: Condition | KeyValues<C, H>): Query<T, C, I, never, X> {
    const props = Search.propsOf(this);
    const { info, index } = props;
    const key =
      props.key === undefined
        ? readKeyCondition(info.table, index, condition)
        : readKeyCondition(info.table, index, conditionOn(props.key.node), condition);
    return new Query({ ...props, key });
  }

  /** In the order of the range key, the smallest first: numbers by value, text and binary by bytes. The default. */
  ascending(): this {
    return this.make({ ...Search.propsOf(this), isDescending: false });
  }

  /**
   * The largest range key first.
   *
   * @example session.query(Post).key({ forum: "a" }).descending() // Query { ScanIndexForward: false, … }
   */
  descending(): this {
    return this.make({ ...Search.propsOf(this), isDescending: true });
  }

  /**
   * Gives plain rows of these columns instead of instances; no session tracks them. The keys are
   * read too, but shown only where they are asked for.
   *
   * @throws {InvalidExpression} INVALID_EXPRESSION for an unknown column, and for one that a global index lacks.
   * @example session.query(Post).key({ forum: "a" }).select("views") // { views: 3 }, …
   * // Query { ProjectionExpression: "views, forum, id", … }
   */
  select<const N extends keyof C & string>(
    ...names: readonly [N, ...N[]]
  ): Query<Selected<C, N>, C, I, H, X> {
    const props = Search.propsOf(this);
    return new Query({ ...props, selected: selectColumns(props, names) });
  }
}

/** Begins a query of a table or an index. */
export function startQuery(host: ReadHost, from: AnyModel | IndexRef): Query<object> {
  return new Query(startProps(host, "Query", from));
}
